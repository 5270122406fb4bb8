"""Group commit without a database: who waits, who writes, and that nobody waits for ever."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from tests.segment.helpers import wait_until
from workflows.intake.group import MAX_GROUP, Group, NotWrittenError


class Disk:
    """Writes when it is let: `groups` is what each transaction held."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.is_free = threading.Event()
        self.error: Exception | None = None

    def write_all(self, rows: Sequence[int], since: float) -> list[str]:
        self.groups.append(list(rows))
        assert self.is_free.wait(20)
        if self.error:
            raise self.error
        return [f"wrote {row}" for row in rows]


@pytest.fixture
def disk() -> Disk:
    return Disk()


def make_group(
    write_all: Callable[..., Any], errors: list[Exception] | None = None, wait: float = 20, finish: float = 20
) -> Group[int, str]:
    return Group(write_all, (errors if errors is not None else []).append, wait, finish)


def start_waiting(
    pool: ThreadPoolExecutor, group: Group[int, str], disk: Disk, count: int
) -> list[Future[str]]:
    """The first of `count` rows is being written, the others wait in their order."""
    futures = [pool.submit(group.write, 0)]
    wait_until(lambda: disk.groups == [[0]])
    for number in range(1, count):
        futures.append(pool.submit(group.write, number))
        wait_until(lambda number=number: len(group._waiting) == number)
    return futures


def test_one_alone_is_written_at_once(disk: Disk) -> None:
    disk.is_free.set()
    assert make_group(disk.write_all).write(7) == "wrote 7"
    assert disk.groups == [[7]]


def test_all_who_wait_share_the_next_transaction_and_each_gets_its_own_result(disk: Disk) -> None:
    group = make_group(disk.write_all)
    with ThreadPoolExecutor(10) as pool:
        futures = start_waiting(pool, group, disk, 10)
        disk.is_free.set()
        assert [future.result(20) for future in futures] == [f"wrote {number}" for number in range(10)]
    assert disk.groups == [[0], [1, 2, 3, 4, 5, 6, 7, 8, 9]]


def test_a_transaction_holds_a_bounded_number(disk: Disk) -> None:
    group, count = make_group(disk.write_all), MAX_GROUP + 3
    with ThreadPoolExecutor(count) as pool:
        futures = start_waiting(pool, group, disk, count)
        disk.is_free.set()
        assert [future.result(20) for future in futures] == [f"wrote {number}" for number in range(count)]
    assert [len(rows) for rows in disk.groups] == [1, MAX_GROUP, 2]


def test_an_error_is_the_whole_groups_and_told_once_and_the_next_group_is_written(disk: Disk) -> None:
    errors: list[Exception] = []
    group = make_group(disk.write_all, errors)
    disk.error = OSError("disk I/O error")
    with ThreadPoolExecutor(5) as pool:
        futures = start_waiting(pool, group, disk, 5)
        disk.is_free.set()
        for future in futures:
            with pytest.raises(NotWrittenError) as caught:
                future.result(20)
            assert caught.value.is_uncertain is False
    assert errors == [disk.error] * 2  # of the first alone, and of the four
    disk.error = None
    assert group.write(9) == "wrote 9"


def test_a_writer_that_loses_a_result_is_an_error_too() -> None:
    errors: list[Exception] = []
    group = make_group(lambda rows, since: [], errors)
    with pytest.raises(NotWrittenError):
        group.write(1)
    assert [type(error) for error in errors] == [ValueError]


def test_who_waits_too_long_gives_up_and_is_not_written(disk: Disk) -> None:
    group = make_group(disk.write_all, wait=0.3)
    with ThreadPoolExecutor(4) as pool:
        futures = start_waiting(pool, group, disk, 4)
        begun = time.monotonic()
        for future in futures[1:]:
            with pytest.raises(NotWrittenError) as caught:
                future.result(20)
            assert caught.value.is_uncertain is False
        assert time.monotonic() - begun < 5
        disk.is_free.set()
        assert futures[0].result(20) == "wrote 0"
        assert group.write(8) == "wrote 8"
    assert disk.groups == [[0], [8]]


def test_who_is_being_written_when_the_disk_hangs_is_told_that_nobody_knows(disk: Disk) -> None:
    hanging = threading.Event()

    def write_all(rows: Sequence[int], since: float) -> list[str]:
        if len(rows) > 1:
            hanging.wait(20)
        return disk.write_all(rows, since)

    group = make_group(write_all, wait=0.4, finish=0.2)
    with ThreadPoolExecutor(5) as pool:
        futures = start_waiting(pool, group, disk, 4)
        disk.is_free.set()
        assert futures[0].result(20) == "wrote 0"
        for future in futures[2:]:
            with pytest.raises(NotWrittenError) as caught:
                future.result(20)
            assert caught.value.is_uncertain is True
        hanging.set()
        assert futures[1].result(20) == "wrote 1"  # it wrote for the others
        assert group.write(9) == "wrote 9"  # those who left break no chain and keep no lock


def test_since_is_when_the_longest_waiting_came(disk: Disk) -> None:
    seen: list[float] = []

    def write_all(rows: Sequence[int], since: float) -> list[str]:
        seen.append(since)
        return disk.write_all(rows, since)

    group = make_group(write_all)
    with ThreadPoolExecutor(3) as pool:
        before = time.monotonic()
        futures = start_waiting(pool, group, disk, 3)
        waited_until = time.monotonic()
        time.sleep(0.05)
        disk.is_free.set()
        [future.result(20) for future in futures]
    assert before <= seen[0] <= seen[1] <= waited_until


def test_under_load_with_errors_nobody_is_forgotten_and_nothing_is_written_twice() -> None:
    written: list[int] = []
    is_writing = threading.Lock()
    chance = random.Random(1)

    def write_all(rows: Sequence[int], since: float) -> list[str]:
        assert is_writing.acquire(blocking=False), "two writers at once"
        try:
            time.sleep(chance.random() / 2_000)
            if chance.random() < 0.1:
                raise OSError
            written.extend(rows)
            return [str(row) for row in rows]
        finally:
            is_writing.release()

    group = make_group(write_all)

    def send(first: int) -> list[int]:
        taken = []
        for number in range(first, first + 100):
            try:
                assert group.write(number) == str(number)
            except NotWrittenError:
                continue
            taken.append(number)
        return taken

    with ThreadPoolExecutor(24) as pool:
        taken = [number for numbers in pool.map(send, range(0, 2_400, 100), timeout=60) for number in numbers]
    assert sorted(taken) == sorted(written)
    assert 1_000 < len(taken) < 2_400
