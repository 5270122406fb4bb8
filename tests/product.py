"""The whole product as its users start it: `python -m config.launch` in a process of its own."""

from __future__ import annotations

import json
import os
import re
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, TypeVar

import requests

BASE_DIR = Path(__file__).resolve().parent.parent
START_SECONDS = 90.0
# What `tests.settings` puts into this process's environment is not for the product.
OWN_VARIABLES = ("DJANGO_SETTINGS_MODULE", "SECRET_KEY", "FIELD_ENCRYPTION_KEY", "TRIBUTARY_SANDBOX")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


T = TypeVar("T")


def poll(read: Callable[[], T], seconds: float = 30.0, what: str = "the condition") -> T:
    """What `read` returns once it is true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = read()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"{what} did not come about within {seconds:.0f} s")


def is_alive(pid: int) -> bool:
    """A zombie is dead: it only waits for its parent to notice."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


@dataclass
class Product:
    process: subprocess.Popen[str]
    data_dir: Path
    port: int
    log_path: Path
    first_line: str = ""
    _signed_in: dict[str, dict[str, str]] = field(default_factory=dict)  # cookies by person

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def demo(self) -> dict[str, Any]:
        contents: dict[str, Any] = json.loads((self.data_dir / "demo.json").read_text())
        return contents

    @property
    def log(self) -> str:
        return self.log_path.read_text()

    def pid_of(self, name: str) -> int:
        """The process of the newest start of "web", "worker" or "sandbox"."""
        return int(re.findall(rf"{name} started \(process (\d+)\)", self.log)[-1])

    def health(self) -> dict[str, Any] | None:
        try:
            answer = requests.get(f"{self.url}/healthz", timeout=5)
        except requests.RequestException:
            return None
        return answer.json() if answer.status_code == 200 else None

    def events(self, after: int = 0) -> list[dict[str, Any]]:
        """What the sandbox's debugger has beyond number `after`."""
        url = f"{self.demo['sandbox_url']}/debugger/events"
        events: list[dict[str, Any]] = requests.get(url, params={"after": after}, timeout=10).json()["events"]
        return events

    def last_seq(self) -> int:
        return max((event["seq"] for event in self.events()), default=0)

    def sign_in(self, person: str = "admin") -> requests.Session:
        """A session of the demo's admin or member."""
        return sign_in(self.url, **self.demo[person])

    def share_sign_in(self, person: str) -> requests.Session:
        """The same for all who ask: one sign-in between them, as checking a password is slow on purpose."""
        if person not in self._signed_in:
            self._signed_in[person] = self.sign_in(person).cookies.get_dict()
        session = requests.Session()
        session.headers["Referer"] = f"{self.url}/"
        session.cookies.update(self._signed_in[person])
        return session

    def stop(self, number: int = signal.SIGTERM) -> int:
        """The launcher's exit code."""
        self.process.send_signal(number)
        try:
            return self.process.wait(40)
        finally:
            self.process.kill()
            if self.process.stdout:
                self.process.stdout.close()


def sign_in(url: str, email: str, password: str) -> requests.Session:
    """A session past the sign-in page; fails where the password is refused."""
    session = requests.Session()
    session.headers["Referer"] = f"{url}/"
    session.get(f"{url}/sign-in/", timeout=10)
    form = {"username": email, "password": password, "csrfmiddlewaretoken": session.cookies["csrftoken"]}
    answer = session.post(f"{url}/sign-in/", data=form, timeout=10)
    assert answer.url == f"{url}/workflows/", f"{email} could not sign in: {answer.status_code} {answer.url}"
    return session


def launch(data_dir: Path, port: int = 0, **environment: str) -> Product:
    """Start the product without waiting for it. Its log goes beside the data directory."""
    port = port or free_port()
    inherited = {name: value for name, value in os.environ.items() if name not in OWN_VARIABLES}
    inherited.pop("TRIBUTARY_SANDBOX_URL", None)
    log_path = data_dir.with_name(f"{data_dir.name}.log")
    with log_path.open("a") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "config.launch"],
            cwd=BASE_DIR,
            env=inherited | {"DATA_DIR": str(data_dir), "PORT": str(port)} | environment,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    return Product(process, data_dir, port, log_path)


def start(data_dir: Path, port: int = 0, **environment: str) -> Product:
    """Start the product and wait for the line that says it is ready."""
    product = launch(data_dir, port, **environment)
    assert product.process.stdout is not None
    product.first_line = _read_line(product.process.stdout, START_SECONDS)
    if not product.first_line:
        product.process.kill()
        raise AssertionError(f"The product did not start:\n{product.log[-4000:]}")
    return product


def _read_line(stream: IO[str], seconds: float) -> str:
    """One line, or nothing when none comes in time or the stream ends."""
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        return stream.readline() if selector.select(seconds) else ""
