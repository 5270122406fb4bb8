"""Reading surveys."""

from __future__ import annotations

import pytest

from tests.factories import make_brand, make_submission, make_survey, make_task, make_workflow, revise_task
from workflows.selectors import surveys as survey_selectors
from workflows.selectors.surveys import listed_surveys, tasks_missing_fields

pytestmark = pytest.mark.django_db


def test_list_is_by_name_with_counts_and_the_newest_time() -> None:
    brand = make_brand()
    busy, quiet = make_survey(brand, name="busy"), make_survey(brand, [], name="Quiet")
    make_submission(busy)
    newest = make_submission(busy)
    rows = listed_surveys(brand).values_list("pk", "field_count", "submission_count", "last_received_at")
    assert list(rows) == [(busy.pk, 4, 2, newest.received_at), (quiet.pk, None, 0, None)]


def test_another_brands_surveys_are_not_listed() -> None:
    make_survey(make_brand("Other"))
    assert list(listed_surveys(make_brand())) == []


def test_search_is_by_name() -> None:
    brand = make_brand()
    make_survey(brand, name="Feedback"), make_survey(brand, name="Sign-up")
    assert [survey.name for survey in listed_surveys(brand, "sign")] == ["Sign-up"]


def test_counting_stops_past_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survey_selectors, "MOST_COUNTED", 2)
    survey = make_survey(make_brand())
    for _number in range(5):
        make_submission(survey)
    assert listed_surveys(survey.brand).get().submission_count == 3


def test_tasks_that_name_a_missing_field_are_found_in_draft_and_saved_revision() -> None:
    survey = make_survey(make_brand())
    task = make_task(
        make_workflow(survey),
        user_id="${gone}",
        rows=[{"key": "a", "value": "x ${q://lost} ${name} ${rm://Field/ResponseID} ${gone}"}],
    )
    task.rows = [{"key": "a", "value": "${drafted}"}]
    task.save()
    found = tasks_missing_fields(survey, ["email", "name"])
    assert [(entry.task, entry.keys) for entry in found] == [(task, ("gone", "drafted", "lost"))]


def test_tasks_that_are_whole_or_deleted_are_not_named() -> None:
    survey = make_survey(make_brand())
    workflow = make_workflow(survey)
    make_task(workflow)
    gone = make_task(workflow, user_id="${gone}", deleted_at="2025-01-01T00:00:00Z")
    revise_task(gone)
    assert tasks_missing_fields(survey, ["email", "name", "score"]) == []
