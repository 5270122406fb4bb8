"""What the tests of the submit endpoint share: how to post, and a server in a process of its own."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from django.test import Client

from tests.product import BASE_DIR, free_port, poll
from workflows.models import Survey


def address(survey: Survey) -> str:
    return f"/submit/{survey.submit_key}/"


def post_json(client: Client, survey: Survey, answers: object, **headers: str) -> Any:
    return client.post(address(survey), json.dumps(answers), content_type="application/json", headers=headers)


def post_raw(client: Client, survey: Survey, body: bytes | str, content_type: str, **headers: str) -> Any:
    return client.generic("POST", address(survey), body, content_type=content_type, headers=headers)


def error_code(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


MAKE_SURVEY = """
import django; django.setup()
from tests.factories import make_brand, make_survey
print(make_survey(make_brand()).submit_key)
"""


@dataclass(frozen=True)
class Server:
    """Granian with the product on a database file of its own."""

    process: subprocess.Popen[bytes]
    port: int
    path: str
    database: Path

    def count_submissions(self) -> int:
        with sqlite3.connect(self.database) as connection:
            return connection.execute("SELECT count(*) FROM workflows_submission").fetchone()[0]


def start_server(data_dir: Path) -> Server:
    port = free_port()
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATA_DIR": str(data_dir),
        "PORT": str(port),
        "PYTHONPATH": str(BASE_DIR),
    }
    environment.pop("DATABASE_URL", None)

    def run(*command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command],
            cwd=BASE_DIR,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    run("manage.py", "migrate", "--verbosity", "0")
    submit_key = run("-c", MAKE_SURVEY)
    process = subprocess.Popen(
        [sys.executable, "-m", "config.web"], cwd=BASE_DIR, env=environment, stderr=subprocess.DEVNULL
    )
    server = Server(process, port, f"/submit/{submit_key}/", data_dir / "tributary.sqlite3")
    poll(lambda: _is_up(server), what="the server")
    return server


def _is_up(server: Server) -> bool:
    try:
        return requests.head(f"http://127.0.0.1:{server.port}{server.path}", timeout=5).status_code == 200
    except requests.ConnectionError:
        return False
