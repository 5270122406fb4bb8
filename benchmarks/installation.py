"""An installation of the product on data of its own, in processes of its own, as its users start them."""

from __future__ import annotations

import base64
import http.client
import json
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.programs import BenchError, Program, clean_environment, run_to_end
from config.loopback import find_free_port

# One for the whole run: prepared databases are copied from one installation to the next.
KEY = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
SECRET = secrets.token_urlsafe(50)
WEB_SECONDS = 30.0
NOWHERE = "http://127.0.0.1:9"  # the discard port, for an installation that sends nothing


@dataclass
class Sandbox:
    """The stand-in for Segment, a process of its own."""

    program: Program
    url: str

    def received_at(self, number: int) -> float | None:
        """The time at which event `number` (from 1) came in; None as long as it has not."""
        events = self._read(number - 1, 1)
        return read_moment(events[0]["received_at"]) if events else None

    def events(self) -> list[dict[str, Any]]:
        return self._read(0, 10_000_000)

    def _read(self, after: int, limit: int) -> list[dict[str, Any]]:
        body = fetch(self.url, f"/debugger/events?after={after}&limit={limit}")
        events: list[dict[str, Any]] = json.loads(body)["events"]
        return events


def read_moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def fetch(url: str, path: str) -> bytes:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    if answer.status != http.client.OK:
        raise BenchError(f"{path} answered {answer.status}")
    return body


@dataclass
class Installation:
    """`settings` go into the environment of every process; `database_url` "" is SQLite in `data_dir`."""

    data_dir: Path
    sandbox_url: str
    database_url: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=find_free_port)
    programs: list[Program] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> Path:
        return self.data_dir / "tributary.sqlite3"

    def environment(self) -> dict[str, str]:
        values = clean_environment() | {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATA_DIR": str(self.data_dir),
            "SECRET_KEY": SECRET,
            "FIELD_ENCRYPTION_KEY": KEY,
            "TRIBUTARY_SANDBOX": "1",
            "TRIBUTARY_SANDBOX_URL": self.sandbox_url,
            "PORT": str(self.port),
        }
        if self.database_url:
            values["DATABASE_URL"] = self.database_url
        return values | self.settings

    def prepare(self) -> dict[str, Any]:
        """Make the tables, a survey and two tasks that send to two sources; what `benchmarks.seed` prints."""
        run_to_end(["manage.py", "migrate", "--verbosity=0"], self.environment())
        seeded: dict[str, Any] = json.loads(self.seed("survey"))
        return seeded

    def seed(self, *arguments: str) -> str:
        return run_to_end(["-m", "benchmarks.seed", *arguments], self.environment())

    def start(self, name: str, *arguments: str, **variables: str) -> Program:
        program = Program(arguments, self.environment() | variables, self.data_dir / f"{name}.log")
        self.programs.append(program)
        return program

    def start_web(self) -> Program:
        web = self.start("web", "-m", "config.web")
        wait_for_web(self.url, "/healthz", web)
        return web

    def start_empty(self, port: int) -> Program:
        """The empty view on the same web server with the same settings, at another port."""
        variables = {"DJANGO_SETTINGS_MODULE": "benchmarks.empty", "PORT": str(port)}
        empty = self.start("empty", "-m", "config.web", **variables)
        wait_for_web(f"http://127.0.0.1:{port}", "/empty/", empty)
        return empty

    def start_worker(self) -> tuple[Program, float]:
        """The worker, and the time at which it was ready."""
        worker = self.start("worker", "manage.py", "run_worker")
        worker.wait_for("worker started")
        return worker, time.time()

    def stop(self) -> None:
        while self.programs:
            self.programs.pop().stop()


def wait_for_web(url: str, path: str, program: Program) -> None:
    deadline = time.monotonic() + WEB_SECONDS
    while time.monotonic() < deadline:
        program.require_alive()
        try:
            fetch(url, path)
        except OSError:
            time.sleep(0.02)
        except BenchError:
            return  # it answers, though not with 200
        else:
            return
    raise BenchError(f"{url} does not answer: {program.tail()}")


@contextmanager
def workshop() -> Iterator[Workshop]:
    """A folder for benchmarks to work in; processes are stopped and the folder is removed afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="tributary-bench-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, directory, ignore_errors=True)
        yield Workshop(directory, stack)


@dataclass
class Workshop:
    directory: Path
    _stack: ExitStack
    _count: int = 0

    def new_directory(self, name: str) -> Path:
        self._count += 1
        path = self.directory / f"{self._count}-{name}"
        path.mkdir()
        return path

    @contextmanager
    def sandbox(self, keep: int = 200_000) -> Iterator[Sandbox]:
        log = self.new_directory("sandbox") / "log"
        arguments = ["-m", "segment.sandbox", "--port", "0", "--keep", str(keep)]
        program = Program(arguments, clean_environment(), log)
        try:
            yield Sandbox(program, program.wait_for(r"ready at (http://\S+)").group(1))
        finally:
            program.stop()

    @contextmanager
    def installation(
        self, sandbox_url: str, database_url: str = "", **settings: str
    ) -> Iterator[Installation]:
        made = Installation(self.new_directory("data"), sandbox_url, database_url, settings)
        try:
            yield made
        finally:
            made.stop()
