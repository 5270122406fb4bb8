"""Every page passes axe-core by WCAG 2.2 AA: in light and dark, on a desktop and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.journeys.conftest import NewPage
from tests.journeys.crawl import Crawl
from tests.journeys.pages import STEPS, Wizard, submit_hosted_form
from tests.product import Product, poll

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RULES: dict[str, Any] = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
RUN_AXE = "async (rules) => (await axe.run(rules)).violations"
AXE = Axe()
WIDTHS = (1280, 390)
# Answers to a GET that are no page of ours.
NO_PAGES = {"healthz", "metrics", "task_sources", "task_source_check_name"}


def violations(page: Page) -> list[str]:
    """What axe-core finds on the page as it stands, in both schemes and at both widths."""
    found = []
    page.evaluate(AXE.axe_script)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            for violation in page.evaluate(RUN_AXE, RULES):
                where = [node["target"] for node in violation["nodes"][:3]]
                found.append(f"{page.url} {width} {scheme} {violation['id']} {where}")
    page.set_viewport_size({"width": 1280, "height": 900})
    return found


def overflow(page: Page, width: int = 360) -> list[str]:
    """The page, if it is wider than a small phone."""
    page.set_viewport_size({"width": width, "height": 800})
    actual = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size({"width": 1280, "height": 900})
    return [f"{page.url} is {actual} px wide at {width}"] if actual > width else []


@pytest.fixture(scope="module")
def paths(product: Product) -> list[str]:
    """One address of each page that an admin's links lead to, and every step of a saved task."""
    for answers in ({"email": "ada@example.com", "name": "Ada", "score": 9}, {"name": "No one"}):
        requests.post(product.demo["submit_url"], json=answers, timeout=10)
    poll(product.events)
    crawl = Crawl(product.url, product.share_sign_in("admin")).walk()
    names = {name: path for name, path in crawl.names.items() if name not in NO_PAGES}
    task = names.pop("task_step").split("/")[2]
    return [*names.values(), *(f"/tasks/{task}/{step}/" for step in STEPS)]


def test_a_violation_would_be_found(new_page: NewPage) -> None:
    page = new_page("")
    page.goto("/sign-in/")
    page.evaluate("document.querySelector('label').remove()")
    assert "label" in " ".join(violations(page))


def test_every_page(product: Product, new_page: NewPage, paths: list[str]) -> None:
    page = new_page("admin")
    found = []
    for path in paths:
        page.goto(path)
        found += violations(page) + overflow(page)
    assert found == []
    assert len(paths) > 20


def test_pages_of_strangers(product: Product, new_page: NewPage) -> None:
    page = new_page("")
    found = []
    for path in ("/sign-in/", "/password/reset/", "/password/reset/sent/"):
        page.goto(path)
        found += violations(page) + overflow(page)
    submit_hosted_form(page, product.demo["survey_url"], {"email": "ada@example.com"})
    assert found + violations(page) + overflow(page) == []


def refuse_sign_in(page: Page) -> None:
    page.goto("/sign-in/")
    page.get_by_label("E-mail address").fill("nobody@acme.example")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("alert").wait_for()


def refuse_token(page: Page) -> None:
    page.goto("/extensions/segment/add/")
    page.get_by_label("Name").fill("Refused")
    page.get_by_role("radio", name="API token").check()
    page.locator("input[name=token]").fill("not-a-token")
    page.get_by_role("button", name="Add the account").click()
    page.locator("[aria-invalid=true]").wait_for()


def open_draft(page: Page, step: str = "") -> str:
    """A new, empty draft of the demo's workflow; its address."""
    page.goto("/workflows/")
    page.get_by_role("link", name="Feedback to Segment").click()
    page.get_by_role("button", name="Add a Segment task", exact=True).click()
    page.wait_for_url("**/account/")
    return page.url.removesuffix("account/")


def map_badly(page: Page) -> None:
    """A draft with every step done by the first choice, and a mapping full of errors."""
    open_draft(page)
    wizard = Wizard(page)
    page.get_by_role("radio").first.check()
    wizard.go_on()
    wizard.expect_step("workspace")
    wizard.go_on()
    wizard.expect_step("source")
    wizard.choose_source("website")
    wizard.choose_identify()
    wizard.keep_region()
    wizard.map_user_id("${nobody}")
    wizard.add_field("a..b", "")
    page.get_by_role("button", name="Save task").click()
    page.locator("#step-notice:visible").wait_for()


def open_pipe_menu(page: Page) -> None:
    map_badly(page)
    page.locator("[data-pipe-for]").first.click()
    page.locator("#pipe-menu:popover-open").wait_for()


def open_user_menu(page: Page) -> None:
    page.goto("/workflows/")
    page.locator("header details.menu summary").click()


@pytest.mark.parametrize(
    "reach", [refuse_sign_in, refuse_token, open_draft, map_badly, open_pipe_menu, open_user_menu]
)
def test_states_of_pages(new_page: NewPage, reach: Callable[[Page], object]) -> None:
    page = new_page("" if reach is refuse_sign_in else "admin")
    reach(page)
    assert violations(page) + overflow(page) == []


def test_pages_that_refuse(new_page: NewPage) -> None:
    """The browser notes a refused page in its console, so this page is its own."""
    page = new_page("member").context.new_page()
    found = []
    for path, status in (("/workflows/999999/", 404), ("/extensions/", 403), ("/invitations/none/", 404)):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == status
        found += violations(page) + overflow(page)
    assert found == []
