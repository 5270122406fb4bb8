"""Loaded by the processes whose clock is set: libfaketime 0.9.10 spoils `time.sleep`.

Python sleeps until an absolute moment (clock_nanosleep); that version miscalculates it now and then: EINVAL.
"""

from __future__ import annotations

import select
import time


def _sleep(seconds: float) -> None:
    select.select([], [], [], seconds)


time.sleep = _sleep
