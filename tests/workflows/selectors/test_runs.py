"""Every query that finds runs walks one index: no table is scanned, nothing is sorted apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection

from tests.factories import make_brand, make_submission, make_survey, make_task, make_workflow
from tests.workflows.views.helpers import make_delivery
from workflows.selectors.runs import RunFilter, RunPage, RunStatus, id_queries, run_page

pytestmark = pytest.mark.django_db
BEFORE = UUID("01890000-0000-7000-8000-000000000000")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's EXPLAIN QUERY PLAN")
@pytest.mark.parametrize("before", [None, BEFORE])
@pytest.mark.parametrize("status", ["", *RunStatus.values])
@pytest.mark.parametrize("has_workflow", [False, True])
def test_no_query_scans_a_table_or_sorts(before: UUID | None, status: str, has_workflow: bool) -> None:
    survey = make_survey(make_brand())
    workflow = make_workflow(survey)
    task = make_task(workflow)
    for number in range(50):
        make_delivery(make_submission(survey), task, "rejected" if number % 9 == 0 else "accepted")
    wanted = RunFilter(survey.brand_id, workflow if has_workflow else None, status)
    for query in id_queries(wanted, before, 26):
        plan = query.explain()
        assert "TEMP B-TREE" not in plan
        # The partial index holds only what is not planned yet: reading it whole is reading the backlog.
        scans = [line for line in plan.splitlines() if " SCAN " in line]
        assert all(line.endswith("USING INDEX submission_unplanned") for line in scans), plan


@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's EXPLAIN QUERY PLAN")
@pytest.mark.parametrize("has_workflow", [False, True])
def test_what_is_not_planned_yet_is_found_by_its_own_index(has_workflow: bool) -> None:
    """The indexes by brand and by survey hold every submission ever made."""
    survey = make_survey(make_brand())
    workflow = make_workflow(survey) if has_workflow else None
    query = id_queries(RunFilter(survey.brand_id, workflow, "waiting"), None, 26)[-1]
    assert "USING INDEX submission_unplanned" in query.explain()


def test_a_page_looks_changed_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says "2 minutes ago"."""
    survey = make_survey(make_brand())
    make_submission(survey)
    page = run_page(RunFilter(survey.brand_id))
    moment = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
    seen = [_fingerprint_at(page, moment + timedelta(seconds=later), monkeypatch) for later in (0, 59, 60)]
    assert seen[0] == seen[1] != seen[2]


def _fingerprint_at(page: RunPage, moment: datetime, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("workflows.selectors.runs.timezone.now", lambda: moment)
    return page.fingerprint
