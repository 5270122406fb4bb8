from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from config import celery
from config.checks import check_broker
from config.databases import POSTGRESQL, SQLITE
from config.launch import choose_workers
from tests.product import BASE_DIR


@pytest.mark.parametrize(
    ("broker", "engine", "ids"),
    [
        ("", SQLITE, []),
        ("", POSTGRESQL, []),
        ("amqp://127.0.0.1", POSTGRESQL, []),
        ("amqp://127.0.0.1", SQLITE, ["tributary.E003"]),
    ],
)
def test_a_broker_needs_postgresql(settings: Any, broker: str, engine: str, ids: list[str]) -> None:
    settings.CELERY_BROKER_URL = broker
    settings.DATABASES = {"default": {"ENGINE": engine}}
    assert [message.id for message in check_broker(None)] == ids


@pytest.mark.parametrize(
    "arguments",
    [["-m", "config.scaleout", "beat"], ["-m", "config.scaleout", "worker"], ["manage.py", "prepare"]],
)
def test_nothing_starts_with_a_broker_and_sqlite(tmp_path: Path, arguments: list[str]) -> None:
    environment = os.environ | {
        "DATA_DIR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'data.sqlite3'}",
        "CELERY_BROKER_URL": "amqp://127.0.0.1:9//",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert "CELERY_BROKER_URL is set, but the database is not PostgreSQL." in done.stderr


@pytest.mark.parametrize("arguments", [[], ["worker"], ["flower"]])
def test_celery_without_a_broker_is_refused(tmp_path: Path, arguments: list[str]) -> None:
    environment = os.environ | {"DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "-m", "config.scaleout", *arguments]
    done = subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True, timeout=60)
    expected = "CELERY_BROKER_URL says nothing" if arguments == ["worker"] else "Usage: "
    assert done.returncode != 0
    assert expected in done.stderr
    assert "Traceback" not in done.stderr


def test_the_launcher_starts_one_beat_beside_celerys_worker() -> None:
    assert choose_workers({}) == {"worker": ["manage.py", "run_worker"]}
    assert choose_workers({"DATABASE_URL": "postgres://db.example/tributary", "CELERY_BROKER_URL": ""}) == {
        "worker": ["manage.py", "run_worker"]
    }
    assert choose_workers({"CELERY_BROKER_URL": "amqp://127.0.0.1"}) == {
        "worker": ["-m", "config.scaleout", "worker"],
        "beat": ["-m", "config.scaleout", "beat"],
    }


def test_messages_are_json_and_nobody_waits_for_results() -> None:
    conf = celery.app.conf
    assert (conf.task_serializer, conf.accept_content, conf.task_ignore_result) == ("json", ["json"], True)
    assert conf.task_publish_retry_policy["max_retries"] == 1
    assert {entry["task"] for entry in conf.beat_schedule.values()} == {"tributary.sweep", "tributary.prune"}


def test_a_broker_that_takes_nothing_is_noticed() -> None:
    assert celery.make_transport_options("amqp://127.0.0.1") == {"write_timeout": 5}
    assert celery.make_transport_options("redis://127.0.0.1") == {
        "socket_connect_timeout": 2,
        "socket_timeout": 5,
    }
