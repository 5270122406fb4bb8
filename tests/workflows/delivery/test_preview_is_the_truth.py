"""What the preview shows is what Segment receives, byte for byte, for a thousand mappings and submissions."""

from __future__ import annotations

import json
import re
from collections import Counter
from random import Random

import pytest
from django.test import Client

from segment.sandbox import RunningSandbox, tracking
from segment.sandbox.fixtures import ACME, write_key
from tests import factories
from tests.segment.helpers import records
from tests.workflows.delivery.helpers import send_all
from tests.workflows.delivery.pairs import SURVEY_FIELDS, make_task_columns, write_answers
from workflows.mapping.casts import TYPES
from workflows.mapping.event import Built
from workflows.mapping.extras import CONTEXT_NAMES
from workflows.mapping.fallbacks import RULES
from workflows.mapping.families import FAMILIES
from workflows.mapping.filters import FILTERS
from workflows.models import Delivery, SegmentTask, Submission
from workflows.services.tasks import save_task
from workflows.wizard.preview import build_preview
from workflows.wizard.samples import Wanted

SEED = 20_261_124
SURVEYS, TASKS, SUBMISSIONS = 50, 5, 4  # of each survey: a thousand pairs

pytestmark = pytest.mark.django_db


@pytest.fixture
def bodies(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The bodies that the sandbox reads off the wire, as they are before it parses them."""
    found: list[bytes] = []
    decompress = tracking._decompress

    def keep(*arguments: object) -> bytes:
        found.append(decompress(*arguments))  # type: ignore[arg-type]
        return found[-1]

    monkeypatch.setattr(tracking, "_decompress", keep)
    return found


def make_pairs(client: Client, chance: Random) -> None:
    """Surveys with saved tasks, and their submissions, each sent to the endpoint."""
    brand = factories.make_brand()
    account = factories.make_account(brand)
    source = factories.make_source(brand, account, write_key=write_key(ACME.slug, "website"))
    for number in range(SURVEYS):
        survey = factories.make_survey(brand, SURVEY_FIELDS, name=f"Survey {number}")
        workflow = factories.make_workflow(survey)
        for _ in range(TASKS):
            save_task(factories.make_task(workflow, source, saved=False, **make_task_columns(chance)))
        for _ in range(SUBMISSIONS):
            body = write_answers(chance)
            answer = client.post(f"/submit/{survey.submit_key}/", body, content_type="application/json")
            assert answer.status_code == 202, answer.content


def preview_all() -> dict[tuple[int, str], Built]:
    """What the wizard shows for each draft and submission."""
    found: dict[tuple[int, str], Built] = {}
    submissions = list(Submission.objects.values_list("survey_id", "id"))
    for task in SegmentTask.objects.select_related("workflow"):
        for survey_id, submission_id in submissions:
            if survey_id == task.workflow.survey_id:
                preview = build_preview(task, task.definition(), Wanted(str(submission_id)))
                assert preview.sample.submission_id == submission_id
                found[task.pk, str(submission_id)] = preview.built
    return found


def test_what_is_previewed_is_what_arrives(
    client: Client, sandbox: RunningSandbox, bodies: list[bytes]
) -> None:
    make_pairs(client, Random(SEED))
    previewed = preview_all()
    assert len(previewed) == SURVEYS * TASKS * SUBMISSIONS
    send_all()
    deliveries = {
        (delivery.task_id, str(delivery.submission_id)): delivery for delivery in Delivery.objects.all()
    }
    assert deliveries.keys() == previewed.keys()
    sendable = {pair: built for pair, built in previewed.items() if built.is_sendable}
    for pair in previewed.keys() - sendable.keys():
        error = next(problem for problem in previewed[pair].problems if problem.level == "error")
        refused = (deliveries[pair].status, deliveries[pair].reason, deliveries[pair].reason_params)
        assert refused == ("rejected", error.code, dict(error.params))
    assert {deliveries[pair].status for pair in sendable} == {"accepted"}
    check_arrival(sandbox, bodies, [built.body for built in sendable.values()])
    reasons = Counter(deliveries[pair].reason for pair in previewed.keys() - sendable.keys())
    assert len(sendable) > 600
    assert {"no_identity", "bad_id", "stopped_empty", "too_large"} <= reasons.keys()


def check_arrival(sandbox: RunningSandbox, bodies: list[bytes], expected: list[bytes]) -> None:
    """The sandbox took exactly these events, with these bytes, each once."""
    by_id = {json.loads(body)["messageId"]: body for body in expected}
    arrived: list[str] = []
    for body in bodies:
        ids = [event["messageId"] for event in json.loads(body)["batch"]]
        arrived += ids
        events, _bracket, tail = body.rpartition(b"]")
        assert events == b'{"batch":[' + b",".join(by_id[message_id] for message_id in ids)
        assert re.fullmatch(rb',"sentAt":"[^"]+","writeKey":"[^"]+"}', tail)
    assert sorted(arrived) == sorted(by_id)
    shown = records(sandbox)
    assert {record["verdict"] for record in shown} == {"accepted"}
    for record in shown:
        assert encode(record["event"]) == by_id[record["event"]["messageId"]]


def encode(event: object) -> bytes:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def test_the_thousand_pairs_leave_nothing_out() -> None:
    chance = Random(SEED)
    drafts = [make_task_columns(chance) for _ in range(SURVEYS * TASKS)]
    rows = [row for draft in drafts for row in draft["rows"]]
    text = json.dumps(drafts, ensure_ascii=False)
    assert {row.get("type", "auto") for row in rows} == set(TYPES)
    assert {row.get("if_invalid", "leave_out") for row in rows} == set(RULES)
    assert {name for draft in drafts for name in draft["context"]} == set(CONTEXT_NAMES)
    assert {draft["event_type"] for draft in drafts} == {"identify", "track"}
    assert [name for name in FILTERS if f"| {name}" not in text] == []
    assert [name for name in FAMILIES if f"${{{name}://" not in text] == []
