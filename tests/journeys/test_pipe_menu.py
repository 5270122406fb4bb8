"""In a browser: the {a} menu as a combobox with a list, by keyboard, as screen readers are told of it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import NewPage
from tests.journeys.editor import copy_task, open_editor
from tests.journeys.test_accessibility import violations
from tests.product import Product


@pytest.fixture
def page(new_page: NewPage, product: Product) -> Page:
    """The editor with the sample values of the fields, and one row whose value is “before after”."""
    page = new_page()
    path = copy_task(product, [("a", "before after")], user_id="u-1")
    open_editor(page, f"{path}?sample=fields")
    return page


def menu_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Insert piped text into the value of field 1", exact=True)


def options(page: Page) -> Locator:
    return page.locator("#pipe-options").get_by_role("option")


def expect_marked(page: Page, name: str) -> None:
    """The one selected option, which the search names as its active descendant."""
    marked = options(page).and_(page.locator("[aria-selected=true]"))
    expect(marked).to_have_count(1)
    expect(marked.locator(".pipe-label")).to_have_text(name)
    expect(page.locator("#pipe-search")).to_have_attribute(
        "aria-activedescendant", marked.get_attribute("id") or ""
    )


def test_a_field_is_found_and_inserted_at_the_cursor(page: Page) -> None:
    value, search = page.locator("#row-1-value"), page.get_by_role("combobox", name="Search the fields")
    value.focus()
    value.evaluate("field => field.setSelectionRange(7, 12)")
    expect(menu_button(page)).to_have_attribute("aria-haspopup", "dialog")
    menu_button(page).press("Enter")
    expect(search).to_be_focused()
    expect(menu_button(page)).to_have_attribute("aria-expanded", "true")
    expect(search).to_have_attribute("aria-expanded", "true")
    expect(page.locator(f"#{search.get_attribute('aria-controls')}")).to_have_role("listbox")
    expect(page.get_by_role("option", name="E-mail ada@example.com ${email}")).to_be_visible()
    expect(page.get_by_role("group", name="Contact").get_by_role("option")).to_have_count(2)
    assert violations(page) == []

    page.keyboard.type("e-m")
    expect_marked(page, "E-mail")
    expect(options(page)).to_have_count(1)
    page.keyboard.press("Enter")
    expect(value).to_be_focused()
    expect(value).to_have_value("before ${email}")
    expect(page.locator("#announcer")).to_have_text("Inserted: E-mail")
    expect(menu_button(page)).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Control+z")
    expect(value).to_have_value("before after")


def test_the_arrows_go_round_and_escape_inserts_nothing(page: Page) -> None:
    menu_button(page).press("Enter")
    labels = options(page).locator(".pipe-label")
    first, second, last = (labels.nth(place).inner_text() for place in (0, 1, -1))
    expect_marked(page, first)
    page.keyboard.press("ArrowDown")
    expect_marked(page, second)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect_marked(page, last)
    page.keyboard.press("ArrowDown")
    expect_marked(page, first)
    page.keyboard.press("PageDown")
    page.keyboard.press("PageDown")
    page.keyboard.press("PageDown")
    expect_marked(page, last)
    page.keyboard.press("Escape")
    expect(page.locator("#pipe-menu")).to_be_hidden()
    expect(page.locator("#row-1-value")).to_be_focused()
    expect(page.locator("#row-1-value")).to_have_value("before after")


def test_the_menu_has_each_fields_answer_in_the_sample_as_it_is_now(page: Page) -> None:
    sample = page.locator("#pipe-menu [data-pipe='${name}'] .pipe-sample")
    menu_button(page).press("Enter")
    expect(sample).to_have_text("Ada Lovelace")
    page.keyboard.press("Escape")
    page.get_by_text("Edit the sample as JSON").click()
    page.get_by_label("Answers as JSON").fill('{"name": ["Grace", 1, null, {"a": true}], "email": null}')
    menu_button(page).press("Enter")
    expect(sample).to_have_text('Grace, 1, {"a":true}')
    expect(page.locator("#pipe-menu [data-pipe='${email}'] .pipe-sample")).to_have_text("")
    page.keyboard.type("grace")
    expect_marked(page, "Name")


def test_a_search_without_a_match_says_so(page: Page) -> None:
    menu_button(page).press("Enter")
    page.keyboard.type("no such field")
    expect(options(page)).to_have_count(0)
    expect(page.locator(".pipe-none")).to_be_visible()
    expect(page.locator("#pipe-search")).not_to_have_attribute("aria-activedescendant", "")
    page.keyboard.press("Enter")
    expect(page.locator("#pipe-search")).to_be_focused()
    assert violations(page) == []
