"""Servers that are not there are said to be left out; databases of killed runs are known by their names."""

from __future__ import annotations

import os

import pytest

from benchmarks.broker import open_broker
from benchmarks.databases import PREFIX, is_leftover, open_postgres
from tests.product import free_port


def test_without_a_postgresql_its_figures_are_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL_BENCH", f"postgres://nobody:secret@127.0.0.1:{free_port()}/postgres")
    with open_postgres() as server:
        assert server is None
    said = "PostgreSQL figures are left out: 127.0.0.1 does not answer (OperationalError)\n"
    assert capsys.readouterr().err == said


def test_without_a_broker_the_scaled_out_mode_is_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL_BENCH", f"amqp://nobody:secret@127.0.0.1:{free_port()}//")
    with open_broker() as broker:
        assert broker is None
    said = "the scaled-out mode is left out: 127.0.0.1 does not answer (ConnectionRefusedError)\n"
    assert capsys.readouterr().err == said


GONE = 2**22 + 1  # more than Linux gives


@pytest.mark.parametrize(
    ("name", "is_left"),
    [
        (f"{PREFIX}{GONE}_intake", True),
        (f"{PREFIX}{os.getpid()}_intake", False),
        (f"{PREFIX}mine", False),
        (f"other_{GONE}_intake", False),
        ("postgres", False),
    ],
)
def test_only_databases_of_benchmarks_that_ended_are_left_over(name: str, is_left: bool) -> None:
    assert is_leftover(name) is is_left
