"""From a keystroke to the changed preview on screen: a mapping of 200 rows, typed into in a real browser.

The product runs as its users start it, in processes of its own. Every key must arrive, and the preview must
end up showing all of them. The yardstick is the same browser's fetch of `/healthz`, in the same run.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.report import Figure, percentile_95
from tests.journeys.conftest import find_browser
from tests.product import Product, start

NAME = "wizard.keystroke_200_rows"
ROWS = 200
TYPED_ROW = 100
KEYS = 100
WARM_UP = 8
PAUSE_MS = 125  # about eight keys a second
TARGET_MS = 150.0
PATH = "/tasks/1/mappings/"
PIPES = ("${email}", "${name}", "${score}", "Hello ${name}, you said: ${comment}")

# A key counts as shown when the frame that has its letter is painted: the first task after its callbacks.
WATCH = """(row) => {
  const value = document.getElementById(`row-${row}-value`);
  window.pressed = [];
  window.shown = [];
  value.addEventListener("keydown", () => pressed.push(performance.now()));
  new MutationObserver(() => {
    const text = document.getElementById("preview-json")?.textContent.match(/"typed": "(k*)"/);
    if (text && text[1].length > shown.length) {
      const count = text[1].length;
      requestAnimationFrame(() => setTimeout(() => {
        while (shown.length < count) shown.push(performance.now());
      }));
    }
  }).observe(document.getElementById("preview-panel"), {childList: true, characterData: true, subtree: true});
}"""
FETCH = """async () => {
  const begun = performance.now();
  await (await fetch("/healthz", {cache: "no-store"})).text();
  return performance.now() - begun;
}"""


def typing_figures(prefix: str) -> Iterator[Figure]:
    """Milliseconds at the 95th percentile; nothing on a machine without a Chromium."""
    if not NAME.startswith(prefix):
        return
    if not find_browser():
        sys.stderr.write(f"{NAME} is left out: no Chromium on this machine (tests/install_browser.sh)\n")
        return
    with typed_page() as page:
        delays = time_keys(page)
        fetches = [page.evaluate(FETCH) for _ in range(WARM_UP + KEYS)][WARM_UP:]
    yield Figure(
        NAME, percentile_95(delays), "ms", "fetch of /healthz, p95", percentile_95(fetches), TARGET_MS
    )


@contextmanager
def typed_page() -> Iterator[Page]:
    """The mapping step with its 200 rows, in a new browser."""
    directory = Path(tempfile.mkdtemp(prefix="tributary-bench-"))
    product = start(directory / "data")
    try:
        fill(product)
        with sync_playwright() as playwright:
            sandbox = ["--no-sandbox"] if os.getuid() == 0 else []
            browser = playwright.chromium.launch(executable_path=find_browser(), args=sandbox)
            context = browser.new_context(base_url=product.url, viewport={"width": 1280, "height": 900})
            for cookie in product.sign_in("member").cookies:
                context.add_cookies([{"name": cookie.name, "value": cookie.value or "", "url": product.url}])
            page = context.new_page()
            page.goto(PATH)
            page.wait_for_load_state("networkidle")
            yield page
            browser.close()
    finally:
        product.stop()
        shutil.rmtree(directory, ignore_errors=True)


def fill(product: Product) -> None:
    """The draft of the demo's first task."""
    session = product.sign_in("member")
    form = {"csrfmiddlewaretoken": session.cookies["csrftoken"], "action": "draft", "user_id": "${email}"}
    for number in range(1, ROWS + 1):
        form[f"row-{number}-key"] = "typed" if number == TYPED_ROW else f"group{number % 5}.field_{number}"
        form[f"row-{number}-value"] = "" if number == TYPED_ROW else PIPES[number % len(PIPES)]
    answer = session.post(f"{product.url}{PATH}", data=form, timeout=20, allow_redirects=False)
    assert answer.status_code in (302, 303), answer.status_code


def time_keys(page: Page) -> list[float]:
    """For each key, milliseconds from its keydown to the frame whose preview has its letter."""
    page.evaluate(WATCH, TYPED_ROW)
    value = page.locator(f"#row-{TYPED_ROW}-value")
    value.click()
    count = WARM_UP + KEYS
    value.press_sequentially("k" * count, delay=PAUSE_MS)
    page.wait_for_function("count => shown.length === count", arg=count, timeout=10_000)
    assert value.input_value() == "k" * count, "a keystroke was dropped"
    delays: list[float] = page.evaluate("shown.map((at, index) => at - pressed[index])")
    return delays[WARM_UP:]
