"""In a browser: rows are added, moved, dragged and removed, and all of it is undone and done again."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import NewPage
from tests.journeys.editor import ABC, Editor, copy_task, open_editor, padded
from tests.journeys.test_accessibility import violations
from tests.journeys.waiting import expect_equal
from tests.product import Product


@pytest.fixture
def abc(product: Product) -> str:
    return copy_task(product, ABC)


def test_rows_are_added_duplicated_moved_and_removed(new_page: NewPage, abc: str) -> None:
    page = new_page()
    editor = open_editor(page, abc)
    editor.press_in_menu(2, "Duplicate field 2")
    editor.expect_said("Field 2 duplicated as field 4.")
    expect(editor.field(4, "key")).to_be_focused()
    twin = padded("b", "${name}", "string")
    editor.expect_values([padded("a", "1"), twin, twin, padded("c", "3")])
    editor.field(4, "key").fill("copy")
    editor.expect_keys(["a", "b", "copy", "c"])

    editor.press_in_menu(4, "Move up field 4")
    editor.expect_said("Field 4 moved to place 2.")
    editor.expect_keys(["a", "copy", "b", "c"])
    editor.field(1, "value").focus()
    page.keyboard.press("Alt+ArrowDown")
    editor.expect_said("Field 1 moved to place 2.")
    expect(editor.field(1, "value")).to_be_focused()
    editor.field(3, "type").focus()
    page.keyboard.press("Alt+ArrowUp")
    editor.expect_keys(["copy", "a", "c", "b"])
    page.keyboard.press("Alt+ArrowUp")
    page.keyboard.press("Alt+ArrowUp")
    page.keyboard.press("Alt+ArrowUp")
    editor.expect_said("Field 3 moved to place 1.")
    editor.expect_keys(["c", "copy", "a", "b"])

    page.get_by_role("button", name="Remove field 1").click()
    editor.expect_said("Field 1 removed.")
    expect(editor.field(2, "key")).to_be_focused()
    page.get_by_role("button", name="Add a field").click()
    expect(editor.field(5, "key")).to_be_focused()
    page.keyboard.type("last")
    page.keyboard.press("Enter")
    page.keyboard.type("x")
    expect(page.locator("#row-5-yield")).to_have_text('"x" · string')
    editor.expect_keys(["c", "copy", "b", "last"])
    for number in (2, 3, 4, 5):
        page.get_by_role("button", name=f"Remove field {number}").click()
    expect(page.get_by_role("button", name="Add a field")).to_be_focused()
    expect_equal(editor.row_keys, [])


def test_a_row_is_dragged_by_its_handle(new_page: NewPage, abc: str) -> None:
    page = new_page()
    editor = open_editor(page, abc)
    drag(page, editor, 1, 3)
    expect(page.locator("#rows > .row-slot")).to_have_count(1)
    page.mouse.up()
    editor.expect_said("Field 1 moved to place 3.")
    editor.expect_keys(["b", "c", "a"])
    expect(editor.row(1).get_by_role("button", name="Move field 1", exact=True)).to_be_focused()
    assert not editor.row(1).get_attribute("style")

    drag(page, editor, 1, 2)
    page.keyboard.press("Escape")
    editor.expect_said("Field 1 is back at place 3.")
    page.mouse.up()
    expect(page.locator(".row-slot, .is-dragged")).to_have_count(0)
    editor.expect_keys(["b", "c", "a"])


def drag(page: Page, editor: Editor, number: int, onto: int) -> None:
    """Take the handle of row `number` with the mouse and hold it over the middle of row `onto`."""
    editor.row(number).scroll_into_view_if_needed()
    handle = editor.row(number).locator(".row-handle").bounding_box()
    target = editor.row(onto).bounding_box()
    assert handle
    assert target
    page.mouse.move(handle["x"] + 8, handle["y"] + 8)
    page.mouse.down()
    below = 4 if target["y"] > handle["y"] else -4
    page.mouse.move(target["x"] + 8, target["y"] + target["height"] / 2 + below, steps=8)


def test_a_row_is_dragged_by_a_finger_and_the_page_scrolls_along(new_page: NewPage, product: Product) -> None:
    path = copy_task(product, [(f"k{number}", "x") for number in range(1, 21)])
    page = new_page(viewport={"width": 390, "height": 700}, has_touch=True)
    editor = open_editor(page, path)
    handle = editor.row(1).locator(".row-handle")
    handle.evaluate("element => element.scrollIntoView({block: 'center'})")
    box = handle.bounding_box()
    assert box
    x, y = box["x"] + 20, box["y"] + 20
    touch = page.context.new_cdp_session(page)

    def send(kind: str, *points: tuple[float, float]) -> None:
        touch.send(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": a, "y": b} for a, b in points]}
        )

    before = page.evaluate("scrollY")
    send("touchStart", (x, y))
    for step in range(1, 11):
        send("touchMove", (x, y + (690 - y) * step / 10))
    page.wait_for_function("before => scrollY > before + 600", arg=before)
    send("touchEnd")
    expect(page.locator(".row-slot, .is-dragged")).to_have_count(0)
    keys = editor.row_keys()
    assert keys.index("k1") >= 3
    assert sorted(keys) == sorted(f"k{number}" for number in range(1, 21))


def test_a_row_is_moved_with_its_handle_by_keyboard(new_page: NewPage, abc: str) -> None:
    page = new_page()
    editor = open_editor(page, abc)
    handle = editor.row(1).get_by_role("button", name="Move field 1", exact=True)
    handle.focus()
    page.keyboard.press("ArrowDown")
    expect_equal(editor.row_keys, ["a", "b", "c"])
    page.keyboard.press("Space")
    editor.expect_said(
        "Field 1 lifted from place 1 of 3. Arrow keys move it, Space drops it, Escape puts it back."
    )
    page.keyboard.press("ArrowDown")
    editor.expect_said("Place 2 of 3.")
    page.keyboard.press("End")
    editor.expect_said("Place 3 of 3.")
    assert violations(page) == []
    page.keyboard.press("Escape")
    editor.expect_said("Field 1 is back at place 1.")
    editor.expect_keys(["a", "b", "c"])
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    editor.expect_said("Field 1 dropped at place 2.")
    expect(handle).to_be_focused()
    editor.expect_keys(["b", "a", "c"])
    page.keyboard.press("Space")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    editor.expect_keys(["a", "b", "c"])


def test_row_edits_are_undone_and_done_again(new_page: NewPage, abc: str) -> None:
    page = new_page()
    editor = open_editor(page, abc)
    undo, redo = page.get_by_role("button", name="Undo"), page.get_by_role("button", name="Redo")
    expect(undo).to_be_disabled()
    expect(redo).to_be_disabled()
    start = editor.values()
    page.get_by_role("button", name="Remove field 2").click()
    editor.field(3, "type").select_option("number")
    editor.field(3, "key").fill("see")
    page.get_by_label("User ID", exact=True).fill("${name}")
    undo.click()
    editor.expect_said("Undone.")
    expect(page.get_by_label("User ID", exact=True)).to_have_value("${email}")
    undo.click()
    undo.click()
    editor.expect_values([padded("a", "1"), padded("c", "3")])
    undo.click()
    editor.expect_values(start)
    expect(undo).to_be_disabled()
    editor.expect_keys(["a", "b", "c"])
    for _ in range(3):
        redo.click()
    editor.expect_values([padded("a", "1"), padded("see", "3", "number")])
    editor.expect_keys(["a", "see"])


def test_undo_survives_a_reload_and_the_way_to_another_step_and_is_each_tabs_own(
    new_page: NewPage, abc: str
) -> None:
    page = new_page()
    editor = open_editor(page, abc)
    other = Editor(page.context.new_page())
    other.page.goto(abc)
    page.get_by_role("button", name="Remove field 1").click()
    editor.field(2, "key").fill("typed")
    page.get_by_role("link", name="Region").click()
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url(f"**{abc}")
    expect_equal(editor.row_keys, ["typed", "c"])
    page.reload()
    page.get_by_role("button", name="Undo").click()
    editor.expect_keys(["b", "c"])
    page.get_by_role("button", name="Undo").click()
    editor.expect_keys(["a", "b", "c"])
    expect(other.page.get_by_role("button", name="Undo")).to_be_disabled()
    expect_equal(other.row_keys, ["a", "b", "c"])


def test_the_history_keeps_a_hundred_steps_and_a_megabyte(new_page: NewPage, abc: str) -> None:
    page = new_page()
    editor = open_editor(page, abc)
    change = """([times, long]) => {
      for (let time = 1; time <= times; time += 1) {
        document.getElementById("row-1-value").value = time + "x".repeat(long);
        document.getElementById("step-form").dispatchEvent(new Event("input", {bubbles: true}));
      }
      const stored = sessionStorage[Object.keys(sessionStorage).find((key) => key.startsWith("rows:"))];
      return [JSON.parse(stored).packed.length - 1, stored.length];
    }"""
    assert page.evaluate(change, [120, 0])[0] == 100
    page.reload()
    assert page.evaluate(change, [1, 0])[0] == 100
    steps, characters = page.evaluate(change, [60, 20_000])
    assert 20 < steps < 30
    assert characters <= 500_000
    undo = page.get_by_role("button", name="Undo")
    for _ in range(steps):
        undo.click()
    expect(undo).to_be_disabled()
    expect_equal(editor.row_keys, ["a", "b", "c"])


def test_in_a_text_field_ctrl_z_is_the_browsers_and_elsewhere_it_undoes_row_edits(
    new_page: NewPage, abc: str
) -> None:
    page = new_page()
    editor = open_editor(page, abc)
    page.get_by_role("button", name="Remove field 2").click()
    editor.field(1, "key").focus()
    page.keyboard.insert_text("xyz")
    page.keyboard.press("Control+z")
    expect(editor.field(1, "key")).to_have_value("a")
    expect_equal(editor.row_keys, ["a", "c"])
    editor.field(1, "type").focus()
    page.keyboard.press("Control+z")
    expect_equal(editor.row_keys, ["a", "b", "c"])
    page.keyboard.press("Control+Shift+z")
    expect_equal(editor.row_keys, ["a", "c"])
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+y")
    editor.expect_keys(["a", "c"])


def test_rows_work_without_javascript(new_page: NewPage, abc: str) -> None:
    page = new_page(java_script_enabled=False)
    editor = open_editor(page, abc)
    expect(page.locator(".row-handle").first).to_be_hidden()
    expect(page.get_by_role("button", name="Redo")).to_be_hidden()
    editor.press_in_menu(1, "Move down field 1")
    expect_equal(editor.row_keys, ["b", "a", "c"])
    page.locator(".row-menu summary").first.click()
    page.get_by_role("button", name="Duplicate field").first.click()
    expect_equal(editor.row_keys, ["b", "b", "a", "c"])
    page.locator("#rows [name=remove]").last.click()
    expect_equal(editor.row_keys, ["b", "b", "a"])
    page.get_by_role("button", name="Undo").click()
    expect_equal(editor.row_keys, ["b", "b", "a", "c"])
