from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from segment.public_api import PublicApi
from segment.sandbox import RunningSandbox, start_sandbox
from segment.sandbox.fixtures import DEMO_TOKEN
from tests.segment.helpers import identify, records, send, verdicts

ROOT = Path(__file__).parents[3]


class Process:
    """`python -m segment.sandbox` as its own process."""

    def __init__(self, *arguments: str) -> None:
        self.popen = subprocess.Popen(
            [sys.executable, "-m", "segment.sandbox", "--port", "0", *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.popen.stdout is not None
        line = self.popen.stdout.readline()
        assert line.startswith("The Segment sandbox is ready at http://127.0.0.1:"), line
        self.sandbox = RunningSandbox(line.split()[-1], None)  # type: ignore[arg-type]

    def end(self, number: int) -> tuple[int, str, str]:
        self.popen.send_signal(number)
        out, err = self.popen.communicate(timeout=10)
        return self.popen.returncode, out, err


@pytest.fixture
def processes() -> Iterator[list[Process]]:
    started: list[Process] = []
    yield started
    for process in started:
        if process.popen.poll() is None:
            process.popen.kill()
            process.popen.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_and_soon_with_connections_open(
    processes: list[Process], number: signal.Signals
) -> None:
    process = Process()
    processes.append(process)
    session = requests.Session()
    session.get(process.sandbox.url, timeout=5)
    with socket.create_connection(("127.0.0.1", int(process.sandbox.url.rpartition(":")[2]))) as idle:
        idle.sendall(b"GET /us/ HTTP/1.1\r\nAuthorization: Bearer sandbox-oregon-slow\r\n\r\n")
        session.get(process.sandbox.url, timeout=5)
        started = time.monotonic()

        assert process.end(number) == (0, "", "")

    assert time.monotonic() - started < 3


def test_nothing_of_a_request_is_logged(processes: list[Process]) -> None:
    process = Process()
    processes.append(process)
    send(process.sandbox, identify("m1"))
    PublicApi(f"{process.sandbox.url}/us", DEMO_TOKEN).sources()
    requests.get(f"{process.sandbox.url}/nope", timeout=5)

    assert process.end(signal.SIGTERM) == (0, "", "")


def test_events_outlive_a_kill(processes: list[Process], tmp_path: Path) -> None:
    first = Process("--data-dir", str(tmp_path))
    processes.append(first)
    send(first.sandbox, identify("m1"), identify("m2", traits={"a": "ü\ud800"}), identify("m3", userId=""))
    before = records(first.sandbox)
    first.end(signal.SIGKILL)

    second = Process("--data-dir", str(tmp_path))
    processes.append(second)
    assert records(second.sandbox) == before
    send(second.sandbox, identify("m1"), identify("m3"), identify("m4"))

    assert [(record["seq"], record["verdict"]) for record in records(second.sandbox, after=3)] == [
        (4, "duplicate"),
        (5, "accepted"),
        (6, "accepted"),
    ]


def test_a_port_in_use_is_said_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "segment.sandbox", "--port", port],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )

    assert done.returncode == 1
    assert done.stderr.startswith(f"The Segment sandbox cannot start at 127.0.0.1:{port}: ")
    assert len(done.stderr.splitlines()) == 1


def test_created_and_changed_sources_outlive_a_restart(tmp_path: Path) -> None:
    first = start_sandbox(data_dir=tmp_path)
    api = PublicApi(f"{first.url}/us", DEMO_TOKEN)
    created = api.create_source("new")
    api.create_write_key(created.id)
    website = api.sources().sources[0]
    requests.patch(
        f"{first.url}/us/sources/{website.id}",
        json={"enabled": False},
        headers={"Authorization": f"Bearer {DEMO_TOKEN}"},
        timeout=5,
    )
    before = api.sources().sources
    first.stop()

    second = start_sandbox(data_dir=tmp_path)
    try:
        assert PublicApi(f"{second.url}/us", DEMO_TOKEN).sources().sources == before
        send(second, identify("m1"), write_key=before[-1].write_keys[1])
        assert verdicts(second) == [("accepted", "")]
        assert len(before[-1].write_keys) == 2
        assert before[0].enabled is False
    finally:
        second.stop()


def test_the_files_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    running = start_sandbox(data_dir=tmp_path / "new" / "folder")
    PublicApi(f"{running.url}/us", DEMO_TOKEN).create_source("new")
    send(running, identify("m1"))
    running.stop()

    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "new" / "folder").iterdir()}
    assert modes == {"events.jsonl": 0o600, "sources.json": 0o600}


def test_a_journal_cut_off_in_the_middle_of_a_line_is_mended(tmp_path: Path) -> None:
    first = start_sandbox(data_dir=tmp_path)
    send(first, identify("m1"), identify("m2"))
    first.stop()
    journal = tmp_path / "events.jsonl"
    os.truncate(journal, journal.stat().st_size - 10)

    second = start_sandbox(data_dir=tmp_path)
    try:
        send(second, identify("m1"), identify("m2"))
        assert [(record["seq"], record["verdict"]) for record in records(second)] == [
            (1, "accepted"),
            (2, "duplicate"),
            (3, "accepted"),
        ]
    finally:
        second.stop()
    assert [json.loads(line)["seq"] for line in journal.read_text().splitlines()] == [1, 2, 3]


def test_an_unreadable_line_of_the_journal_is_skipped(tmp_path: Path) -> None:
    first = start_sandbox(data_dir=tmp_path)
    send(first, identify("m1"))
    first.stop()
    with (tmp_path / "events.jsonl").open("a") as journal:
        journal.write('{"seq": 2, "half of a\n[]\n')

    second = start_sandbox(data_dir=tmp_path)
    try:
        send(second, identify("m1"))
        assert [(record["seq"], record["verdict"]) for record in records(second)] == [
            (1, "accepted"),
            (2, "duplicate"),
        ]
        assert len(records(second, after=1)) == 1
    finally:
        second.stop()


def test_without_a_data_directory_nothing_is_kept(sandbox: RunningSandbox) -> None:
    send(sandbox, identify("m1"))
    sandbox.stop()
    fresh = start_sandbox()
    try:
        assert records(fresh) == []
    finally:
        fresh.stop()


def test_one_connection_serves_many_requests(sandbox: RunningSandbox) -> None:
    with socket.create_connection(("127.0.0.1", int(sandbox.url.rpartition(":")[2]))) as connection:
        for _ in range(3):
            connection.sendall(b"GET /faults HTTP/1.1\r\nHost: sandbox\r\n\r\n")
            answer = connection.recv(65536)
            assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
            assert answer.endswith(b'{"faults": []}')


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: x",
        b"Content-Length: -1",
        b"Transfer-Encoding: chunked",
        b"Content-Length: 99999999999",
    ],
)
def test_a_body_of_unknown_length_is_400_and_ends_the_connection(
    sandbox: RunningSandbox, head: bytes
) -> None:
    with socket.create_connection(
        ("127.0.0.1", int(sandbox.url.rpartition(":")[2])), timeout=5
    ) as connection:
        connection.sendall(b"POST /us/v1/batch HTTP/1.1\r\nHost: sandbox\r\n" + head + b"\r\n\r\n")
        answer = b""
        while part := connection.recv(65536):
            answer += part

    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"Connection: close" in answer
