"""In a browser: what changed is marked, JSON is edited in place, the mapping is run and tested."""

from __future__ import annotations

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.journeys.conftest import NewPage
from tests.journeys.test_accessibility import violations
from tests.product import Product

EMPTY = '{"email": "zoe@example.com", "name": }'


@pytest.fixture
def mappings(product: Product) -> str:
    """The mapping step of the demo's identify task, with a submission to preview."""
    requests.post(
        product.demo["submit_url"], json={"email": "ada@example.com", "name": "Ada", "score": 9}, timeout=10
    )
    return "/tasks/1/mappings/"


def marks(page: Page) -> list[str]:
    return [text.strip() for text in page.locator("#preview-json mark").all_inner_texts()]


def count_tests(product: Product, after: int) -> int:
    return sum(bool(event["event"]["context"].get("test")) for event in product.events(after))


def test_only_what_the_last_keystroke_changed_is_marked(new_page: NewPage, mappings: str) -> None:
    page = new_page()
    page.goto(mappings)
    assert marks(page) == []
    value = page.locator("#row-2-value")
    value.fill("${name} Lovelace")
    mark = page.locator("#preview-json mark")
    expect(mark).to_have_text('    "name": "Ada Lovelace",')
    page.get_by_role("button", name="Add a field").click()
    expect(page.locator("#row-5-key")).to_be_focused()
    page.keyboard.type("plan")
    page.locator("#row-5-value").focus()
    page.keyboard.type("gold")
    expect(mark).to_have_text('    "plan": "gold"')
    assert violations(page) == []


def test_json_is_edited_in_place_saved_and_deleted(new_page: NewPage, mappings: str) -> None:
    page = new_page()
    page.goto(mappings)
    page.get_by_text("Edit the sample as JSON").click()
    text, sample = page.get_by_label("Answers as JSON"), page.get_by_label("Sample", exact=True)
    text.fill(EMPTY)
    expect(page.locator("#sample-problem")).to_have_text(
        "Not readable as JSON at line 1, column 38: Expecting value."
    )
    expect(sample).to_have_value("typed")
    expect(text).to_have_value(EMPTY)
    expect(text).to_be_focused()
    assert violations(page) == []
    text.fill(EMPTY.replace("}", '"Zoe"}'))
    expect(page.locator("#sample-problem")).to_be_empty()
    expect(page.locator("#preview-json")).to_contain_text('"userId": "zoe@example.com"')

    sample.select_option("fields")
    expect(text).not_to_have_value(EMPTY.replace("}", '"Zoe"}'))
    sample.select_option("typed")
    expect(text).to_have_value(EMPTY.replace("}", '"Zoe"}'))

    page.get_by_label("Name to save it under").fill("Zoe")
    page.keyboard.press("Enter")
    expect(sample.locator("option:checked")).to_have_text("Zoe")
    page.get_by_role("button", name="Delete “Zoe”").click()
    expect(sample).to_be_focused()
    expect(sample.locator("option:checked")).to_have_text("JSON edited here")
    expect(text).to_have_value('{\n  "email": "zoe@example.com",\n  "name": "Zoe"\n}')


def test_a_double_click_sends_one_test_event(new_page: NewPage, product: Product, mappings: str) -> None:
    page = new_page()
    page.goto(mappings)
    page.get_by_role("button", name="Run over the last 100 submissions").click()
    expect(page.locator("#dry-run")).to_be_focused()
    expect(page.locator("#dry-run")).to_contain_text("would be sent")
    after = product.last_seq()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url.rpartition("/tasks/")[2]))
    page.get_by_role("button", name="Send a test event").dblclick()
    expect(page.locator("#trial")).to_be_focused()
    expect(page.locator("#trial")).to_contain_text("Segment took the test event")
    assert (sent, count_tests(product, after)) == (["1/test/"], 1)
    assert violations(page) == []


def test_all_of_it_works_without_javascript(new_page: NewPage, product: Product, mappings: str) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(mappings)
    page.get_by_text("Edit the sample as JSON").click()
    text = page.get_by_label("Answers as JSON")
    text.fill(EMPTY)
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#sample-problem")).to_contain_text("line 1, column 38")
    expect(text).to_have_value(EMPTY)
    text.fill(EMPTY.replace("}", '"Zoe"}'))
    page.get_by_label("Name to save it under").fill("No script")
    page.get_by_role("button", name="Save as a sample").click()
    expect(page.get_by_label("Sample", exact=True).locator("option:checked")).to_have_text("No script")
    after = product.last_seq()
    page.get_by_role("button", name="Send a test event").click()
    expect(page.locator("#trial")).to_contain_text("Segment took the test event")
    assert [event["event"]["traits"]["name"] for event in product.events(after)] == ["Zoe"]
    page.get_by_role("button", name="Run over the last 100 submissions").click()
    expect(page.locator("#dry-run")).to_contain_text("would be sent")
    page.get_by_label("Sample", exact=True).select_option("No script")
    page.get_by_role("button", name="Preview").click()
    page.get_by_text("Edit the sample as JSON").click()
    page.get_by_role("button", name="Delete “No script”").click()
    expect(page.get_by_text("Deleted the sample “No script”.")).to_be_visible()
