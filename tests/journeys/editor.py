"""The mapping editor as its tests handle it: a task of their own, its rows, and what the preview says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from tests.journeys.waiting import expect_equal
from tests.product import Product

Values = tuple[str, ...]  # key, value, and where they are not the usual: type, rule, default
USUAL = ("", "", "auto", "leave_out", "")
ABC: tuple[Values, ...] = (("a", "1"), ("b", "${name}", "string"), ("c", "3"))
PARTS = ("key", "value", "type", "if", "default")


def copy_task(product: Product, rows: Sequence[Values], user_id: str = "${email}") -> str:
    """The address of the mapping step of a new task: the demo's identify task with other rows."""
    session = product.share_sign_in("member")
    token = {"csrfmiddlewaretoken": session.cookies["csrftoken"]}
    answer = session.post(f"{product.url}/tasks/1/copy/", data=token, timeout=10)
    task_id = max(map(int, re.findall(r"/tasks/(\d+)/", answer.text)))
    path = f"/tasks/{task_id}/mappings/"
    form = token | {"action": "draft", "user_id": user_id}
    for number, values in enumerate(rows, start=1):
        for part, value in zip(PARTS, values, strict=False):
            form[f"row-{number}-{part}"] = value
    answer = session.post(f"{product.url}{path}", data=form, timeout=20, allow_redirects=False)
    assert answer.status_code in (302, 303), answer.status_code
    return path


@dataclass
class Editor:
    page: Page

    @property
    def rows(self) -> Locator:
        return self.page.locator("#rows > .map-row")

    def row(self, number: int) -> Locator:
        return self.page.locator(f"#row-{number}")

    def field(self, number: int, part: str) -> Locator:
        return self.page.locator(f"#row-{number}-{part}")

    def row_keys(self) -> list[str]:
        """The keys in page order."""
        keys: list[str] = self.page.evaluate(
            "[...document.querySelectorAll('#rows input[name$=-key]')].map(({value}) => value)"
        )
        return keys

    def values(self) -> list[Values]:
        """Each row's five values, in page order."""
        script = """(parts) => [...document.querySelectorAll("#rows > .map-row")].map(
            (row) => parts.map((part) => row.querySelector(`[name$="-${part}"]`).value)
        )"""
        return [tuple(row) for row in self.page.evaluate(script, PARTS)]

    def press_in_menu(self, number: int, name: str) -> None:
        self.row(number).locator("summary").click()
        self.row(number).get_by_role("button", name=name).click()

    def expect_values(self, values: list[Values]) -> None:
        expect_equal(self.values, values)

    def expect_said(self, text: str) -> None:
        expect(self.page.locator("#announcer")).to_have_text(text)

    def expect_keys(self, keys: list[str]) -> None:
        """The page's keys, and those of the preview, once they are so."""
        expect_equal(self.row_keys, keys)
        shown = [key for key in keys if key]
        expect(self.page.locator("#preview-mapped tr:not([hidden]) > th[scope=row]")).to_have_text(shown)


def padded(*values: str) -> Values:
    """A row's values, with the usual ones for those that are left out."""
    return (*values, *USUAL[len(values) :])


def open_editor(page: Page, path: str) -> Editor:
    page.goto(path)
    return Editor(page)
