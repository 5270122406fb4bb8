from __future__ import annotations

import logging

import pytest
from django.db import DatabaseError
from django.test import Client

from tests.factories import make_brand, make_survey
from tests.workflows.intake.helpers import address, post_json, post_raw
from workflows.intake import report, writer
from workflows.metrics.counts import Tally
from workflows.metrics.page import read_totals
from workflows.models import Survey

pytestmark = pytest.mark.django_db


@pytest.fixture
def survey() -> Survey:
    return make_survey(make_brand())


@pytest.fixture
def tally(monkeypatch: pytest.MonkeyPatch) -> Tally:
    tally = Tally()
    monkeypatch.setattr(report, "TALLY", tally)
    return tally


def test_each_answer_is_counted(client: Client, survey: Survey, tally: Tally) -> None:
    for key in ("a", "a", "b"):
        assert post_json(client, survey, {"email": "x"}, **{"Idempotency-Key": key}).status_code == 202
    post_json(client, survey, [])
    post_raw(client, survey, b"", "application/json")
    post_raw(client, survey, b"", "application/json")
    client.post("/submit/unknown/")
    client.get(address(survey))
    client.options(address(survey))
    tally.flush()
    assert read_totals() == {
        ("submissions_total", "taken"): 2,
        ("submissions_total", "duplicate"): 1,
        ("refusals_total", "not_an_object"): 1,
        ("refusals_total", "empty_body"): 2,
        ("refusals_total", "unknown_survey"): 1,
        ("refusals_total", "method_not_allowed"): 1,
    }


def test_a_refusal_is_one_line_without_body_or_address(
    client: Client, survey: Survey, tally: Tally, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.handler.addFilter(lambda record: record.name != "django.request")  # as in the settings
    post_raw(client, survey, b'{"secret answer"', "application/json", **{"Idempotency-Key": "my key"})
    client.post("/submit/unknown-key/")
    lines = [(record.name, record.levelname, record.getMessage()) for record in caplog.records]
    assert lines == [
        (report.__name__, "INFO", f"refused code=unreadable_body status=400 survey={survey.pk}"),
        (report.__name__, "INFO", "refused code=unknown_survey status=404 survey=-"),
    ]


def test_a_database_that_takes_nothing_is_told_without_its_words(
    client: Client,
    survey: Survey,
    tally: Tally,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object) -> None:
        raise DatabaseError("DETAIL: Failing row contains (ada@example.com)")

    monkeypatch.setattr(writer, "store", fail)
    assert post_json(client, survey, {"email": "ada@example.com"}).status_code == 503
    tally.flush()
    assert read_totals() == {("refusals_total", "unavailable"): 1}
    assert "ada@example.com" not in caplog.text
    assert f"refused code=unavailable status=503 survey={survey.pk}" in caplog.text
