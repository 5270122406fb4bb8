"""A whole mapping built by keyboard alone and without JavaScript, and the worst of texts in a browser."""

from __future__ import annotations

import hashlib
import re
import time
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.journeys.conftest import NewPage
from tests.journeys.editor import Editor, copy_task
from tests.journeys.keyboard import Keyboard
from tests.journeys.waiting import expect_equal
from tests.product import Product

HASHED = "${email | trim | lower | sha256}"
ROWS = [
    ("email_hash", HASHED, ""),
    ("name", "${name}", ""),
    ("score", "${score}", "number"),
    ("comment", "${comment}", ""),
    ("company.name", "Acme", ""),
    ("company.address.city", "Lisbon", ""),
    ("items[0].sku", "A-1", ""),
    ("items[1].sku", "A-2", ""),
    ("signed_up_at", "2026-11-23 08:30 +0100", "date"),
    ("firstname", "${name}", ""),
]
TRAITS = {
    "email_hash": hashlib.sha256(b"ada@example.com").hexdigest(),
    "name": "Ada",
    "score": 9,
    "comment": "fine",
    "company": {"name": "Acme", "address": {"city": "Lisbon"}},
    "items": [{"sku": "A-1"}, {"sku": "A-2"}],
    "signed_up_at": "2026-11-23T08:30:00+01:00",
    "firstName": "Ada",
}
RENAME = "Rename to firstName"


@pytest.fixture
def task(product: Product) -> str:
    """The mapping step of a task of its own without rows, and a submission to preview."""
    answers = {"email": " Ada@Example.com ", "name": "Ada", "score": "9", "comment": "fine"}
    requests.post(product.demo["submit_url"], json=answers, timeout=10)
    return copy_task(product, [])


def find_test_event(product: Product, after: int) -> dict[str, Any]:
    found = [event["event"] for event in product.events(after) if event["event"]["context"].get("test")]
    assert len(found) == 1
    return dict(found[0])


def test_ten_rows_by_keyboard_alone(new_page: NewPage, product: Product, task: str) -> None:
    page = new_page()
    hands = Keyboard(page)
    page.goto(task)
    editor = Editor(page)
    for number, (key, value, type_) in enumerate(ROWS, start=1):
        if number > 1:
            hands.press(page.get_by_role("button", name="Add a field"))
            expect(editor.field(number, "key")).to_be_focused()
        hands.write(editor.field(number, "key"), key)
        if value == HASHED:
            _choose_in_menu(page, hands, editor, "e-mail", "trim", "lower", "hash")
            expect(editor.field(number, "value")).to_have_value(HASHED)
        else:
            hands.write(editor.field(number, "value"), value)
        if type_:
            hands.reach(editor.field(number, "type"))
            page.keyboard.type(type_)
            expect(editor.field(number, "type")).to_have_value(type_)
    expect(page.locator("#row-3-yield")).to_contain_text("cast")
    expect(page.locator("#preview .findings > li", has_text="firstName").first).to_be_visible()
    hands.press(page.get_by_role("button", name=RENAME))
    expect(editor.field(10, "key")).to_have_value("firstName")
    expect(page.get_by_role("button", name=RENAME)).to_have_count(0)

    after = product.last_seq()
    hands.press(page.get_by_role("button", name="Send a test event"), "Shift+Tab")
    expect(page.locator("#trial")).to_contain_text("Segment took the test event")
    event = find_test_event(product, after)
    assert event["traits"] == TRAITS
    hands.press(page.get_by_role("button", name="Save task"), "Shift+Tab")
    expect(page.get_by_text("Saved the task.")).to_be_visible()


def _choose_in_menu(page: Page, hands: Keyboard, editor: Editor, *words: str) -> None:
    """Put a pipe and its filters into the first row's value, each found by a word in the menu."""
    button = page.get_by_role("button", name="Insert piped text into the value of field 1", exact=True)
    for word in words:
        hands.press(button)
        expect(page.locator("#pipe-search")).to_be_focused()
        page.keyboard.type(word)
        page.keyboard.press("Enter")
        expect(editor.field(1, "value")).to_be_focused()
        page.keyboard.press("Shift+Tab")  # so that the way to the menu is forwards again


def test_ten_rows_without_javascript(new_page: NewPage, product: Product, task: str) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(task)
    editor = Editor(page)
    for number, (key, value, type_) in enumerate(ROWS, start=1):
        if number > 1:
            page.get_by_role("button", name="Add a field").click()
        editor.field(number, "key").fill(key)
        editor.field(number, "value").fill(value)
        if type_:
            editor.field(number, "type").select_option(type_)
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#row-3-yield")).to_contain_text("cast")
    page.get_by_role("button", name=RENAME).click()
    expect(editor.field(10, "key")).to_have_value("firstName")
    after = product.last_seq()
    page.get_by_role("button", name="Send a test event").click()
    expect(page.locator("#trial")).to_contain_text("Segment took the test event")
    assert find_test_event(product, after)["traits"] == TRAITS
    page.get_by_role("button", name="Save task").click()
    expect(page.get_by_text("Saved the task.")).to_be_visible()


MAX_CHARACTERS = 32 * 1024
ODD = [
    ("مفتاح", "${name}"),
    ("party_🎉", "🎉 ${name}"),
    ("__proto__", "x"),
    ("__proto__.polluted", "x"),
    ("long", "a" * 20_000),
    ("pipes", "${name}" * 10_000),
    ("half", "\ud800 alone"),
]


@pytest.mark.parametrize(("key", "value"), ODD, ids=[key for key, _value in ODD])
def test_odd_texts_are_taken_or_refused_with_a_message(
    new_page: NewPage, task: str, key: str, value: str
) -> None:
    page = new_page()
    answers: list[int] = []
    page.on("response", lambda answer: answers.append(answer.status))
    page.goto(task)
    editor = Editor(page)
    editor.field(1, "key").evaluate("(field, text) => { field.value = text; }", key)
    with page.expect_response(re.compile("/preview/")) as waited:
        editor.field(1, "value").evaluate(
            """(field, units) => {
                field.value = units.map((unit) => String.fromCharCode(unit)).join("");
                field.dispatchEvent(new Event("input", { bubbles: true }));
            }""",
            _code_units(value),
        )
    assert waited.value.status == 200
    expect(page.locator("#row-1-yield, #row-1-problems").first).not_to_be_empty()
    assert page.evaluate("({}).polluted") is None
    page.get_by_role("button", name="Save draft").click()
    if len(value) > MAX_CHARACTERS:
        expect(page.get_by_text("at most 32 KB can be kept. Shorten it.").first).to_be_visible()
    else:
        expect(page.get_by_text("Draft saved.")).to_be_visible()
    expect_equal(editor.row_keys, [key])
    assert max(answers) < 400


def _code_units(text: str) -> list[int]:
    data = text.encode("utf-16-le", "surrogatepass")
    return [int.from_bytes(data[place : place + 2], "little") for place in range(0, len(data), 2)]


def test_five_hundred_rows_are_pasted_and_a_further_one_is_refused(new_page: NewPage, task: str) -> None:
    page = new_page()
    page.goto(task)
    page.locator("#paste-fields > summary").click()
    page.get_by_label("Two columns from a spreadsheet").fill(
        "\n".join(f"field_{number}\tvalue {number}" for number in range(501))
    )
    start = time.perf_counter()
    page.get_by_role("button", name="Paste fields").click()
    expect(page.locator("#rows > .map-row")).to_have_count(500, timeout=30_000)
    assert time.perf_counter() - start < 30  # a hang, not a speed: that is measured by `make bench`
    expect(page.locator("#step-notice")).to_contain_text("500")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("Draft saved.")).to_be_visible()
    expect(page.locator("#rows > .map-row")).to_have_count(500)
