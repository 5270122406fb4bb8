from __future__ import annotations

import os
import signal
from collections.abc import Callable

from tests.product import poll
from workflows.delivery.probes import probe_place


def fork(work: Callable[[], None]) -> int:
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return child


def has_place(places: int) -> bool:
    with probe_place(places) as is_free:
        return is_free


def in_a_child(places: int) -> bool:
    """Whether another process gets one of so many places."""
    reader, writer = os.pipe()
    child = fork(lambda: os.write(writer, b"1" if has_place(places) else b"0") and None)
    os.waitpid(child, 0)
    os.close(writer)
    try:
        return os.read(reader, 1) == b"1"
    finally:
        os.close(reader)


def test_a_place_is_one_processs_and_free_again_after_it() -> None:
    with probe_place(1) as is_mine:
        assert is_mine
        assert in_a_child(1) is False
        assert in_a_child(2) is True
    assert in_a_child(1) is True


def test_the_place_of_a_killed_process_is_free() -> None:
    reader, writer = os.pipe()

    def hold() -> None:
        with probe_place(1):
            os.write(writer, b"!")
            signal.pause()

    child = fork(hold)
    assert os.read(reader, 1) == b"!"
    assert has_place(1) is False
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    poll(lambda: has_place(1), 5, "a free place")
    os.close(reader)
    os.close(writer)
