"""`make screenshots`: the pictures in docs/images, of the running product with its demo data."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import requests
from playwright.sync_api import Browser, Page, sync_playwright

from tests.journeys.conftest import find_browser
from tests.product import Product, poll, start

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
DESKTOP, PHONE = (1280, 860), (390, 844)
ANSWERS = (
    {"email": "grace@example.com", "name": "Grace Hopper", "score": 10, "comment": "It says what it sends."},
    {"name": "No Address", "score": 4, "comment": "I left my e-mail out."},
    {"email": "ada@example.com", "name": "Ada Lovelace", "score": 9, "comment": "Set up in five minutes."},
)


def main() -> None:
    product = start(Path(tempfile.mkdtemp()) / "data")
    try:
        for answers in ANSWERS:
            requests.post(product.demo["submit_url"], json=answers, timeout=10).raise_for_status()
        poll(lambda: len(product.events()) >= 4)
        with sync_playwright() as playwright:
            sandbox = ["--no-sandbox"] if os.getuid() == 0 else []
            browser = playwright.chromium.launch(executable_path=find_browser(), args=sandbox)
            take_all(browser, product)
    finally:
        product.stop()


def take_all(browser: Browser, product: Product) -> None:
    page = open_page(browser, product, DESKTOP, "light")
    page.goto("/workflows/")
    page.get_by_role("link", name="Feedback to Segment").click()
    save(page, "workflow")
    page.get_by_role("link", name="Edit task 1").click()
    page.get_by_role("link", name="Mappings").click()
    mappings = page.url
    save(page, "wizard")
    page.goto("/runs/")
    save(page, "runs")
    phone = open_page(browser, product, PHONE, "dark")
    phone.goto(mappings)
    save(phone, "phone")


def open_page(browser: Browser, product: Product, size: tuple[int, int], scheme: str) -> Page:
    context = browser.new_context(
        base_url=product.url,
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    for cookie in product.sign_in("member").cookies:
        context.add_cookies([{"name": cookie.name, "value": cookie.value or "", "url": product.url}])
    return context.new_page()


def save(page: Page, name: str) -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    path = IMAGES / f"{name}.png"
    page.wait_for_load_state("networkidle")
    page.screenshot(path=path)
    sys.stdout.write(f"{path.name}: {path.stat().st_size // 1024} KB\n")


if __name__ == "__main__":
    main()
