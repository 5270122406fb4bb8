"""In a browser whose server is slow or silent: the preview ends up true, and nothing done is lost."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Page, Route, expect

from tests.journeys.conftest import NewPage
from tests.journeys.editor import ABC, copy_task, open_editor
from tests.journeys.test_mapping_values import PASTE
from tests.journeys.waiting import expect_equal
from tests.product import Product

PREVIEW, TRIAL, MAPPINGS = "**/preview/", "**/test/", "**/mappings/"
# A timer that is set now ends after the shorter ones that were set before.
AFTER_TIMERS = "() => new Promise((done) => setTimeout(done, 30))"


@pytest.fixture
def abc(product: Product) -> str:
    return copy_task(product, ABC, user_id="u-1")  # whatever the newest submission is


@dataclass
class SlowServer:
    """Holds the requests to some addresses until the test lets them go; `asked` has all that were made."""

    page: Page
    held: list[Route] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    is_slow: bool = True

    def hold(self, *addresses: str) -> None:
        for address in addresses:
            self.page.route(address, self._hold)

    def _hold(self, route: Route) -> None:
        if route.request.method == "GET" or not self.is_slow:
            route.continue_()
            return
        self.asked.append(route.request.url.rstrip("/").rpartition("/")[2])
        self.held.append(route)

    def expect_asked(self, *names: str) -> None:
        expect_equal(lambda: self.page.evaluate("1") and tuple(self.asked), names)

    def let_go(self) -> None:
        """Answer the oldest of the requests that wait."""
        self.held.pop(0).continue_()

    def hurry(self) -> None:
        """Answer those that wait, and all that come."""
        self.is_slow = False
        while self.held:
            self.let_go()

    def settle(self) -> None:
        """The page has asked all it wants to ask for now."""
        self.page.evaluate(AFTER_TIMERS)


def count_tests(product: Product, after: int) -> int:
    return sum(bool(event["event"]["context"].get("test")) for event in product.events(after))


def test_the_last_keystroke_is_asked_for_and_wins(new_page: NewPage, abc: str) -> None:
    page = new_page()
    editor, server = open_editor(page, abc), SlowServer(page)
    server.hold(PREVIEW)
    editor.field(1, "value").focus()
    page.keyboard.press("End")
    page.keyboard.type("2")
    server.expect_asked("preview")
    for letter in "345":
        page.keyboard.type(letter)
        server.settle()
    server.expect_asked("preview")
    server.let_go()
    server.expect_asked("preview", "preview")
    expect(page.locator("#preview-json")).to_contain_text('"a": "12"')
    server.let_go()
    expect(page.locator("#preview-json")).to_contain_text('"a": "12345"')
    server.settle()
    server.expect_asked("preview", "preview")


def test_a_preview_asked_for_beside_a_pressed_button_is_a_preview(
    new_page: NewPage, product: Product, abc: str
) -> None:
    page = new_page()
    editor, server = open_editor(page, abc), SlowServer(page)
    after = product.last_seq()
    server.hold(PREVIEW, TRIAL)
    editor.field(1, "value").focus()
    page.keyboard.type("2")
    server.expect_asked("preview")
    page.keyboard.type("3")
    server.settle()
    page.get_by_role("button", name="Send a test event").click()
    server.expect_asked("preview", "test")
    server.let_go()
    server.expect_asked("preview", "test", "preview")
    server.let_go()
    server.let_go()
    expect(page.locator("#trial")).to_contain_text("Segment took the test event")
    expect(page.locator("#preview-json")).to_contain_text('"a": "231"')
    assert count_tests(product, after) == 1


def test_undo_with_the_focus_on_a_button_sends_no_test_event(
    new_page: NewPage, product: Product, abc: str
) -> None:
    page = new_page()
    editor, server = open_editor(page, abc), SlowServer(page)
    after = product.last_seq()
    page.get_by_role("button", name="Remove field 1").click()
    editor.expect_keys(["b", "c"])
    server.hold(PREVIEW, TRIAL)
    page.get_by_role("button", name="Send a test event").focus()
    page.keyboard.press("Control+z")
    server.expect_asked("preview")
    server.let_go()
    editor.expect_keys(["a", "b", "c"])
    assert count_tests(product, after) == 0


def test_a_paste_is_not_lost_to_the_next_keystroke(new_page: NewPage, abc: str) -> None:
    page = new_page()
    editor, server = open_editor(page, abc), SlowServer(page)
    server.hold(PREVIEW)
    page.get_by_role("button", name="Add a field").click()
    server.expect_asked("preview")
    assert page.evaluate(PASTE, ["#row-4-key", "plan\tgold\ncity\tOslo"]) is False
    editor.field(1, "value").focus()
    page.keyboard.type("2")
    server.hurry()
    editor.expect_keys(["a", "b", "c", "plan", "city"])
    expect(editor.field(1, "value")).to_have_value("21")
    expect(page.locator("#preview-json")).to_contain_text('"a": "21"')


@pytest.mark.parametrize("button", ["Map all fields", "Paste fields"])
def test_what_is_typed_while_rows_are_on_their_way_stays(new_page: NewPage, abc: str, button: str) -> None:
    page = new_page()
    editor, server = open_editor(page, abc), SlowServer(page)
    page.locator("#paste-fields > summary").click()
    page.locator("#id_paste").fill("email\t${email}\nscore\t${score}\ncomment\t${comment}")
    server.hold(MAPPINGS)
    page.get_by_role("button", name=button).click()
    server.expect_asked("mappings")
    editor.field(1, "value").fill("typed meanwhile")
    server.hurry()
    expect(editor.rows).to_have_count(6)
    expect(editor.field(1, "value")).to_have_value("typed meanwhile")
    expect(page.locator("#preview-json")).to_contain_text('"a": "typed meanwhile"')
    page.get_by_role("button", name="Undo").click()
    editor.expect_keys(["a", "b", "c"])
    expect(editor.field(1, "value")).to_have_value("typed meanwhile")


def test_a_preview_that_is_asked_for_twice_keeps_its_marks(new_page: NewPage, abc: str) -> None:
    page = new_page()
    editor = open_editor(page, abc)
    mark = page.locator("#preview-json mark")
    editor.field(1, "value").fill("changed")
    expect(mark).to_have_text('    "a": "changed",')
    with page.expect_response(PREVIEW):
        page.locator("#step-form").dispatch_event("input", {"bubbles": True})
    expect(page.locator("#step-form.htmx-request")).to_have_count(0)
    expect(mark).to_have_text('    "a": "changed",')
    editor.field(3, "value").fill("too")
    expect(mark).to_have_text('    "c": "too"')


def test_a_server_that_never_answers_does_not_hold_the_preview_up_for_ever(
    new_page: NewPage, abc: str
) -> None:
    """The browser notes the lost request in its console, so this page is its own."""
    page = new_page().context.new_page()
    editor, server = open_editor(page, abc), SlowServer(page)
    assert page.locator("#step-form").get_attribute("hx-request") == '{"timeout": 20000}'
    page.locator("#step-form").evaluate("form => form.setAttribute('hx-request', '{\"timeout\": 300}')")
    server.hold(PREVIEW)
    editor.field(1, "value").fill("lost")
    server.expect_asked("preview")
    stale = page.locator("#preview-stale")
    expect(stale).to_be_visible()
    server.is_slow = False
    editor.field(1, "value").fill("found")
    expect(page.locator("#preview-json")).to_contain_text('"a": "found"')
    expect(stale).to_be_hidden()


def test_a_button_without_an_answer_is_told_of(new_page: NewPage, abc: str) -> None:
    page = new_page().context.new_page()
    open_editor(page, abc)
    page.route(MAPPINGS, lambda route: route.abort())
    page.get_by_role("button", name="Map all fields").click()
    expect(page.locator("#step-notice")).to_have_text("No answer from the server. Try again.")
    expect(page.locator("#step-notice")).to_be_focused()


def test_a_button_does_not_slip_away_from_under_the_mouse(new_page: NewPage, product: Product) -> None:
    """Leaving a field shows what is wrong with it, and that moves all that is below."""
    page = new_page()
    path = copy_task(product, [("a", "1")], user_id='${score | default:"7"}')
    editor, server = open_editor(page, path), SlowServer(page)
    page.get_by_label("User ID", exact=True).fill("${nobody}")
    expect(page.locator("#preview .findings > li[data-where=user_id]").first).to_be_visible()
    problems = page.locator("#user_id-problems p")
    expect(problems).to_have_count(0)
    page.get_by_role("button", name="Add a field").hover()
    page.mouse.down()
    server.settle()
    expect(problems).to_have_count(0)
    page.mouse.up()
    expect(problems.first).to_be_visible()
    expect(editor.rows).to_have_count(2)
