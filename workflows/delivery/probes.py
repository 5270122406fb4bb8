"""How many processes of one worker may be at sources that fail: a region that hangs must not hold them all.

A place is a lock on one byte of a file without a name, opened before the processes are forked. Such locks
belong to a process, and end with it however it ends.
"""

from __future__ import annotations

import fcntl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

_file = tempfile.TemporaryFile()  # noqa: SIM115 (for as long as the process)


@contextmanager
def probe_place(places: int) -> Iterator[bool]:
    """Whether one of `places` is free; this process then has it until the context ends."""
    for place in range(places):
        try:
            fcntl.lockf(_file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
        except OSError:
            continue  # another process has it
        try:
            yield True
        finally:
            fcntl.lockf(_file, fcntl.LOCK_UN, 1, place)
        return
    yield False
