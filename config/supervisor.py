"""Child processes that are started again when they die, stopped in order, and never outlive their parent."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger("tributary")

POLL_SECONDS = 0.05
FIRST_BACK_OFF_SECONDS = 0.25
MAX_BACK_OFF_SECONDS = 30.0
SETTLED_SECONDS = 20.0  # a child that ran this long starts with the first back-off again

_PR_SET_PDEATHSIG = 1
# Loaded before any fork: between fork and exec nothing may be imported.
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Program:
    """What to run. `orphan_signal` is what it gets when its parent is killed (Linux only)."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    directory: Path
    stop_seconds: float = 10.0
    orphan_signal: signal.Signals = signal.SIGTERM


def die_with_parent(number: signal.Signals = signal.SIGKILL) -> None:
    """Have the kernel send this process `number` when the thread that started it ends."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(number))


class Child:
    """One program, as often started as it takes."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.restart_at = 0.0
        self._back_off_seconds = FIRST_BACK_OFF_SECONDS
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0

    def start(self) -> None:
        self._process = start_process(self.program)
        self._started_at = time.monotonic()
        log.info("%s started (process %d)", self.program.name, self._process.pid)

    def tick(self) -> None:
        """Notice a death; start again when the pause is over."""
        if self._process is None:
            if time.monotonic() >= self.restart_at:
                self.start()
            return
        code = self._process.poll()
        if code is not None:
            self._process = None
            self._schedule_restart(code)

    def stop(self) -> None:
        """Ask by SIGTERM, wait `stop_seconds`, then kill what is left of the process group."""
        if self._process is None:
            return
        process, self._process = self._process, None
        stop_process(process, self.program.stop_seconds)
        log.info("%s stopped", self.program.name)

    def _schedule_restart(self, code: int) -> None:
        if time.monotonic() - self._started_at >= SETTLED_SECONDS:
            self._back_off_seconds = FIRST_BACK_OFF_SECONDS
        pause = self._back_off_seconds
        self._back_off_seconds = min(2 * pause, MAX_BACK_OFF_SECONDS)
        self.restart_at = time.monotonic() + pause
        log.warning("%s ended with code %d; starting it again in %.2f s", self.program.name, code, pause)


class Supervisor:
    """Runs children until a stop is asked for, then stops them, the last started first."""

    def __init__(self) -> None:
        # Not an Event: a signal handler that sets one while the same thread waits for it can deadlock.
        self.is_stopping = False
        self.children: list[Child] = []

    def ask_to_stop(self, *_: object) -> None:
        """For signal handlers and other threads; `wait` says so soon after."""
        self.is_stopping = True

    def add(self, program: Program) -> None:
        child = Child(program)
        self.children.append(child)
        child.start()

    def wait(self, seconds: float = POLL_SECONDS) -> bool:
        """Look after the children once, then pause. Returns whether to go on."""
        for child in self.children:
            child.tick()
        time.sleep(seconds)
        return not self.is_stopping

    def run_once(self, program: Program) -> int | None:
        """Run a program to its end; its exit code, or None when a stop was asked for meanwhile."""
        process = start_process(program)
        while process.poll() is None:
            if not self.wait():
                stop_process(process, program.stop_seconds)
                return None
        return process.returncode

    def stop(self) -> None:
        while self.children:
            self.children.pop().stop()


def start_process(program: Program) -> subprocess.Popen[bytes]:
    """In a process group of its own, so that Ctrl-C reaches the parent alone, which stops the rest in order.

    Its output goes to our standard error: our standard output is for the line that says we are ready.
    """
    parent = os.getpid()

    def prepare() -> None:
        die_with_parent(program.orphan_signal)
        if os.getppid() != parent:
            os._exit(1)  # the parent died before the kernel was told

    return subprocess.Popen(
        program.command,
        cwd=program.directory,
        env=dict(program.environment),
        stdin=subprocess.DEVNULL,
        stdout=2,
        process_group=0,
        preexec_fn=prepare,
    )


def stop_process(process: subprocess.Popen[bytes], seconds: float) -> None:
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        log.warning("process %d did not stop within %.0f s and is killed", process.pid, seconds)
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
