"""In a browser: pipes are chips; filters, fixes and pastes go in place; the preview follows what is typed."""

from __future__ import annotations

import pytest
import requests
from playwright.sync_api import expect

from tests.journeys.conftest import NewPage
from tests.journeys.editor import ABC, copy_task, open_editor
from tests.journeys.test_accessibility import overflow, violations
from tests.journeys.waiting import expect_equal
from tests.product import Product

PASTE = """([selector, text]) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  const event = new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true});
  return document.querySelector(selector).dispatchEvent(event);
}"""


# What the server answers to the form as it stands, and what the page made of its earlier answers: equal?
COMPARE = """async () => {
  const form = document.getElementById("step-form");
  const headers = {"HX-Request": "true", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value};
  const body = new URLSearchParams(new FormData(form));
  const answer = await (await fetch(form.getAttribute("hx-post"), {method: "POST", headers, body})).text();
  const fresh = new DOMParser().parseFromString(answer, "text/html").getElementById("preview");
  const present = document.getElementById("preview").cloneNode(true);
  fresh.querySelectorAll("[hx-swap-oob]").forEach((element) => element.remove());
  present.querySelectorAll("mark").forEach((mark) => mark.replaceWith(...mark.childNodes));
  for (const element of [fresh, present]) {
    element.removeAttribute("class");
    element.innerHTML = element.innerHTML.replaceAll(/>\\s+</g, "><").trim();
  }
  return [present.innerHTML, fresh.innerHTML];
}"""


@pytest.fixture
def abc(product: Product) -> str:
    return copy_task(product, ABC)


def test_pipes_show_as_chips_while_the_field_is_not_edited(new_page: NewPage, product: Product) -> None:
    long = "x" * 1990 + "${email} ${name}"
    path = copy_task(
        product,
        [
            ("mail", 'To ${email | trim | default:"a}b"} and ${e://Field/name}!'),
            ("unknown", "${nobody}"),
            ("plain", r"\${email}"),
            ("long", long),
            ("date", "${date://CurrentDate/d.m.Y}"),
        ],
    )
    page = new_page()
    editor = open_editor(page, path)
    chips = editor.row(1).locator(".chips")
    expect(chips.locator(".chip")).to_have_text(['E-mail | trim | default:"a}b"', "Name"])
    expect(chips).to_have_text('To E-mail | trim | default:"a}b" and Name!')
    expect(chips).to_have_attribute("aria-hidden", "true")
    expect(editor.row(2).locator(".chip.is-unknown")).to_have_text("${nobody}")
    expect(editor.field(2, "value")).to_have_attribute("title", "Not a field of this survey: ${nobody}")
    expect(editor.row(3).locator(".chips")).to_have_count(0)
    expect(editor.row(4).locator(".chips")).to_have_count(0)
    expect(editor.row(5).locator(".chip:not(.is-unknown)")).to_have_text("date://CurrentDate/d.m.Y")
    expect(page.locator("#user_id .chip")).to_have_text("E-mail")
    assert violations(page) == []

    chips.click(position={"x": 30, "y": 15}, force=True)
    expect(editor.field(1, "value")).to_be_focused()
    expect(chips).to_be_hidden()
    page.keyboard.press("Control+a")
    page.keyboard.type("${score} now")
    editor.field(1, "key").focus()
    expect(chips).to_be_visible()
    expect(chips.locator(".chip")).to_have_count(1)
    editor.field(1, "type").focus()
    page.keyboard.press("Control+z")
    expect(chips.locator(".chip").first).to_contain_text("E-mail")
    page.emulate_media(forced_colors="active")
    expect(chips).to_be_hidden()


def test_a_filter_goes_into_the_pipe_at_the_cursor(new_page: NewPage, product: Product) -> None:
    requests.post(product.demo["submit_url"], json={"email": "ada@example.com", "name": "Ada"}, timeout=10)
    path = copy_task(product, [("a", "${email} ${name }"), ("b", "text"), ("c", "so ${name} is it")])
    page = new_page()
    editor = open_editor(page, path)
    menu = page.locator("#pipe-menu")

    def put_cursor(number: int, place: int) -> None:
        editor.field(number, "value").focus()
        editor.field(number, "value").evaluate("(field, at) => field.setSelectionRange(at, at)", place)

    def open_menu(number: int) -> None:
        page.get_by_role("button", name=f"Insert piped text into the value of field {number}").click()
        expect(menu).to_be_visible()

    open_menu(1)
    expect(menu.locator("#pipe-filtered")).to_have_text("${name }")
    assert violations(page) == []
    page.keyboard.type("upper")
    page.keyboard.press("Enter")
    expect(editor.field(1, "value")).to_have_value("${email} ${name | upper}")
    editor.expect_said("Inserted: upper")
    expect(page.locator("#row-1-yield")).to_contain_text("ADA")
    put_cursor(1, 3)
    open_menu(1)
    page.keyboard.type("hashes")
    page.keyboard.press("Enter")
    expect(editor.field(1, "value")).to_have_value("${email | sha256} ${name | upper}")

    put_cursor(3, 0)
    open_menu(3)
    page.keyboard.type("default")
    page.keyboard.press("Enter")
    page.keyboard.type("nobody")
    expect(editor.field(3, "value")).to_have_value('so ${name | default:"nobody"} is it')

    open_menu(2)
    expect(menu.locator("#pipe-filters")).to_be_hidden()
    page.keyboard.type("e-m")
    page.keyboard.press("Enter")
    expect(editor.field(2, "value")).to_have_value("text${email}")


def test_findings_are_mended_in_place_and_the_mending_undone(new_page: NewPage, product: Product) -> None:
    rows = [("age", "${score | json}"), ("firstName", "x"), ("home_town", "y"), ("last_seen", "z")]
    requests.post(product.demo["submit_url"], json={"email": "ada@example.com", "score": 9}, timeout=10)
    page = new_page()
    editor = open_editor(page, copy_task(product, rows))
    kept = editor.values()
    user_id = page.get_by_label("User ID", exact=True)
    fixes = page.locator("#preview [data-fix]")
    expect(fixes).to_have_count(3)
    page.get_by_role("button", name="Change the type to number").focus()
    page.keyboard.press("Enter")
    editor.expect_said("Done: Change the type to number")
    expect(fixes).to_have_count(2)
    expect(editor.field(1, "type")).to_have_value("number")
    expect(page.locator("#row-1-yield")).to_contain_text("number")
    rename = page.get_by_role("button", name="Rename to first_name")
    expect(rename).to_be_focused()
    page.keyboard.press("Enter")
    expect(fixes).to_have_count(1)
    expect(editor.field(2, "key")).to_have_value("first_name")
    expect(fixes).to_be_focused()
    page.keyboard.press("Enter")
    expect(fixes).to_have_count(0)
    expect(user_id).to_have_value("${email | trim | lower | sha256}")
    expect(user_id).to_be_focused()
    for _ in range(3):
        page.get_by_role("button", name="Undo").click()
    editor.expect_values(kept)
    expect(user_id).to_have_value("${email}")
    expect(fixes).to_have_count(3)


def test_a_double_click_mends_one_finding(new_page: NewPage, product: Product) -> None:
    rows = [("firstName", "x"), ("lastName", "x"), ("home_town", "y"), ("last_seen", "z"), ("last_page", "z")]
    page = new_page()
    editor = open_editor(page, copy_task(product, rows))
    page.get_by_role("button", name="Rename to first_name").dblclick()
    editor.expect_keys(["first_name", "lastName", "home_town", "last_seen", "last_page"])


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("plan\tgold\ncity\tOslo", ["a", "plan", "city"]),
        ('{"plan": "gold", "home": {"city": "Oslo"}}', ["a", "plan", "home.city"]),
    ],
)
def test_a_table_or_an_object_pasted_into_an_empty_key_becomes_rows(
    new_page: NewPage, product: Product, text: str, keys: list[str]
) -> None:
    page = new_page()
    editor = open_editor(page, copy_task(product, [("a", "1")]))
    page.get_by_role("button", name="Add a field").click()
    assert page.evaluate(PASTE, ["#row-2-key", text]) is False
    expect(page.locator("#preview-mapped tr:not([hidden])")).to_have_count(len(keys) + 1)
    expect_equal(lambda: [key for key in editor.row_keys() if key], keys)
    expect(page.locator("#step-notice")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect_equal(lambda: [key for key in editor.row_keys() if key], ["a"])


def test_other_text_and_a_row_with_content_are_pasted_as_ever(new_page: NewPage, abc: str) -> None:
    page = new_page()
    editor = open_editor(page, abc)
    page.get_by_role("button", name="Add a field").click()
    assert page.evaluate(PASTE, ["#row-4-key", "one line"]) is True
    assert page.evaluate(PASTE, ["#row-4-key", "[1, 2]"]) is True
    assert page.evaluate(PASTE, ["#row-1-key", "plan\tgold\ncity\tOslo"]) is True
    assert editor.row_keys() == ["a", "b", "c", ""]


def test_a_keystroke_carries_no_usual_settings(new_page: NewPage, abc: str) -> None:
    page = new_page()
    editor = open_editor(page, abc)
    with page.expect_request("**/preview/") as sent:
        editor.field(1, "key").fill("changed")
    names = [part.split("=")[0] for part in (sent.value.post_data or "").split("&")]
    assert [name for name in names if name.startswith("row-")] == [
        *("row-1-key", "row-1-value", "row-2-key", "row-2-value", "row-2-type", "row-3-key", "row-3-value"),
    ]


def test_each_row_says_what_it_yields_and_what_is_wrong(new_page: NewPage, abc: str) -> None:
    page = new_page()
    editor = open_editor(page, abc)
    value, problems = editor.field(2, "value"), page.locator("#row-2-problems p")
    value.fill("${nobody}")
    expect(page.locator("#row-2-yield")).to_have_attribute("data-status", "failed")
    expect(problems).to_have_count(0)
    editor.field(1, "key").focus()
    expect(problems).to_have_count(1)
    expect(value).to_have_attribute("aria-invalid", "true")
    expect(editor.field(3, "value")).not_to_have_attribute("aria-invalid", "true")
    value.fill("${score}")
    expect(problems).to_have_count(0)
    expect(value).not_to_have_attribute("aria-invalid", "true")


def test_the_patched_preview_is_what_the_server_answered(
    new_page: NewPage, product: Product, abc: str
) -> None:
    requests.post(product.demo["submit_url"], json={"name": "Ada", "score": 9}, timeout=10)
    page = new_page()
    editor = open_editor(page, abc)
    page.get_by_text("Mapped fields").click()
    page.locator("#preview-mapped").focus()
    table = page.locator("#preview-mapped").element_handle()
    changes = (
        lambda: editor.field(2, "value").fill("${nobody}"),
        lambda: editor.press_in_menu(1, "Duplicate field 1"),
        lambda: page.get_by_role("button", name="Remove field 3").click(),
        lambda: editor.field(4, "key").fill("x.y"),
        lambda: page.get_by_label("User ID", exact=True).fill("7"),
        lambda: editor.press_in_menu(4, "Move down field 4"),
        lambda: page.get_by_role("button", name="Undo").click(),
        lambda: editor.field(2, "value").fill("${score}"),
    )
    for change in changes:
        with page.expect_response("**/preview/"):
            change()
        expect(page.locator("#step-form.htmx-request")).to_have_count(0)
        present, fresh = page.evaluate(COMPARE)
        assert present == fresh
    assert page.locator("#preview-mapped").evaluate("(now, before) => now === before", table)


def test_all_fields_are_mapped_at_once(new_page: NewPage, product: Product) -> None:
    page = new_page()
    editor = open_editor(page, copy_task(product, [("email", "${email}")]))
    page.get_by_role("button", name="Map all fields").click()
    expect(editor.rows).to_have_count(4)
    editor.expect_keys(["email", "name", "score", "comment"])
    page.get_by_role("button", name="Undo").click()
    editor.expect_keys(["email"])


def test_the_default_is_shown_only_where_the_rule_asks_for_it(new_page: NewPage, abc: str) -> None:
    page = new_page()
    editor = open_editor(page, abc)
    expect(editor.field(1, "default")).to_be_hidden()
    editor.field(1, "if").select_option("default")
    expect(editor.field(1, "default")).to_be_visible()
    assert violations(page) + overflow(page) == []
