"""`python -m tests.everything`: all tests, as `make test` runs them, in less time than one after the other.

Many mostly wait: for processes that were killed, for a disk, for a time-out. So they run in lanes beside each
other, for about as long each; more lanes than these would be too much for two cores. The tests that expect a
time to be kept (marked `quiet`) and those in a browser follow, and have the machine to themselves.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

Lane = Mapping[str, Sequence[str]]  # commands that run one after the other, by the name to tell

PYTEST = (sys.executable, "-m", "pytest")
ON_POSTGRESQL = (sys.executable, "-m", "tests.on_postgresql")
QUIET, NOT_QUIET = ("-m", "quiet"), ("-m", "not quiet")
NOT_UNIT_TESTS = ("--ignore=tests/faults", "--ignore=tests/journeys")
ENDINGS = ("tests/faults/test_kill.py", "tests/faults/test_servers.py", "tests/faults/test_stop.py")
LANES: Sequence[Lane] = (
    {"The unit tests": (*PYTEST, "tests", *NOT_UNIT_TESTS, *NOT_QUIET)},
    {"The fault tests that kill and stop": (*PYTEST, *ENDINGS)},
    {
        "On PostgreSQL": (*ON_POSTGRESQL, *NOT_QUIET),
        "The other fault tests": (*PYTEST, "tests/faults", *(f"--ignore={path}" for path in ENDINGS)),
    },
)
ALONE: Lane = {
    "What keeps a time": (*PYTEST, "tests", *QUIET),
    "What keeps a time, on PostgreSQL": (*ON_POSTGRESQL, *QUIET),
    "In a browser": (*PYTEST, "tests/journeys"),
}


def main() -> int:
    codes = [*run_beside(LANES), *run_beside([ALONE])]
    return next((code for code in codes if code), 0)


def run_beside(lanes: Sequence[Lane]) -> list[int]:
    """All exit codes. The first lane is heard as it runs, the others in turn once they have ended."""
    is_over = threading.Event()
    with ThreadPoolExecutor(len(lanes)) as pool:
        ends = [pool.submit(_run, lane, is_over, is_heard=lane is lanes[0]) for lane in lanes]
        try:
            codes = []
            for end in ends:
                for code, output in end.result():
                    sys.stdout.buffer.write(output)
                    sys.stdout.flush()
                    codes.append(code)
            return codes
        finally:  # after Ctrl-C, which reaches what runs too
            is_over.set()


def _run(lane: Lane, is_over: threading.Event, is_heard: bool) -> list[tuple[int, bytes]]:
    """The exit code of each command, with what is still to be told of it."""
    ended = []
    for name, command in lane.items():
        if is_over.is_set():
            break
        title = f"{name}\n".encode()
        if is_heard:
            sys.stdout.buffer.write(title)
            sys.stdout.flush()
            ended.append((subprocess.run(command, check=False).returncode, b""))
        else:
            done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            ended.append((done.returncode, title + done.stdout))
    return ended


if __name__ == "__main__":
    sys.exit(main())
