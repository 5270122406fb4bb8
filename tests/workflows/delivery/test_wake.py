"""Whoever makes something due wakes the workers, whatever it goes through."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError

from tests.segment.helpers import wait_until
from workflows.delivery import wake
from workflows.delivery.messenger import Messenger
from workflows.delivery.wake import announce, announce_through, listen
from workflows.delivery.wake_sockets import SUFFIX, SocketListener, send_to_all


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path / "wake"


def sockets(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob(f"*{SUFFIX}"))


@pytest.mark.parametrize("depth", [0, 6])
def test_every_listener_is_woken_also_in_a_folder_with_a_long_name(tmp_path: Path, depth: int) -> None:
    folder = tmp_path.joinpath(*["a folder with a long name"] * depth, "wake")
    first, second = threading.Event(), threading.Event()
    listeners = [SocketListener(folder, "host-1-abc", event.set) for event in (first, second)]
    assert len(sockets(folder)) == 2
    send_to_all(folder)
    assert first.wait(5)
    assert second.wait(5)
    for listener in listeners:
        listener.stop()
    assert sockets(folder) == []


def test_nobody_else_may_wake_our_workers(folder: Path) -> None:
    listener = SocketListener(folder, "host-1-abc", lambda: None)
    assert folder.stat().st_mode & 0o777 == 0o700
    listener.stop()


def test_without_any_worker_an_announcement_does_nothing(folder: Path) -> None:
    send_to_all(folder)
    assert not folder.exists()


def test_the_socket_of_a_killed_worker_is_removed_and_the_others_are_woken(folder: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path;"
        "from workflows.delivery.wake_sockets import SocketListener;"
        "SocketListener(Path(sys.argv[1]), 'dead', print); os._exit(9)"
    )
    root = Path(__file__).resolve().parents[3]
    subprocess.run([sys.executable, "-c", code, str(folder)], cwd=root, check=False)
    woken = threading.Event()
    listener = SocketListener(folder, "alive", woken.set)
    assert len(sockets(folder)) == 2
    send_to_all(folder)
    assert woken.wait(5)
    assert [name.startswith("alive") for name in sockets(folder)] == [True]
    listener.stop()


def test_a_worker_that_does_not_listen_does_not_hold_up_the_sender(folder: Path) -> None:
    folder.mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as deaf:
        deaf.bind(str(folder / f"deaf{SUFFIX}"))
        begun = time.monotonic()
        for _ in range(2_000):  # more than a socket's buffer takes
            send_to_all(folder)
        assert time.monotonic() - begun < 10
        assert sockets(folder) == [f"deaf{SUFFIX}"]


def test_many_announcements_are_heard_as_few(folder: Path) -> None:
    calls, may_go_on = [], threading.Event()

    def on_wake() -> None:
        calls.append(1)
        may_go_on.wait(10)

    listener = SocketListener(folder, "busy", on_wake)
    for _ in range(50):
        send_to_all(folder)
    wait_until(lambda: bool(calls))
    may_go_on.set()
    listener.stop()
    assert len(calls) <= 20


@pytest.mark.parametrize("failing", ["mkdir", "bind"])
def test_a_file_system_without_sockets_costs_only_the_wake_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, failing: str
) -> None:
    folder = tmp_path / "wake"
    if failing == "mkdir":
        folder.write_text("a file where the folder should be")
    else:
        folder.mkdir()
        folder = folder / ("x" * 300)
    listener = SocketListener(folder, "deaf", lambda: None)
    send_to_all(folder)
    listener.stop()
    assert "no wake-ups, work begins up to a second later" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_an_announcement_reaches_who_listens_in_the_mode_that_runs(folder: Path) -> None:
    woken = threading.Event()
    listener = listen("worker", woken.set)
    try:
        announce()
        assert woken.wait(5)
    finally:
        listener.stop()


def test_an_announcement_never_raises(folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    class Broken:
        vendor = "postgresql"

        def cursor(self) -> None:
            raise OperationalError("the server closed the connection")

    announce(Broken())  # type: ignore[arg-type]
    assert "workers not woken: OperationalError" in caplog.text


@pytest.fixture
def _through_nothing_afterwards() -> Any:
    yield
    wake._messengers.clear()


@pytest.mark.usefixtures("_through_nothing_afterwards")
def test_announcements_through_a_broker_are_few_and_the_last_one_is_never_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: list[float] = []
    announce_through(lambda: sent.append(time.monotonic()))
    last = 0.0
    for _ in range(300):
        announce()
        last = time.monotonic()
        time.sleep(0.001)
    wait_until(lambda: bool(sent) and sent[-1] >= last)
    gaps = [after - before for before, after in pairwise(sent)]
    assert min(gaps) >= wake.ANNOUNCE_SECONDS
    assert len(sent) <= 2 + (sent[-1] - sent[0]) / wake.ANNOUNCE_SECONDS


def test_a_broker_that_fails_is_asked_again_with_the_next_announcement(caplog: Any) -> None:
    calls: list[int] = []

    def send() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise ConnectionError("amqp://guest:secret@broker")

    messenger = Messenger(send, 0.01)
    messenger.call_soon()
    wait_until(lambda: len(calls) == 1)
    messenger.call_soon()
    wait_until(lambda: len(calls) == 2)
    assert "workers not woken: ConnectionError" in caplog.text
    assert "secret" not in caplog.text


def test_a_broker_that_hangs_holds_up_nobody() -> None:
    may_go_on = threading.Event()
    messenger = Messenger(lambda: may_go_on.wait(10) and None, 0.01)
    begun = time.monotonic()
    for _ in range(100):
        messenger.call_soon()
    assert time.monotonic() - begun < 1
    may_go_on.set()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_announces_by_itself() -> None:
    readable, writable = os.pipe()
    messenger = Messenger(lambda: os.write(writable, b"!") and None, 0.01)
    messenger.call_soon()
    assert os.read(readable, 1) == b"!"
    pid = os.fork()
    if pid == 0:
        messenger.call_soon()
        time.sleep(5)
        os._exit(0)
    try:
        assert os.read(readable, 1) == b"!"
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
