"""What another process changes holds for the very next request; and who waits at SIGTERM is answered."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.product import poll
from tests.workflows.intake.helpers import Server, start_server

LISTED = "https://www.example.com"


@pytest.fixture
def server(tmp_path: Any) -> Iterator[Server]:
    running = start_server(tmp_path)
    yield running
    running.process.terminate()
    running.process.wait(20)


def change(server: Server, sql: str, *values: object) -> None:
    """As another process does: on a connection of its own, committed."""
    connection = sqlite3.connect(server.database, timeout=20)
    with connection:
        connection.execute(sql, values)
    connection.close()


def post(server: Server, body: str = "score=9", **headers: str) -> requests.Response:
    sent = {"Content-Type": "application/x-www-form-urlencoded"} | headers
    url = f"http://127.0.0.1:{server.port}{server.path}"
    return requests.post(url, data=body, headers=sent, timeout=30)


def last_answers(server: Server) -> Any:
    with sqlite3.connect(server.database) as connection:
        rows = connection.execute("SELECT answers FROM workflows_submission ORDER BY id DESC LIMIT 1")
        return json.loads(rows.fetchone()[0])


def test_what_another_process_changes_holds_for_the_very_next_request(server: Server) -> None:
    for score, kind in ((9, "number"), ("9", "text"), (9, "number")):
        change(server, "UPDATE workflows_surveyfield SET type = ? WHERE key = 'score'", kind)
        assert post(server).status_code == 202
        assert last_answers(server) == {"score": score}
    change(server, "DELETE FROM workflows_surveyfield WHERE key = 'score'")
    assert post(server).status_code == 202
    assert last_answers(server) == {"score": "9"}

    for _ in range(2):
        assert post(server, Origin=LISTED).json()["error"]["code"] == "origin_not_allowed"
        change(server, "UPDATE workflows_survey SET allowed_origins = ?", json.dumps([LISTED]))
        allowed = post(server, Origin=LISTED)
        assert (allowed.status_code, allowed.headers["Access-Control-Allow-Origin"]) == (202, LISTED)
        change(server, "UPDATE workflows_survey SET allowed_origins = '[]'")
    count = server.count_submissions()
    refused = post(server, Origin=LISTED)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "origin_not_allowed")
    assert "Access-Control-Allow-Origin" not in refused.headers
    assert server.count_submissions() == count

    change(server, "UPDATE workflows_survey SET submit_key = 'another'")
    assert post(server).json()["error"]["code"] == "unknown_survey"
    assert post(server, "score=%FF").json()["error"]["code"] == "unknown_survey"
    assert server.count_submissions() == count


def test_who_waits_when_the_server_is_told_to_stop_is_answered_first(server: Server) -> None:
    assert post(server).status_code == 202
    before = server.count_submissions()
    lock = sqlite3.connect(server.database, isolation_level=None, check_same_thread=False)
    lock.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(post, server, f"score={number}") for number in range(8)]
        time.sleep(1)  # they are all in, and wait for the lock
        server.process.terminate()
        threading.Timer(1, lock.rollback).start()
        statuses = [future.result(30).status_code for future in futures]
    poll(lambda: server.process.poll() is not None, 20, "the end of the server")
    assert statuses == [202] * 8
    assert server.count_submissions() == before + 8
