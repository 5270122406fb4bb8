"""The web server and the worker as processes of their own, on a data directory of their own, to be killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from cryptography.fernet import Fernet

from tests.product import BASE_DIR, free_port, poll

SEED = """
import json, django
django.setup()
from tests import factories
from tests.workflows.delivery.helpers import make_source, make_survey_with_task
survey, identify = make_survey_with_task()
source = make_source(survey.brand, "mobile-app")
track = factories.make_task(identify.workflow, source, event_type="track", event_name="Survey Completed")
print(json.dumps({"submit_key": survey.submit_key, "task_ids": [identify.pk, track.pk]}))
"""


@dataclass
class Installation:
    """`kill` and `start` take "web" or "worker"."""

    data_dir: Path
    sandbox_url: str
    port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)
    _processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self.data_dir / "log").read_text()

    def prepare(self) -> dict[str, Any]:
        """Make the database, with a survey and two tasks; its submit key and the tasks' ids."""
        self.settings.setdefault("FIELD_ENCRYPTION_KEY", Fernet.generate_key().decode())
        self._run("manage.py", "migrate", "--verbosity=0")
        seeded: dict[str, Any] = json.loads(self._run("-c", SEED))
        return seeded

    def start(self, name: str) -> None:
        with (self.data_dir / "log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                self._command(name),
                cwd=BASE_DIR,
                env=self._environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,  # granian's own processes are killed with it
            )

    def kill(self, name: str) -> None:
        """With -9, and all that it started."""
        process = self._processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

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

    def wait_until_idle(self, seconds: float) -> None:
        """Nothing is owed any more."""

        def is_idle() -> bool:
            health = self.health()
            return health is not None and health["backlog"]["pending"] == 0

        poll(is_idle, seconds, "an empty backlog")

    def _command(self, name: str) -> list[str]:
        if name == "worker":
            return [sys.executable, "manage.py", "run_worker"]
        granian = str(Path(sys.executable).with_name("granian"))
        options = f"--interface wsgi --host 127.0.0.1 --port {self.port} --blocking-threads 8 --no-ws".split()
        return [granian, *options, "config.wsgi:application"]

    def _run(self, *arguments: str) -> str:
        command = [sys.executable, *arguments]
        done = subprocess.run(
            command, cwd=BASE_DIR, env=self._environment(), check=True, capture_output=True, text=True
        )
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
