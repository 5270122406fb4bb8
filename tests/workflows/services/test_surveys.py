"""Adding, saving and deleting surveys."""

from __future__ import annotations

import pytest
from django.utils import timezone

from tests.factories import make_brand, make_submission, make_survey, make_task, make_user, make_workflow
from workflows.delivery.leases import make_lease
from workflows.models import Attempt, Delivery, Submission, Survey
from workflows.services import surveys as survey_services
from workflows.services.surveys import FieldValues
from workflows.surveys.samples import propose_fields

pytestmark = pytest.mark.django_db


def values(field_id: int | None, key: str) -> FieldValues:
    return FieldValues(field_id, key, key.title(), "question", "text", None, False)


def make_delivery(survey: Survey, status: str) -> Delivery:
    task = make_task(make_workflow(survey))
    submission = make_submission(survey, planned_at=timezone.now())
    return Delivery.objects.create(
        id=submission.id, brand=survey.brand, submission=submission, workflow=task.workflow, task=task,
        revision=task.current_revision, source=task.source, status=status, next_attempt_at=timezone.now(),
        created_at=timezone.now(),
    )  # fmt: skip


def test_added_survey_has_the_samples_fields_in_order() -> None:
    user = make_user(make_brand())
    proposal = propose_fields('{"b": 1, "a": "x"}', frozenset())
    survey = survey_services.add_survey(user, "Feedback", proposal.fields)
    assert (survey.brand, survey.created_by) == (user.brand, user)
    assert list(survey.fields.values_list("key", "kind", "type", "sample", "position")) == [
        ("b", "question", "number", 1, 0),
        ("a", "question", "text", "x", 1),
    ]


def test_keys_may_be_swapped_and_fields_keep_their_ids() -> None:
    survey = make_survey(make_brand(), [{"key": "a"}, {"key": "b"}])
    first, second = survey.fields.all()
    survey_services.save_survey(survey, [values(first.pk, "b"), values(second.pk, "a")])
    assert list(survey.fields.values_list("pk", "key")) == [(first.pk, "b"), (second.pk, "a")]


def test_rows_are_added_removed_and_reordered() -> None:
    survey = make_survey(make_brand(), [{"key": "a"}, {"key": "b"}, {"key": "c"}])
    first, second, third = survey.fields.all()
    survey_services.save_survey(
        survey, [values(third.pk, "c"), values(None, "new"), values(first.pk, "a")], [second.pk]
    )
    assert list(survey.fields.values_list("key", flat=True)) == ["c", "new", "a"]


def test_field_added_in_another_tab_stays_at_the_end() -> None:
    survey = make_survey(make_brand(), [{"key": "a"}, {"key": "other tab"}])
    survey_services.save_survey(survey, [values(survey.fields.get(key="a").pk, "a"), values(None, "mine")])
    assert list(survey.fields.values_list("key", flat=True)) == ["a", "mine", "other tab"]


def test_another_surveys_field_is_never_touched() -> None:
    brand = make_brand()
    survey, other = make_survey(brand, []), make_survey(brand, [{"key": "theirs"}])
    foreign = other.fields.get()
    survey_services.save_survey(survey, [values(foreign.pk, "mine")], [foreign.pk])
    assert other.fields.get().key == "theirs"
    assert survey.fields.get().pk != foreign.pk


def test_survey_with_a_workflow_stays() -> None:
    survey = make_survey(make_brand())
    make_workflow(survey)
    with pytest.raises(survey_services.SurveyInUseError):
        survey_services.delete_survey(survey)
    assert Survey.objects.count() == 1


def test_survey_with_an_unplanned_submission_stays() -> None:
    survey = make_survey(make_brand())
    make_submission(survey)
    with pytest.raises(survey_services.SurveyBusyError):
        survey_services.delete_survey(survey)


@pytest.mark.parametrize("is_being_sent", [False, True])
def test_survey_with_an_event_on_its_way_stays(is_being_sent: bool) -> None:
    delivery = make_delivery(make_survey(make_brand()), "pending")
    if is_being_sent:
        assert delivery.source_id
        make_lease("w1", delivery.source_id, [delivery.pk.hex], timezone.now())
    delivery.workflow.deleted_at = timezone.now()
    delivery.workflow.save()
    with pytest.raises(survey_services.SurveyBusyError):
        survey_services.delete_survey(delivery.submission.survey)


def test_survey_is_deleted_with_its_runs_and_formerly_deleted_workflows() -> None:
    delivery = make_delivery(make_survey(make_brand()), "accepted")
    delivery.workflow.deleted_at = timezone.now()
    delivery.workflow.save()
    refused = Attempt.objects.create(
        started_at=timezone.now(), duration_ms=1, outcome="refused", answer="no such email", batch_size=2
    )
    Delivery.objects.update(attempt_keys=f"{refused.pk} ", attempt_count=1)
    kept = make_submission(make_survey(make_brand("Other")))
    survey_services.delete_survey(delivery.submission.survey)
    assert list(Submission.objects.all()) == [kept]
    assert not Delivery.objects.exists()
    assert Attempt.objects.get().answer == ""  # others may share it, but not what it quotes
