"""A running product and a real browser, shared by all journeys."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from tests.product import Product, start

# Playwright leaves a running loop to later tests, and Django would take their thread for async code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NewPage = Callable[..., Page]

# How htmx logs a request that a newer one, or leaving the page, took the place of. Failures say more.
REPLACED = ("htmx:afterRequest", "htmx:sendAbort")

expect.set_options(timeout=10_000)


def find_browser() -> str | None:
    named = os.environ.get("TRIBUTARY_TEST_BROWSER")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a browser the journeys skip, and say so; in CI they must run."""
    reason = "no Chromium on this machine: run tests/install_browser.sh as root"
    for item in items:
        if "journeys" in item.path.parts:
            item.add_marker(pytest.mark.journey)
            if not find_browser() and os.environ.get("CI") != "true":
                item.add_marker(pytest.mark.skip(reason=reason))


def is_complaint(line: ConsoleMessage) -> bool:
    return line.type == "error" and not line.text.startswith(REPLACED)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    browser = find_browser()
    assert browser, "CI must have a Chromium: the journeys would prove nothing"
    sandbox = ["--no-sandbox"] if os.getuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": browser, "args": ["--disable-gpu", *sandbox]}


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One product for all journeys: each makes what it changes under names of its own."""
    running = start(tmp_path_factory.mktemp("journeys") / "data")
    yield running
    running.stop()


@pytest.fixture
def new_page(browser: Browser, product: Product) -> Iterator[NewPage]:
    """A page in a browser context of its own, signed in as the demo's `person` ("" for a stranger).

    A person's first page in a test shares its session with other tests; each further one has its own, as in
    another browser.
    A script error or a violation of the Content-Security-Policy on any of its pages fails the test.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []
    seen: set[str] = set()

    def make(person: str = "member", **options: Any) -> Page:
        options = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"} | options
        context = browser.new_context(base_url=product.url, **options)
        contexts.append(context)
        if person:
            session = product.sign_in(person) if person in seen else product.share_sign_in(person)
            seen.add(person)
            for cookie in session.cookies:
                context.add_cookies([{"name": cookie.name, "value": cookie.value or "", "url": product.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if is_complaint(line) else None)
        return page

    yield make
    for context in contexts:
        context.close()
    assert complaints == []
