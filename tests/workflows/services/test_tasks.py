"""Adding, saving, copying, moving, switching and deleting tasks."""

from __future__ import annotations

import pytest

from tests import factories as make
from workflows.models import SegmentTask, TaskRevision, Workflow
from workflows.selectors.tasks import differs_from_saved
from workflows.services.tasks import (
    TaskIncompleteError,
    add_task,
    copy_task,
    delete_task,
    move_task,
    save_task,
    set_task_enabled,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def workflow() -> Workflow:
    brand = make.make_brand()
    return make.make_workflow(make.make_survey(brand))


def draft(workflow: Workflow, **columns: object) -> SegmentTask:
    account = make.make_account(workflow.brand)
    source = make.make_source(workflow.brand, account)
    return make.make_task(workflow, source=source, saved=False, **columns)


def order(workflow: Workflow) -> list[tuple[int, int]]:
    tasks = workflow.tasks.filter(deleted_at=None).order_by("position", "id")
    return list(tasks.values_list("id", "position"))


def test_a_new_task_goes_last(workflow: Workflow) -> None:
    first, second = add_task(workflow), add_task(workflow)
    assert order(workflow) == [(first.pk, 0), (second.pk, 1)]


def test_a_new_task_goes_before_the_given_position(workflow: Workflow) -> None:
    first, second = add_task(workflow), add_task(workflow)
    between = add_task(workflow, position=1)
    assert order(workflow) == [(first.pk, 0), (between.pk, 1), (second.pk, 2)]


@pytest.mark.parametrize(("position", "place"), [(99, 1), (-5, 0)])
def test_a_position_outside_is_the_nearest_end(workflow: Workflow, position: int, place: int) -> None:
    add_task(workflow)
    add_task(workflow, position=position)
    assert SegmentTask.objects.latest("id").position == place


def test_saving_freezes_the_draft(workflow: Workflow) -> None:
    task = draft(workflow, region="dublin")
    user = make.make_user(workflow.brand)
    revision = save_task(task, user)
    assert task.current_revision_id == revision.pk
    assert (
        revision.number,
        revision.definition,
        revision.source_id,
        revision.region,
        revision.created_by,
    ) == (
        1,
        task.definition().to_json(),
        task.source_id,
        "dublin",
        user,
    )


def test_a_change_makes_the_next_revision_and_leaves_the_first_as_it_was(workflow: Workflow) -> None:
    task = draft(workflow)
    first = save_task(task)
    before = dict(first.definition)
    task.rows = [{"key": "plan", "value": "${score}"}]
    task.save()
    second = save_task(task)
    first.refresh_from_db()
    assert (first.number, second.number, first.definition) == (1, 2, before)
    assert task.current_revision_id == second.pk


def test_saving_what_is_saved_already_makes_no_revision(workflow: Workflow) -> None:
    task = draft(workflow)
    assert save_task(task) == save_task(task)
    assert task.revisions.count() == 1


@pytest.mark.parametrize("column", ["region", "source"])
def test_another_destination_is_another_revision(workflow: Workflow, column: str) -> None:
    task = draft(workflow)
    save_task(task)
    setattr(task, column, "dublin" if column == "region" else make.make_source(workflow.brand))
    task.save()
    assert differs_from_saved(task)
    assert save_task(task).number == 2
    assert not differs_from_saved(task)


@pytest.mark.parametrize(
    ("columns", "missing"),
    [
        ({"account": None}, ("account",)),
        ({"workspace_id": ""}, ("workspace",)),
        ({"event_type": ""}, ("event",)),
        ({"event_type": "track", "event_name": ""}, ("event",)),
        ({"region": ""}, ("region",)),
    ],
)
def test_a_missing_step_is_named(
    workflow: Workflow, columns: dict[str, object], missing: tuple[str, ...]
) -> None:
    task = draft(workflow, **columns)
    with pytest.raises(TaskIncompleteError) as refusal:
        save_task(task)
    assert refusal.value.missing_steps == missing
    assert not TaskRevision.objects.exists()


def test_a_task_without_source_is_refused(workflow: Workflow) -> None:
    task = draft(workflow)
    SegmentTask.objects.filter(pk=task.pk).update(source=None)
    with pytest.raises(TaskIncompleteError) as refusal:
        save_task(task)
    assert refusal.value.missing_steps == ("source",)


def test_a_write_key_account_needs_no_workspace(workflow: Workflow) -> None:
    account = make.make_account(workflow.brand, kind="write_key")
    source = make.make_source(workflow.brand, account)
    task = make.make_task(workflow, source=source, saved=False, workspace_id="")
    assert save_task(task).number == 1


def test_a_pipe_to_a_field_the_survey_lacks_is_refused(workflow: Workflow) -> None:
    task = draft(workflow, rows=[{"key": "plan", "value": "${nowhere}"}])
    with pytest.raises(TaskIncompleteError) as refusal:
        save_task(task)
    assert [(p.code, p.where) for p in refusal.value.problems] == [("unknown_field", "row-1")]


def test_a_warning_does_not_refuse(workflow: Workflow) -> None:
    task = draft(workflow, user_id="constant")
    assert save_task(task).number == 1


def test_a_copy_is_unsaved_and_right_below(workflow: Workflow) -> None:
    first, second = draft(workflow), draft(workflow)
    save_task(first)
    copy = copy_task(first)
    assert order(workflow) == [(first.pk, 0), (copy.pk, 1), (second.pk, 2)]
    assert (copy.definition(), copy.source_id, copy.region) == (
        first.definition(),
        first.source_id,
        first.region,
    )
    assert not copy.is_saved
    first.refresh_from_db()
    assert first.is_saved


def test_moving_swaps_neighbours_and_stops_at_the_ends(workflow: Workflow) -> None:
    first, second = draft(workflow), draft(workflow)
    assert move_task(second, "up")
    assert order(workflow) == [(second.pk, 0), (first.pk, 1)]
    assert not move_task(second, "up")
    assert not move_task(first, "down")
    assert move_task(second, "down")
    assert order(workflow) == [(first.pk, 0), (second.pk, 1)]


def test_a_task_is_switched_off_and_on(workflow: Workflow) -> None:
    task = draft(workflow)
    for is_enabled in (False, True):
        set_task_enabled(task, is_enabled)
        assert SegmentTask.objects.get(pk=task.pk).is_enabled is is_enabled


def test_deleting_keeps_the_history_and_closes_the_gap(workflow: Workflow) -> None:
    first, second = draft(workflow), draft(workflow)
    revision = save_task(first)
    delete_task(first)
    assert order(workflow) == [(second.pk, 0)]
    assert first.deleted_at is not None
    assert TaskRevision.objects.get(pk=revision.pk).task_id == first.pk


def test_deleting_twice_keeps_the_first_time(workflow: Workflow) -> None:
    task = draft(workflow)
    delete_task(task)
    when = task.deleted_at
    delete_task(task)
    assert task.deleted_at == when


def test_two_people_who_loaded_the_same_task_number_correctly(workflow: Workflow) -> None:
    task = draft(workflow)
    mine, theirs = (SegmentTask.objects.get(pk=task.pk) for _ in range(2))
    first = save_task(mine)
    SegmentTask.objects.filter(pk=task.pk).update(user_id="${name}")
    second = save_task(theirs)
    assert (first.number, second.number) == (1, 2)
    assert (mine.pk, theirs.current_revision_id) == (theirs.pk, second.pk)
    assert second.definition["user_id"] == "${name}"


def test_a_rows_settings_and_the_question_text_of_now_are_saved(workflow: Workflow) -> None:
    rows = [
        {"key": "score", "value": "${score}", "type": "number", "if_invalid": "default", "default": "0"},
        {"key": "question", "value": "${q://score/QuestionText}"},
    ]
    task = draft(workflow, rows=rows)
    label = workflow.survey.fields.get(key="score")
    revision = save_task(task)
    assert revision.definition["rows"] == rows
    assert revision.definition["labels"] == {"score": label.label}
    assert not differs_from_saved(task)
    assert save_task(task).pk == revision.pk

    label.label = "How was it, then?"
    label.save()
    again = save_task(task)
    assert again.number == revision.number + 1
    assert again.definition["labels"] == {"score": "How was it, then?"}
    revision.refresh_from_db()
    assert revision.definition["labels"] != again.definition["labels"]
