from __future__ import annotations

import logging
import uuid
from collections import Counter

import pytest

from config.logs import FORMATTERS
from segment.sandbox import RunningSandbox
from tests.segment.helpers import add_fault
from tests.workflows.delivery.helpers import make_due, make_survey_with_task, send_all, submit
from workflows.delivery.outbox import read_write_key
from workflows.delivery.outcome_log import Recorded, log_outcomes
from workflows.models import Attempt, Delivery

PIPE_BYTES = 4_096


def make_recorded(status: str = "accepted", reason: str = "", ms: int | None = 35) -> Recorded:
    return Recorded(status, uuid.uuid4().hex, uuid.uuid4().hex, 1, 200 if ms else None, ms, reason)


def test_each_outcome_is_a_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    outcomes = [make_recorded() for _ in range(30)] + [make_recorded("rejected", "source_gone", None)]
    log_outcomes(outcomes)
    lines = "\n".join(record.getMessage() for record in caplog.records).split("\n")
    assert lines == [
        *(
            f"accepted submission={uuid.UUID(pk)} delivery={uuid.UUID(delivery)}"
            " attempts=1 status=200 ms=35 reason=-"
            for _, pk, delivery, *_rest in outcomes[:30]
        ),
        f"rejected submission={uuid.UUID(outcomes[30].submission_id)}"
        f" delivery={uuid.UUID(outcomes[30].delivery_id)}"
        " attempts=1 status=- ms=- reason=source_gone",
    ]
    assert len(caplog.records) < len(outcomes)


def test_what_was_given_back_untried_has_no_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    log_outcomes([make_recorded("pending", ms=None)])
    assert caplog.records == []


@pytest.mark.parametrize("name", ["text", "json"])
def test_what_is_written_at_once_fits_a_pipe(name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    longest = Recorded("accepted", uuid.uuid4().hex, uuid.uuid4().hex, 10_000, 599, 100_000, "x" * 40)
    log_outcomes([longest] * 100)
    formatter = FORMATTERS[name]()
    sizes = [len(formatter.format(record).encode()) + 1 for record in caplog.records]
    assert max(sizes) <= PIPE_BYTES


@pytest.mark.django_db
def test_no_outcome_tells_what_was_sent_or_answered_or_with_which_key(
    sandbox: RunningSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="workflows")
    survey, task = make_survey_with_task()
    submit(survey, 3, name="A Secret Name")
    add_fault(sandbox, kind="status", status=503, times=1)
    assert send_all() == Counter(pending=3)
    make_due()
    add_fault(sandbox, kind="status", status=403, times=1)
    assert send_all() == Counter(rejected=3)
    answers = [answer for answer in Attempt.objects.values_list("answer", flat=True) if answer]
    assert len(answers) == 2
    secrets = [read_write_key(task.source_id), "user-1", "A Secret Name", *answers]
    for pk in Delivery.objects.values_list("pk", flat=True):
        assert caplog.text.count(str(pk)) == 2
    assert [secret for secret in secrets if secret in caplog.text] == []
