from __future__ import annotations

import pytest

from workflows.delivery import clock
from workflows.delivery.clock import ClockWatch


def test_a_clock_put_back_is_noticed_once_and_a_small_correction_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wall = 1_000_000.0
    monkeypatch.setattr(clock.time, "time", lambda: wall)
    monkeypatch.setattr(clock.time, "monotonic", lambda: 50.0)
    watch = ClockWatch()
    seen = [watch.has_gone_back()]
    for step in (0.0, -2.0, +3_600.0, -3_600.0, 0.0):
        wall += step
        seen.append(watch.has_gone_back())
    assert seen == [True, False, False, False, True, False]
