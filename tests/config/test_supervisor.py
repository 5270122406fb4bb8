from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

from config.supervisor import Program, Supervisor
from tests.product import is_alive, poll

STUBBORN = (
    "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "open(sys.argv[1], 'w').close(); time.sleep(60)"
)
WITH_A_CHILD = (
    "import subprocess, sys, time;"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
    "open(sys.argv[1], 'w').write(str(child.pid)); time.sleep(60)"
)


def program(code: str, *arguments: str, stop_seconds: float = 5.0) -> Program:
    command = [sys.executable, "-c", code, *arguments]
    return Program("thing", command, os.environ, Path.cwd(), stop_seconds=stop_seconds)


def test_dead_child_is_started_again_with_growing_pauses(tmp_path: Path) -> None:
    supervisor = Supervisor()
    counter = tmp_path / "starts"
    supervisor.add(
        program("import sys, time; open(sys.argv[1], 'a').write(f'{time.time()}\\n')", str(counter))
    )

    def starts() -> list[float]:
        return [float(line) for line in counter.read_text().split()] if counter.exists() else []

    poll(lambda: supervisor.wait() and len(starts()) >= 4)
    supervisor.stop()
    pauses = [later - earlier for earlier, later in zip(starts(), starts()[1:], strict=False)]
    assert pauses[0] >= 0.25
    assert pauses[1] >= 0.5
    assert pauses[2] >= 1.0


def test_child_that_ignores_the_stop_is_killed(tmp_path: Path) -> None:
    supervisor = Supervisor()
    ready = tmp_path / "ready"
    supervisor.add(program(STUBBORN, str(ready), stop_seconds=0.3))
    poll(ready.exists)
    begun = time.monotonic()
    supervisor.stop()
    assert 0.3 <= time.monotonic() - begun < 3


def test_stop_takes_a_childs_children_too(tmp_path: Path) -> None:
    supervisor = Supervisor()
    note = tmp_path / "pid"
    supervisor.add(program(WITH_A_CHILD, str(note)))
    grandchild = int(poll(lambda: (note.exists() and note.read_text()) or None))
    assert is_alive(grandchild)
    supervisor.stop()
    poll(lambda: not is_alive(grandchild))


def test_run_once_gives_the_exit_code() -> None:
    assert Supervisor().run_once(program("raise SystemExit(3)")) == 3


def test_run_once_ends_early_when_a_stop_is_asked_for() -> None:
    supervisor = Supervisor()
    threading.Timer(0.3, supervisor.ask_to_stop).start()
    assert supervisor.run_once(program("import time; time.sleep(60)")) is None
