"""Reading a page that is still on its way to what is expected.

A page follows what is typed, and a new page comes in parts. Whatever is read at once may be the state before,
so it is read until it is right.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from playwright.sync_api import Error

T = TypeVar("T")


def expect_equal(read: Callable[[], T], wanted: T, seconds: float = 10.0) -> None:
    """`read` comes to give `wanted`. Where it does not in time, the assertion shows what it gave at last."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if read() == wanted:
                return
        except Error:  # the page that was read from is being left
            pass
        time.sleep(0.05)
    assert read() == wanted
