from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from config.beat import Beat
from config.celery import PRUNE_SECONDS, SWEEP_SECONDS, app
from workflows.delivery import tasks
from workflows.delivery.clock import ClockWatch


class Recorder(Beat):
    """Notes what would be sent to the broker."""

    def apply_async(self, entry: Any, producer: Any = None, advance: bool = True, **_: Any) -> None:
        self.sent.append(entry.name)

    sent: list[str] = []


@pytest.fixture
def beat() -> Recorder:
    recorder = Recorder(app)
    recorder.sent = []
    recorder.setup_schedule()
    recorder.tick()
    return recorder


def test_it_waits_for_the_next_sweep(beat: Recorder) -> None:
    assert 0 < beat.tick() <= SWEEP_SECONDS
    assert beat.sent == []


def test_an_hour_that_is_put_back_is_not_waited_for(beat: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    for entry in beat.schedule.values():
        entry.last_run_at += timedelta(hours=1)  # as if it had run an hour ahead of what is now
    beat.populate_heap()
    assert beat.tick() > 60  # what Celery would wait
    monkeypatch.setattr(ClockWatch, "has_gone_back", lambda self: True)
    assert 0 < beat.tick() <= SWEEP_SECONDS
    assert {entry.name: entry.schedule.seconds for entry in beat.schedule.values()} == {
        "sweep": SWEEP_SECONDS,
        "prune": PRUNE_SECONDS,
    }


def test_what_the_broker_does_not_take_is_a_line_of_the_log_and_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise ConnectionResetError("amqp://guest:secret@broker")

    beat = Beat(app)
    beat.setup_schedule()
    entry = beat.schedule["sweep"]
    monkeypatch.setattr(tasks.sweep, "apply_async", refuse)
    for _ in range(2):
        beat.apply_entry(entry)
    assert caplog.messages == ["workers not asked to sweep: ConnectionResetError"] * 2
    assert "secret" not in caplog.text
    assert "Traceback" not in caplog.text
