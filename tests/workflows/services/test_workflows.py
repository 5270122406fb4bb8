"""Writing workflows."""

from __future__ import annotations

import pytest

from tests.factories import make_brand, make_survey, make_task, make_workflow
from workflows.services.tasks import delete_task
from workflows.services.workflows import SurveyFixedError, delete_workflow, edit_workflow

pytestmark = pytest.mark.django_db


def test_the_survey_of_a_saved_task_stays() -> None:
    survey = make_survey(make_brand())
    workflow = make_workflow(survey, name="Before")
    make_task(workflow)
    with pytest.raises(SurveyFixedError):
        edit_workflow(workflow, "After", make_survey(survey.brand))
    workflow.refresh_from_db()
    assert (workflow.name, workflow.survey) == ("Before", survey)


def test_a_deleted_task_holds_no_survey() -> None:
    survey = make_survey(make_brand())
    workflow = make_workflow(survey)
    delete_task(make_task(workflow))
    other = make_survey(survey.brand)
    edit_workflow(workflow, "After", other)
    workflow.refresh_from_db()
    assert (workflow.name, workflow.survey) == ("After", other)


def test_deleting_twice_keeps_the_first_time() -> None:
    workflow = make_workflow(make_survey(make_brand()))
    delete_workflow(workflow)
    first = workflow.deleted_at
    assert first is not None
    delete_workflow(workflow)
    assert workflow.deleted_at == first
