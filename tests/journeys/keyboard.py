"""Hands on the keyboard only: no click, no `fill`, no `check`."""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page

MAX_TABS = 120
# Tells the test, after each swap has settled and every handler has run, what has the focus.
WATCH = """
document.addEventListener("htmx:afterSettle", (event) => {
  setTimeout(() => {
    const element = document.activeElement;
    noteFocus(!element || element === document.body ? "" : element.id || element.tagName);
  });
});
"""


@dataclass
class Keyboard:
    """`focused_after_swap`: the id of what had the focus after each swap; empty where it was lost."""

    page: Page
    focused_after_swap: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.expose_function("noteFocus", lambda focused: self.focused_after_swap.append(focused))
        self.page.add_init_script(WATCH)

    def reach(self, target: Locator, key: str = "Tab") -> None:
        """Press Tab (or Shift+Tab) until `target` has the focus, as a person who looks for it does."""
        target.wait_for()
        for _ in range(MAX_TABS):
            if target.evaluate("element => element === document.activeElement"):
                return
            self.page.keyboard.press(key)
        raise AssertionError(f"{target} cannot be reached by {key}")

    def press(self, target: Locator, key: str = "Tab") -> None:
        self.reach(target, key)
        self.page.keyboard.press("Enter")

    def write(self, target: Locator, text: str) -> None:
        self.reach(target)
        self.page.keyboard.type(text)

    def choose(self, radio: Locator) -> None:
        """Tab to the radio's group, then move in it by the arrows."""
        name = radio.get_attribute("name")
        self.reach_group(f"input[type=radio][name='{name}']:focus")
        if not radio.is_checked():
            self.page.keyboard.press("Space")
        for _ in range(MAX_TABS):
            if radio.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{radio} cannot be reached by the arrows")

    def reach_group(self, focused: str) -> None:
        for _ in range(MAX_TABS):
            if self.page.locator(focused).count():
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{focused} cannot be reached by Tab")
