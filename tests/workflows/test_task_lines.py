"""What a task does, in one line."""

from __future__ import annotations

import pytest

from tests.factories import make_brand, make_source, make_survey, make_task, make_workflow
from workflows.models import SegmentTask, Workflow
from workflows.task_lines import TaskLine, describe_draft, describe_revision

pytestmark = pytest.mark.django_db


@pytest.fixture
def workflow() -> Workflow:
    return make_workflow(make_survey(make_brand()))


def test_an_empty_draft_says_nothing_yet(workflow: Workflow) -> None:
    draft = SegmentTask.objects.create(workflow=workflow)
    assert describe_draft(draft) == TaskLine("", "", "", "0 fields")


def test_a_row_without_a_key_is_no_field(workflow: Workflow) -> None:
    draft = make_task(workflow, saved=False, rows=[{"key": " ", "value": ""}, {"key": "a", "value": "1"}])
    assert describe_draft(draft).fields == "1 field"


def test_a_revision_is_told_as_it_was_saved(workflow: Workflow) -> None:
    source = make_source(workflow.brand, name="website", workspace_name="Acme")
    task = make_task(workflow, source, event_type="track", event_name="Survey Completed", region="dublin")
    SegmentTask.objects.filter(pk=task.pk).update(event_name="Renamed", region="oregon", rows=[])
    assert task.current_revision is not None
    assert describe_revision(task.current_revision) == TaskLine(
        "Track “Survey Completed”", "Acme / website", "Dublin", "2 fields"
    )


def test_a_bare_write_keys_source_has_no_workspace(workflow: Workflow) -> None:
    task = make_task(workflow, make_source(workflow.brand, name="website"))
    assert describe_draft(task).place == "website"
