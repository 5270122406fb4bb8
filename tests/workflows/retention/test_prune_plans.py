"""How PostgreSQL plans a bite, with rows enough that an index is worth its while."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.databases import postgresql_only
from tests.workflows.retention.test_prune_beside_intake import OLD, make_history
from workflows.models import Delivery
from workflows.retention import prune
from workflows.retention.prune import prune_bite

pytestmark = [pytest.mark.django_db, postgresql_only]


def test_no_statement_of_a_bite_reads_a_table_from_end_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prune, "BITE_ROWS", 4)
    make_history(factories.make_survey(factories.make_brand()))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with CaptureQueriesContext(connection) as queries:
        assert prune_bite().removed.submissions == 4
    statements = [query["sql"] for query in queries if query["sql"].startswith(("SELECT", "DELETE"))]
    assert len(statements) == 6
    assert Delivery.objects.count() == OLD - 4
    with connection.cursor() as cursor:
        for sql in statements:
            cursor.execute(f"EXPLAIN {sql}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
            assert "Seq Scan" not in plan, plan
