"""Look at the sandbox's pages in a real browser and print what was seen as JSON.

A process of its own, because Playwright's event loop would get in the way of the other tests.
Arguments: the browser's path and the sandbox's URL.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from segment.sandbox.fixtures import DEMO_WRITE_KEY

PATHS = ("/", "/debugger", "/debugger?seq=1", "/debugger?verdict=rejected")


def send(url: str, **event: Any) -> None:
    requests.post(f"{url}/us/v1/identify", json=event, auth=(DEMO_WRITE_KEY, ""), timeout=10)


def look(page: Page, url: str) -> dict[str, Any]:
    """What is wrong with each page: axe's violations, and whether it is wider than the screen."""
    seen: dict[str, Any] = {}
    for path in PATHS:
        page.goto(url + path)
        violations = [violation["id"] for violation in Axe().run(page).response["violations"]]
        is_too_wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        seen[path] = {"violations": violations, "is_too_wide": is_too_wide}
    return seen


def watch(browser: Browser, url: str) -> dict[str, Any]:
    """Follow the list while events come in, with the focus on a row."""
    page = browser.new_page()
    page.goto(f"{url}/debugger")
    page.locator("#events a").last.focus()
    focused = page.evaluate("document.activeElement.getAttribute('href')")
    send(url, userId="late", messageId="late-1")
    page.wait_for_selector("#events li[data-seq='3']", timeout=10_000)
    seen = {
        "rows": [row.get_attribute("data-seq") for row in page.locator("#events li").all()],
        "current": page.locator("#events [aria-current]").count(),
        "has_kept_focus": page.evaluate("document.activeElement.getAttribute('href')") == focused,
        "shows_newest": "late-1" in page.inner_text("#detail"),
        "news": page.inner_text("#news"),
    }
    page.goto(f"{url}/debugger?seq=1")
    send(url, userId="later", messageId="late-2")
    page.wait_for_selector("#events li[data-seq='4']", timeout=10_000)
    seen["stays_on_chosen"] = "late-2" not in page.inner_text("#detail")
    page.close()
    return seen


def main(browser_path: str, url: str) -> None:
    send(url, userId="ada", messageId="m1", traits={"name": "x" * 300})
    send(url, userId="", messageId="m2")
    messages: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        looks = {}
        for scheme in ("light", "dark"):
            for width in (1280, 390):
                page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
                page.on("console", lambda message: messages.append(message.text))
                looks[f"{scheme} {width}"] = look(page, url)
                page.close()
        watched = watch(browser, url)
        browser.close()
    sys.stdout.write(json.dumps({"looks": looks, "watched": watched, "console": messages}))


if __name__ == "__main__":
    main(*sys.argv[1:])
