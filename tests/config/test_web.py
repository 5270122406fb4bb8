from __future__ import annotations

import pytest

from config import web
from config.web import count_processes

POSTGRESQL = {"DATABASE_URL": "postgres://db.example/tributary"}


@pytest.mark.parametrize("environment", [{}, {"DATABASE_URL": "sqlite:////data/tributary.sqlite3"}])
def test_sqlite_has_one_process(environment: dict[str, str]) -> None:
    assert count_processes(environment) == 1


@pytest.mark.parametrize(("processors", "processes"), [(1, 1), (2, 2), (64, 4), (None, 1)])
def test_postgresql_has_one_for_each_processor_up_to_four(
    monkeypatch: pytest.MonkeyPatch, processors: int | None, processes: int
) -> None:
    monkeypatch.setattr(web.os, "cpu_count", lambda: processors)
    assert count_processes(POSTGRESQL) == processes


def test_what_is_set_wins() -> None:
    assert count_processes(POSTGRESQL | {"WEB_PROCESSES": "7"}) == 7
    assert count_processes({"WEB_PROCESSES": "2"}) == 2
