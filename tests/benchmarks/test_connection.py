"""The generator's own HTTP: what counts as a whole answer."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks import load
from benchmarks.connection import BadAnswer, Connection, answer_status, make_request
from benchmarks.paced import Pool, run

ANSWER = b"HTTP/1.1 202 Accepted\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"


class Handler(BaseHTTPRequestHandler):
    """Answers with the status that the body names."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        status = int(self.rfile.read(int(self.headers["Content-Length"])))
        with contextlib.suppress(BrokenPipeError):  # the load ends while some are under way
            self.send_response(status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/submit/"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("answer", [ANSWER, CHUNKED])
def test_an_answer_counts_when_it_is_whole(answer: bytes) -> None:
    parts = [answer_status(answer[:length]) for length in range(len(answer))]
    assert parts == [None] * len(answer)
    assert answer_status(answer) == int(answer[9:12])


def test_what_is_no_http_is_refused() -> None:
    with pytest.raises(BadAnswer):
        answer_status(b"SMTP ready\r\n\r\n")


def test_a_request_names_host_length_and_headers() -> None:
    request = make_request("http://127.0.0.1:80/submit/x/", b"{}", {"Authorization": "Basic eA=="})
    assert request == (
        b"POST /submit/x/ HTTP/1.1\r\nHost: 127.0.0.1:80\r\nContent-Type: application/json\r\n"
        b"Content-Length: 2\r\nAuthorization: Basic eA==\r\n\r\n{}"
    )


def test_a_connection_is_used_again(url: str) -> None:
    connection = Connection(url)
    answers = []
    for status in (202, 404, 202):
        connection.send(make_request(url, str(status).encode()))
        while (answer := connection.receive()) is None:
            pass  # it came in parts
        answers.append(answer)
    connection.close()
    assert answers == [202, 404, 202]


def test_a_refusal_ends_the_load(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "make_bodies", lambda count, prefix: [b"202", b"503"])
    with pytest.raises(SystemExit, match="the server answered 503, not 202"):
        load.run(url, connections=2, seconds=5.0)


def test_a_load_counts_what_was_answered(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "make_bodies", lambda count, prefix: [b"202"])
    result = load.run(url, connections=4, seconds=0.2)
    assert result["rate"] > 0
    assert 0 < result["p50_ms"] <= result["p99_ms"]


def test_a_load_is_summarised() -> None:
    spent = [0.001] * 98 + [0.5, 0.5]
    assert load.summarise(spent, elapsed=2.0) == {"count": 100, "rate": 50.0, "p50_ms": 1.0, "p99_ms": 500.0}


def test_paced_requests_are_due_at_even_steps(url: str) -> None:
    requests = [make_request(url, b"202")] * 5
    due = run(Pool(url, expected=202), requests, rate=100.0)
    assert [round(moment - due[0], 6) for moment in due] == [0.0, 0.01, 0.02, 0.03, 0.04]


def test_a_paced_run_ends_at_an_unexpected_answer(url: str) -> None:
    requests = [make_request(url, b"202"), make_request(url, b"503")]
    with pytest.raises(BadAnswer, match="the server answered 503, not 202"):
        run(Pool(url, expected=202), requests, rate=100.0)
