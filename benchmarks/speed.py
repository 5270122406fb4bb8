"""Server time at the 95th percentile, by Django's test client in this process.

Middleware, database and templates count; the network, the web server and the wait for Segment do not. Each
page is compared with the sign-in page, which asks the database nothing, in the same run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from benchmarks.product import Bench
from benchmarks.report import Figure, percentile_95

WARM_UP = 5
ROUNDS = 60
PAGE_TARGET_MS = 50.0
PREVIEW_TARGET_MS = 15.0
LARGE_PREVIEW_TARGET_MS = 60.0
CONSTANT = "sign-in page, p95"
FORM_TYPE = "application/x-www-form-urlencoded"


def page_figures(bench: Bench, prefix: str) -> Iterator[Figure]:
    paths = {f"page.{name}": path for name, path in bench.page_paths().items()}
    paths |= {f"wizard.{name}": path for name, path in bench.step_paths().items()}
    jobs = {name: (PAGE_TARGET_MS, reader(bench, path)) for name, path in paths.items()}
    jobs["preview.demo"] = (PREVIEW_TARGET_MS, previewer(bench, 4))
    jobs["preview.fifty_fields"] = (PREVIEW_TARGET_MS, previewer(bench, 50))
    jobs["preview.two_hundred_fields"] = (LARGE_PREVIEW_TARGET_MS, previewer(bench, 200))
    jobs = {name: job for name, job in jobs.items() if name.startswith(prefix)}
    if not jobs:
        return
    constant = measure(bench, stranger(bench))
    for name, (target, job) in jobs.items():
        yield Figure(name, measure(bench, job), "ms", CONSTANT, constant, target)


def measure(bench: Bench, job: Callable[[], None]) -> float:
    """Milliseconds at the 95th percentile, the wait for Segment left out."""
    times = []
    for number in range(WARM_UP + ROUNDS):
        waited, begun = bench.waited.seconds, time.perf_counter()
        job()
        spent = time.perf_counter() - begun - (bench.waited.seconds - waited)
        if number >= WARM_UP:
            times.append(spent * 1000)
    return percentile_95(times)


def reader(bench: Bench, path: str) -> Callable[[], None]:
    def read() -> None:
        answer = bench.client.get(path)
        assert answer.status_code == 200, f"{path} answered {answer.status_code}"

    return read


def stranger(bench: Bench) -> Callable[[], None]:
    from django.test import Client

    client = Client(SERVER_NAME="127.0.0.1", SERVER_PORT="8000")

    def read() -> None:
        assert client.get("/sign-in/").status_code == 200

    return read


def previewer(bench: Bench, count: int) -> Callable[[], None]:
    pipes = ("${email}", "${name}", "${score}", "Hello ${name}, you said: ${comment}")
    form = {"step": "mappings", "user_id": "${email}", "anonymous_id": ""}
    for number in range(1, count + 1):
        form[f"row-{number}-key"] = f"group{number % 5}.field_{number}"
        form[f"row-{number}-value"] = pipes[number % len(pipes)]
    path = f"/tasks/{bench.task_id}/preview/"
    body = urlencode(form)  # as the browser posts it

    def preview() -> None:
        answer = bench.client.post(path, body, FORM_TYPE, headers={"HX-Request": "true"})
        assert answer.status_code == 200
        assert b"field_1" in answer.content

    return preview
