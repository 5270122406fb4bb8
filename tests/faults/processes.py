"""The web server and workers as processes of their own, on a data directory of their own, to be broken."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from cryptography.fernet import Fernet

from tests.faults.database import Database, PostgreSqlDatabase, SqliteDatabase
from tests.faults.load import Form
from tests.product import BASE_DIR, free_port, poll

# Seconds. How long a test waits for what takes a moment: much more than it takes on a busy machine.
PATIENCE = 60.0
START_SECONDS = 60.0
# What the logs of run_worker, of a Celery worker and of Celery's beat say once they are at work.
SIGNS_OF_WORK = (b"worker started", b" ready.", b"beat: Starting")
# Two tasks, so that each submission owes two events: to one source an identify, to the other a track.
USUAL_FORMS = {"feedback": ("acme/website", "acme/mobile-app")}

# Each of them has an index to itself: asked often, it is no load.
_IS_UNSETTLED = """
SELECT EXISTS (SELECT 1 FROM workflows_submission WHERE planned_at IS NULL)
    OR EXISTS (SELECT 1 FROM workflows_delivery WHERE status = 'pending')
"""


@dataclass
class Installation:
    """Its processes are called "web", "worker", "worker-2" and so on."""

    data_dir: Path
    sandbox_url: str
    port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)
    _processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _log_starts: dict[str, int] = field(default_factory=dict)  # where the log of the newest start begins

    @property
    def is_scaled_out(self) -> bool:
        return "CELERY_BROKER_URL" in self.settings

    @property
    def workers(self) -> tuple[str, ...]:
        """What sends, as it is usually run: one worker here, two and the beat where it is scaled out."""
        return ("worker", "worker-2", "beat") if self.is_scaled_out else ("worker",)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> Database:
        url = self.settings.get("DATABASE_URL")
        return PostgreSqlDatabase(url) if url else SqliteDatabase(self.data_dir / "tributary.sqlite3")

    @property
    def log(self) -> str:
        """All processes' logs, each with its name before it."""
        paths = sorted(self.data_dir.glob("*.log"))
        return "".join(f"--- {path.stem}\n{path.read_text(errors='replace')}" for path in paths)

    def prepare(self, forms: Mapping[str, Sequence[str]] = USUAL_FORMS) -> dict[str, Form]:
        """Make the database, with a survey for each form and a task for each of its sources."""
        self.settings.setdefault("FIELD_ENCRYPTION_KEY", Fernet.generate_key().decode())
        seeded: dict[str, Any] = json.loads(self.run("-m", "tests.faults.seed", json.dumps(forms)))
        return {name: Form(**{**form, "tasks": tuple(form["tasks"])}) for name, form in seeded.items()}

    def start(self, *names: str) -> None:
        """Start processes and wait for them: the web server answers, a worker says that it is at work."""
        for name in names:
            self.launch(name)
        for name in names:
            poll(lambda name=name: self.is_up(name), START_SECONDS, f"the start of {name}")  # type: ignore[misc]

    def launch(self, name: str) -> None:
        """Start a process without waiting."""
        with self._log_path(name).open("ab") as log:
            self._log_starts[name] = log.tell()
            self._processes[name] = subprocess.Popen(
                self._command(name),
                cwd=BASE_DIR,
                env=self._environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,  # so that all it starts can be killed with it
            )

    def is_up(self, name: str) -> bool:
        """Whether the process that was launched last is at work."""
        process = self._processes[name]
        if process.poll() is not None:
            raise AssertionError(f"{name} ended with {process.returncode}:\n{self.log[-4000:]}")
        if name == "web":
            return self.health() is not None
        log = self._log_path(name).read_bytes()[self._log_starts[name] :]
        return any(sign in log for sign in SIGNS_OF_WORK)

    def kill(self, name: str) -> None:
        """With -9, and all that it started."""
        process = self._processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def stop(self, *names: str, seconds: float = 30.0) -> list[int]:
        """By SIGTERM, all at once; their exit codes."""
        for name in names:
            self._processes[name].terminate()
        codes = [self._processes[name].wait(seconds) for name in names]
        for name in names:
            del self._processes[name]
        return codes

    def kill_all(self) -> None:
        for name in list(self._processes):
            self.kill(name)

    def health(self) -> dict[str, Any] | None:
        try:
            answer = requests.get(f"{self.url}/healthz", timeout=5)
        except requests.RequestException:
            return None
        body: dict[str, Any] = answer.json()
        return body if answer.status_code == 200 else None

    def wait_until_settled(self, seconds: float) -> None:
        """Nothing is owed any more. Read from the database: the web server may be down."""
        poll(lambda: not self.database.read(_IS_UNSETTLED)[0][0], seconds, "an empty backlog")

    def _log_path(self, name: str) -> Path:
        return self.data_dir / f"{name}.log"

    def _command(self, name: str) -> list[str]:
        if name == "web":
            return [sys.executable, "-m", "config.web"]
        if not self.is_scaled_out:
            return [sys.executable, "manage.py", "run_worker"]
        return [sys.executable, "-m", "config.scaleout", "beat" if name == "beat" else "worker"]

    def run(self, *arguments: str) -> str:
        """Python with these arguments, in the settings of the installation; what it prints."""
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=BASE_DIR, env=self._environment(), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _environment(self) -> dict[str, str]:
        # What `tests.settings` put into this process's environment is not for the product.
        kept = {
            name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}
        }
        return kept | {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATA_DIR": str(self.data_dir),
            "SECRET_KEY": "a key for tests only",
            "TRIBUTARY_SANDBOX": "1",
            "TRIBUTARY_SANDBOX_URL": self.sandbox_url,
            "PORT": str(self.port),
            **self.settings,
        }
