"""The whole wizard by keyboard, and a focus that no swap ever loses."""

from __future__ import annotations

import re

import requests
from playwright.sync_api import expect

from tests.journeys.conftest import NewPage
from tests.journeys.keyboard import Keyboard
from tests.journeys.pages import Wizard, add_survey, add_workflow, share_account
from tests.journeys.waiting import expect_equal
from tests.product import Product, poll

SOURCES_A_PAGE = 50


def submit(product: Product) -> None:
    answer = requests.post(
        product.demo["submit_url"], json={"email": "ada@example.com", "score": 9}, timeout=10
    )
    assert answer.status_code == 202


def test_whole_wizard_by_keyboard(new_page: NewPage) -> None:
    share_account(new_page("admin"), "By keyboard", "sandbox-oregon-owner")
    page = new_page("member")
    keys, wizard = Keyboard(page), Wizard(page)
    add_survey(page, "Typed survey", {"email": "ada@example.com", "score": 9})
    add_workflow(page, "Typed", "Typed survey")

    keys.press(page.get_by_role("button", name="Add a Segment task", exact=True))
    wizard.expect_step("account")
    keys.choose(page.get_by_role("radio", name="By keyboard"))
    keys.press(page.get_by_role("button", name="Continue"))
    wizard.expect_step("workspace")
    keys.press(page.get_by_role("button", name="Continue"))

    wizard.expect_step("source")
    keys.write(page.get_by_label("Search the sources"), "mobile")
    expect(page.locator("#sources li")).to_have_count(1)
    keys.press(page.locator("#create-source summary"))
    keys.write(page.get_by_label("Name of the new source"), "Not Allowed")
    expect(page.locator("#source-name .error")).to_be_visible()
    page.keyboard.press("Control+a")
    page.keyboard.type("typed-source")
    expect(page.locator("#source-name .error")).to_have_count(0)
    keys.press(page.get_by_role("button", name="Create source"))

    wizard.expect_step("event")
    keys.choose(page.get_by_role("radio", name="Track"))
    keys.write(page.get_by_label("Event name"), "Form Typed")
    expect(page.locator("#preview-json")).to_contain_text("Form Typed")
    keys.press(page.get_by_role("button", name="Continue"))
    wizard.expect_step("region")
    keys.press(page.get_by_role("button", name="Continue"))

    wizard.expect_step("mappings")
    keys.press(page.get_by_role("button", name="Insert piped text into User ID"))
    page.keyboard.type("email")
    page.keyboard.press("Enter")
    user_id = page.get_by_label("User ID", exact=True)
    expect(user_id).to_be_focused()
    expect(user_id).to_have_value(re.compile(r"^\$\{"))
    keys.press(page.get_by_role("button", name="Add a field"))
    row = page.locator("#rows > li").last
    expect(row.get_by_label("Key")).to_be_focused()
    page.keyboard.type("answers.score")
    keys.write(row.locator("textarea"), "${score}")
    expect_equal(lambda: wizard.preview_event()["properties"], {"answers": {"score": 9}})
    keys.press(page.get_by_role("button", name="Save task"))
    expect(page.get_by_text("Saved the task.")).to_be_visible()

    assert len(keys.focused_after_swap) >= 5
    assert "" not in keys.focused_after_swap


def test_sources_are_paged_by_keyboard(new_page: NewPage) -> None:
    """A workspace of 2,000 sources: "Load more" puts the focus on the first new one."""
    share_account(new_page("admin"), "Two thousand", "sandbox-oregon-large")
    page = new_page("member")
    keys, wizard = Keyboard(page), Wizard(page)
    add_workflow(page, "Large", "Customer feedback")
    wizard.start()
    wizard.choose_account("Two thousand")
    wizard.confirm_workspace("Globex")
    radios = page.locator("#sources input[type=radio]")
    expect(radios).to_have_count(SOURCES_A_PAGE)
    keys.press(page.get_by_role("link", name="Load more"))
    expect(radios).to_have_count(2 * SOURCES_A_PAGE)
    expect(radios.nth(SOURCES_A_PAGE)).to_be_focused()
    keys.write(page.get_by_label("Search the sources"), "store-1999")
    expect(radios).to_have_count(1)
    keys.choose(page.get_by_role("radio", name="store-1999"))
    keys.press(page.get_by_role("button", name="Continue"))
    wizard.expect_step("event")
    assert "" not in keys.focused_after_swap


def test_live_runs_keep_the_focus(product: Product, new_page: NewPage) -> None:
    """The runs poll every few seconds: whoever stands on a link there stays on it."""
    submit(product)
    page = new_page("member")
    keys = Keyboard(page)
    page.goto("/runs/")
    link = page.locator("#runs a[id^=run-]").first
    keys.reach(link)
    focused = page.evaluate("document.activeElement.id")
    swaps = len(keys.focused_after_swap)
    submit(product)
    poll(lambda: page.wait_for_timeout(100) or len(keys.focused_after_swap) > swaps, what="a swap")
    assert set(keys.focused_after_swap[swaps:]) == {focused}
