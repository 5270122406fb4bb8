"""The launcher, as real processes: start, demo, restarts, stop."""

from __future__ import annotations

import os
import re
import signal
import socket
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from segment.sandbox import start_sandbox
from tests.product import Product, is_alive, launch, poll, sign_in, start

linux_only = pytest.mark.skipif(not Path("/proc/self").exists(), reason="only Linux ends orphans")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One running product; the tests that use it leave it running."""
    running = start(tmp_path_factory.mktemp("launch") / "data")
    yield running
    running.stop()


def submit(product: Product, **answers: object) -> requests.Response:
    return requests.post(product.demo["submit_url"], json=answers, timeout=10)


def test_says_on_standard_output_where_it_is_ready(product: Product) -> None:
    assert product.first_line == f"Tributary is ready at http://127.0.0.1:{product.port}\n"
    health = product.health()
    assert health is not None
    assert (health["status"], health["worker"]["alive"]) == ("ok", True)


def test_data_directory_is_its_owners_alone(product: Product) -> None:
    names = ("keys.env", "demo.json", "tributary.sqlite3")
    assert mode(product.data_dir) == 0o700
    assert {name: mode(product.data_dir / name) for name in names} == dict.fromkeys(names, 0o600)


def test_demo_file_has_the_promised_shape(product: Product) -> None:
    demo = product.demo
    assert list(demo) == ["url", "admin", "member", "submit_url", "survey_url", "sandbox_url"]
    assert demo["url"] == product.url
    assert demo["admin"].keys() == demo["member"].keys() == {"email", "password"}
    assert demo["submit_url"].startswith(f"{product.url}/submit/")
    assert demo["survey_url"].startswith(f"{product.url}/s/")
    assert requests.get(f"{demo['sandbox_url']}/debugger/events", timeout=10).status_code == 200


def test_passwords_stay_out_of_what_is_printed(product: Product) -> None:
    demo = product.demo
    assert demo["admin"]["password"] not in product.log
    assert demo["member"]["password"] not in product.log


@pytest.mark.parametrize("person", ["admin", "member"])
def test_demo_people_can_sign_in(product: Product, person: str) -> None:
    page = product.sign_in(person).get(f"{product.url}/workflows/", timeout=10)
    assert page.url == f"{product.url}/workflows/"


def test_demo_submission_becomes_one_identify_and_one_track(product: Product) -> None:
    after = product.last_seq()
    answer = submit(product, email="ada@example.com", name="Ada", score=9, comment="Clear.")
    assert (answer.status_code, answer.json()["duplicate"]) == (202, False)
    events = poll(lambda: len(found := product.events(after)) == 2 and found)
    assert {event["event"]["type"]: event["verdict"] for event in events} == {
        "identify": "accepted",
        "track": "accepted",
    }
    bodies = {event["event"]["type"]: event["event"] for event in events}
    expected = {"email": "ada@example.com", "name": "Ada", "score": 9, "comment": "Clear."}
    assert bodies["identify"]["traits"] == bodies["track"]["properties"] == expected
    assert bodies["track"]["event"] == "Survey Completed"


def test_port_that_is_taken_is_named(product: Product, tmp_path: Path) -> None:
    second = launch(tmp_path / "data", product.port)
    assert second.process.wait(30) == 1
    assert second.log == (
        f"Tributary did not start. PORT {product.port} of 127.0.0.1 is taken. Stop what uses it, or choose "
        f"another, for example PORT={product.port + 1}.\n"
    )
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("name", ["worker", "web", "sandbox"])
def test_killed_child_is_started_again(product: Product, name: str) -> None:
    killed = product.pid_of(name)
    os.kill(killed, signal.SIGKILL)
    poll(lambda: product.pid_of(name) != killed, what=f"a new {name}")
    poll(lambda: (health := product.health()) and health["worker"]["alive"], what="health")
    poll(lambda: _answers(f"{product.demo['sandbox_url']}/debugger/events"), what="the sandbox")
    after = product.last_seq()
    assert submit(product, email="eve@example.com", name="Eve", score=1).status_code == 202
    poll(lambda: len(product.events(after)) == 2, 90, "both events")


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False


def test_second_start_keeps_keys_passwords_and_sandbox(tmp_path: Path) -> None:
    first = start(tmp_path / "data")
    demo, keys = first.demo, (tmp_path / "data" / "keys.env").read_text()
    submit(first, email="ada@example.com", name="Ada", score=9)
    poll(lambda: len(first.events()) == 2)
    assert first.stop(signal.SIGINT) == 0
    second = start(tmp_path / "data")
    try:
        assert (tmp_path / "data" / "keys.env").read_text() == keys
        assert second.demo == {
            **demo,
            "url": second.url,
            "submit_url": demo["submit_url"].replace(first.url, second.url),
            "survey_url": demo["survey_url"].replace(first.url, second.url),
        }
        assert sign_in(second.url, **demo["member"]).get(f"{second.url}/runs/", timeout=10).status_code == 200
        assert len(second.events()) == 2
    finally:
        second.stop()


def test_stop_ends_web_then_worker_then_sandbox(tmp_path: Path) -> None:
    product = start(tmp_path / "data")
    pids = [product.pid_of(name) for name in ("web", "worker", "sandbox")]
    begun = time.monotonic()
    assert product.stop() == 0
    assert time.monotonic() - begun < 15
    assert re.findall(r"tributary (\w+) stopped", product.log) == ["web", "worker", "sandbox"]
    assert "Traceback" not in product.log
    assert [is_alive(pid) for pid in pids] == [False, False, False]


@linux_only
def test_nothing_outlives_a_killed_launcher(tmp_path: Path) -> None:
    product = start(tmp_path / "data")
    pids = [product.pid_of(name) for name in ("web", "worker", "sandbox")]
    assert product.stop(signal.SIGKILL) == -signal.SIGKILL
    poll(lambda: not any(map(is_alive, pids)), what="the end of all children")
    poll(lambda: _can_bind(product.port), what="a free port")


def _can_bind(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_given_sandbox_is_used_and_none_started(tmp_path: Path) -> None:
    sandbox = start_sandbox()
    product = start(tmp_path / "data", TRIBUTARY_SANDBOX_URL=f"{sandbox.url}/")
    try:
        assert product.demo["sandbox_url"] == sandbox.url
        assert "sandbox started" not in product.log
        submit(product, email="ada@example.com", name="Ada", score=9)
        assert len(poll(lambda: len(found := product.events()) == 2 and found)) == 2
    finally:
        product.stop()
        sandbox.stop()


def test_demo_uses_a_write_key_where_the_sandbox_refuses_its_token(tmp_path: Path) -> None:
    sandbox = start_sandbox()
    fault = {"kind": "status", "status": 401, "api": "public"}
    assert requests.post(f"{sandbox.url}/faults", json=fault, timeout=10).status_code < 300
    product = start(tmp_path / "data", TRIBUTARY_SANDBOX_URL=sandbox.url)
    try:
        assert "did not take the demo's token (BadToken), so the demo uses a write key instead" in product.log
        submit(product, email="ada@example.com", name="Ada", score=9)
        assert len(poll(lambda: len(found := product.events()) == 2 and found)) == 2
    finally:
        product.stop()
        sandbox.stop()


def test_without_sandbox_there_is_no_demo(tmp_path: Path) -> None:
    product = start(tmp_path / "data", TRIBUTARY_SANDBOX="0")
    try:
        assert not (tmp_path / "data" / "demo.json").exists()
        assert "sandbox started" not in product.log
        assert product.health()
    finally:
        product.stop()


def test_database_without_its_keys_is_not_started(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "tributary.sqlite3").touch()
    product = launch(tmp_path / "data")
    assert product.process.wait(30) == 1
    assert "keys.env is missing, but the database beside it was written with its keys" in product.log
    assert not (tmp_path / "data" / "keys.env").exists()


def test_bad_port_is_refused(tmp_path: Path) -> None:
    product = launch(tmp_path / "data", PORT="eighty")
    assert product.process.wait(30) == 1
    assert product.log == "Tributary did not start. PORT is 'eighty', but must be a number from 1 to 65535.\n"
