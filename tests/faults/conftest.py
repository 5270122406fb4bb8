from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest
import requests

from segment.sandbox import RunningSandbox, start_sandbox
from tests.faults.modes import Mode
from tests.faults.processes import START_SECONDS, Installation
from tests.faults.servers import PostgreSql, RabbitMq, Server
from tests.product import BASE_DIR, free_port, poll

LOG_CHARACTERS = 20_000
AnyServer = TypeVar("AnyServer", bound=Server)


@contextmanager
def running_sandbox() -> Iterator[RunningSandbox]:
    """For longer than one test."""
    running = start_sandbox()
    yield running
    running.stop()


@pytest.fixture
def sandbox_process(tmp_path: Path) -> Iterator[str]:
    """The address of a sandbox in a process of its own, for many events: it keeps a million."""
    port = free_port()
    command = [sys.executable, "-m", "segment.sandbox", "--port", str(port), "--keep", "1000000"]
    with (tmp_path / "sandbox.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=BASE_DIR, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        poll(lambda: is_answering(url), START_SECONDS, "the sandbox")
        yield url
    finally:
        process.terminate()
        process.wait(10)


def is_answering(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).status_code == 200
    except requests.RequestException:
        return False


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSql]:
    with running_server(PostgreSql()) as server:
        yield server


@pytest.fixture(scope="session")
def rabbitmq() -> Iterator[RabbitMq]:
    with running_server(RabbitMq()) as server:
        yield server


@contextmanager
def running_server(server: AnyServer) -> Iterator[AnyServer]:
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session", params=["one machine", "scaled out"])
def mode(request: pytest.FixtureRequest) -> Mode:
    """Each test that asks for it is run once on SQLite with `run_worker`, once on PostgreSQL with Celery."""
    if request.param == "one machine":
        return Mode()
    return Mode(request.getfixturevalue("postgresql"), request.getfixturevalue("rabbitmq"))


@pytest.fixture
def installation(tmp_path: Path, sandbox: RunningSandbox, mode: Mode) -> Iterator[Installation]:
    """Not prepared and not started yet."""
    with installed(tmp_path, sandbox.url, mode) as one:
        yield one


@contextmanager
def installed(data_dir: Path, sandbox_url: str, mode: Mode) -> Iterator[Installation]:
    """An installation that is gone in the end; its log is shown where a test fails."""
    # A short lease, so that what a killed worker held is sent within the time of a test.
    one = Installation(data_dir, sandbox_url, settings=mode.make_settings() | {"DELIVERY_LEASE_SECONDS": "2"})
    try:
        yield one
    finally:
        one.kill_all()
    print(one.log[-LOG_CHARACTERS:])  # noqa: T201 (pytest shows it with a failure)


@pytest.fixture
def chance() -> random.Random:
    """Random moments that can be had again: TRIBUTARY_FAULT_SEED is printed with a failure."""
    seed = int(os.environ.get("TRIBUTARY_FAULT_SEED") or random.randrange(1_000_000))
    print(f"TRIBUTARY_FAULT_SEED={seed}")  # noqa: T201
    return random.Random(seed)
