"""A database and brokers of the tests' own, to be killed and emptied: on free ports, in their own folders."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path

import psycopg
import pytest

from tests.product import free_port, poll

START_SECONDS = 90.0  # RabbitMQ on a busy machine
RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # not Debian's wrapper, which has one node in mind


def require(path: Path | str | None, name: str) -> str:
    """The program's path; without it the test is skipped, and fails under CI=true."""
    if path and Path(path).exists():
        return str(path)
    message = f"No {name} is installed here"
    pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)


class Server(ABC):
    """A program that listens on a port. `kill` it with -9, `start` it again, `empty` it while it is down."""

    user: str | None = None  # who runs it where we are root

    def __init__(self, folder: Path | None = None) -> None:
        """Its files are in `folder`, or else in a new one."""
        self.port = free_port()
        self.folder = folder or Path(tempfile.mkdtemp(prefix="tributary-faults-"))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str: ...

    @property
    @abstractmethod
    def command(self) -> Sequence[str]: ...

    @property
    def environment(self) -> Mapping[str, str]:
        return {}

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether it answers, not only listens."""

    @abstractmethod
    def empty(self) -> None:
        """Forget all that it was given."""

    def start(self) -> None:
        """Returns once it answers, at once if it does already."""
        poll(self._look_after, START_SECONDS, f"the start of {self.command[0]}")

    def launch(self) -> None:
        """Returns at once."""
        with (self.folder / "out.log").open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=os.environ | {"HOME": str(self.folder)} | self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                user=self.user if os.geteuid() == 0 else None,
            )

    def _look_after(self) -> bool:
        """Start again what could not start yet: what its killed forerunner held is freed a little later."""
        if self._process is None:
            self.launch()
        elif self._process.poll() is not None:
            time.sleep(0.2)
            self.launch()
        return self.is_ready()

    def kill(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)
            self._process = None

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class PostgreSql(Server):
    user = "postgres"

    def __init__(self, folder: Path | None = None) -> None:
        newest = max(Path("/usr/lib/postgresql").glob("*/bin/initdb"), default=None)
        initdb = require(newest or shutil.which("initdb"), "PostgreSQL")
        super().__init__(folder)
        self._program = str(Path(initdb).with_name("postgres"))
        if os.geteuid() == 0:
            shutil.chown(self.folder, self.user)
        options = [
            "--pgdata",
            "data",
            "--auth",
            "trust",
            "--username",
            "postgres",
            "--no-sync",
            "--wal-segsize",
            "1",
        ]
        user = self.user if os.geteuid() == 0 else None
        command = [initdb, *options, "--encoding", "UTF8"]
        subprocess.run(command, cwd=self.folder, user=user, check=True, capture_output=True)

    @property
    def url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    @property
    def command(self) -> Sequence[str]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "shared_buffers": "32MB",
            "min_wal_size": "8MB",  # a small disk has room for its log
        }
        return [self._program, "-D", "data", *(f"--{name}={value}" for name, value in settings.items())]

    def is_ready(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def empty(self) -> None:
        raise AssertionError("the database of record is never emptied")

    def create_database(self, name: str) -> str:
        """Its address."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return self.url.removesuffix("postgres") + name


class Redis(Server):
    """In memory alone, so that a start is always an empty one."""

    def __init__(self) -> None:
        self._program = require(shutil.which("redis-server"), "Redis")
        super().__init__()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def command(self) -> Sequence[str]:
        return [self._program, "--port", str(self.port), "--save", "", "--appendonly", "no"]

    def is_ready(self) -> bool:
        return talk(self.port, b"PING\r\n").startswith(b"+PONG")

    def empty(self) -> None:
        """It is empty already."""


class RabbitMq(Server):
    def __init__(self) -> None:
        self._program = require(RABBITMQ, "RabbitMQ")
        super().__init__()
        (self.folder / "plugins").write_text("[].")
        self._node = f"faults{self.port}@localhost"
        self._node_port = free_port()

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    @property
    def command(self) -> Sequence[str]:
        return [self._program]

    @property
    def environment(self) -> Mapping[str, str]:
        return {
            "RABBITMQ_NODENAME": self._node,
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._node_port),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_PID_FILE": str(self.folder / "pid"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "none"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
        }

    def is_ready(self) -> bool:
        # It answers the protocol's greeting with Connection.Start, whose frame type is 1.
        return talk(self.port, b"AMQP\x00\x00\x09\x01").startswith(b"\x01")

    def empty(self) -> None:
        shutil.rmtree(self.folder / "mnesia")


def talk(port: int, greeting: bytes) -> bytes:
    """The beginning of what a server answers; nothing where none listens."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(greeting)
            return connection.recv(16)
    except OSError:
        return b""
