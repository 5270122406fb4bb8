"""Processes of the product and of others that a benchmark starts, each with its log, and what they weigh."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
START_SECONDS = 60.0
STOP_SECONDS = 20.0
POLL_SECONDS = 0.005
KEPT_VARIABLES = ("PATH", "HOME", "LANG", "TMPDIR")


class BenchError(Exception):
    """A benchmark could not be measured; the text says why."""


def clean_environment() -> dict[str, str]:
    """Nothing of the caller's settings: a benchmark never touches an installation that is there already."""
    return {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}


class Program:
    """A running process in a session of its own; `log` is its standard output and error."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.log = log
        with log.open("ab") as file:
            self._process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=BASE_DIR,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        self.pid = self._process.pid

    def wait_for(self, pattern: str, seconds: float = START_SECONDS) -> re.Match[str]:
        """Until the log has it."""
        deadline = time.monotonic() + seconds
        while True:
            found = re.search(pattern, self.log.read_text(errors="replace"))
            if found:
                return found
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise BenchError(f"no {pattern!r} in {self.tail()}")
            time.sleep(POLL_SECONDS)

    def require_alive(self) -> None:
        if self._process.poll() is not None:
            raise BenchError(f"a process ended with {self._process.returncode}: {self.tail()}")

    def tail(self) -> str:
        return self.log.read_text(errors="replace")[-2_000:]

    def stop(self) -> None:
        """By SIGTERM, and whatever is left of its session by SIGKILL."""
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            sys.stderr.write(f"process {self.pid} did not stop and is killed\n")
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()


def run_to_end(arguments: Sequence[str], environment: Mapping[str, str], seconds: float = 600.0) -> str:
    """What a short-lived Python program prints. Raises `BenchError` with its last words."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=BASE_DIR,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    if done.returncode:
        raise BenchError(f"{' '.join(arguments)[:80]}: {done.stderr[-2_000:]}")
    return done.stdout
