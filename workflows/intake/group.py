"""Group commit: all who wait at the same moment share one transaction, and so one wait for the disk.

There is no writer thread that could die: whoever comes while nobody writes, writes for all that wait, tells
each what became of it, and the first of those who came meanwhile is the next to write. So the group grows
with the load by itself, and a single sender does not wait for anybody.

Whoever is woken wakes the next of its group, one after the other: sixty threads that wake at once would all
fight for the interpreter's lock, which costs a third of the throughput and most of the 99th percentile. The
last one wakes the next writer, which then has that lock, and a larger group, to itself.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Generic, TypeVar

Row = TypeVar("Row")
Result = TypeVar("Result")

MAX_GROUP = 200


class NotWrittenError(Exception):
    """The group's transaction failed, or did not come about in time: the row was not stored.

    `is_uncertain`: the transaction is still under way, so that it may be stored after all.
    """

    def __init__(self, is_uncertain: bool = False) -> None:
        super().__init__()
        self.is_uncertain = is_uncertain


class _Entry(Generic[Row, Result]):
    """A row that waits. Its gate opens when it is its turn to write, or once its result is there.

    `following` is who is woken by it; one that `has_left` is passed over.
    """

    __slots__ = ("arrived_at", "following", "gate", "has_left", "is_writer", "result", "row")

    def __init__(self, row: Row) -> None:
        self.row = row
        self.arrived_at = time.monotonic()
        self.is_writer = self.has_left = False
        self.following: _Entry[Row, Result] | None = None
        self.result: Result | NotWrittenError | None = None
        self.gate = threading.Lock()
        self.gate.acquire()


class Group(Generic[Row, Result]):
    """`write_all(rows, since)` stores rows in one transaction and gives a result for each, in their order.

    `since` is when the longest waiting of them came (time.monotonic). It is called in one thread at a time.
    What it raises becomes a NotWrittenError for each row; `on_error` hears of it once.
    """

    def __init__(
        self,
        write_all: Callable[[Sequence[Row], float], Sequence[Result]],
        on_error: Callable[[Exception], None],
        wait_seconds: float,
        finish_seconds: float,
    ) -> None:
        self._write_all = write_all
        self._on_error = on_error
        self._wait_seconds = wait_seconds
        self._finish_seconds = finish_seconds
        self._lock = threading.Lock()
        self._waiting: list[_Entry[Row, Result]] = []
        self._is_writing = False

    def write(self, row: Row) -> Result:
        """The row's result, after the commit. Raises NotWrittenError, at the latest after both times."""
        entry: _Entry[Row, Result] = _Entry(row)
        with self._lock:
            self._waiting.append(entry)
            if not self._is_writing:
                self._is_writing = entry.is_writer = True
        if not entry.is_writer:
            self._wait(entry)
        if entry.is_writer:
            self._write_group(entry)
        if entry.result is None or isinstance(entry.result, NotWrittenError):
            raise entry.result or NotWrittenError()
        return entry.result

    def _wait(self, entry: _Entry[Row, Result]) -> None:
        """Until it has its result or is the writer, or gave up."""
        if not entry.gate.acquire(timeout=self._wait_seconds):
            with self._lock:
                if entry.is_writer:
                    return
                if entry in self._waiting:
                    self._waiting.remove(entry)
                    return
            # Its transaction is under way. What becomes of it is nearly always known in a moment.
            if not entry.gate.acquire(timeout=self._finish_seconds):
                self._leave(entry)
        self._wake(entry.following)

    def _leave(self, entry: _Entry[Row, Result]) -> None:
        with self._lock:
            entry.has_left = not entry.gate.acquire(blocking=False)
        if entry.has_left:
            raise NotWrittenError(is_uncertain=True)

    def _wake(self, entry: _Entry[Row, Result] | None) -> None:
        """The next of the chain that is still there; at its end, the next writer."""
        with self._lock:
            while entry is not None and entry.has_left:
                entry = entry.following
            if entry is not None:
                entry.gate.release()
                return
        self._hand_over()

    def _write_group(self, writer: _Entry[Row, Result]) -> None:
        with self._lock:
            group = self._waiting[:MAX_GROUP]
            del self._waiting[:MAX_GROUP]
        try:
            results = self._write_all([entry.row for entry in group], group[0].arrived_at)
            for entry, result in zip(group, results, strict=True):
                entry.result = result
        except Exception as error:
            self._on_error(error)
            for entry in group:
                entry.result = NotWrittenError()
        finally:
            others = [entry for entry in group if entry is not writer]
            for entry, following in pairwise(others):
                entry.following = following
            self._wake(others[0] if others else None)

    def _hand_over(self) -> None:
        with self._lock:
            self._is_writing = bool(self._waiting)
            if self._waiting:
                self._waiting[0].is_writer = True
                self._waiting[0].gate.release()
