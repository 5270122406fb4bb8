"""What a person does on the pages, in the words that stand on them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, expect

STEPS = ("account", "workspace", "source", "event", "region", "mappings")


def share_account(page: Page, name: str, token: str) -> None:
    """An admin's way to share an account, from the top bar on."""
    page.goto("/")
    page.get_by_role("link", name="Extensions").click()
    page.get_by_role("link", name="Add an account").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("radio", name="API token").check()
    page.get_by_label("API token", exact=True).and_(page.locator("input[type=password]")).fill(token)
    page.get_by_role("button", name="Add the account").click()
    expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()


def add_survey(page: Page, name: str, sample: dict[str, Any]) -> None:
    """A survey whose fields are taken over from a pasted sample; ends on the survey's page."""
    page.goto("/surveys/")
    page.get_by_role("link", name="Add a survey").first.click()
    page.get_by_label("Name", exact=True).first.fill(name)
    page.get_by_label(re.compile("sample submission", re.IGNORECASE)).fill(json.dumps(sample))
    page.get_by_role("button", name=re.compile("Add the survey|Take over")).first.click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()


def add_workflow(page: Page, name: str, survey: str) -> None:
    page.goto("/workflows/")
    page.get_by_role("link", name="Add a workflow").first.click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Survey that starts it").select_option(label=survey)
    page.get_by_role("button", name="Add the workflow").click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()


def submit_hosted_form(page: Page, url: str, answers: dict[str, Any]) -> str:
    """Fill the form in by the fields' names, send it, and return the submission's id."""
    page.goto(url)
    for name, value in answers.items():
        page.locator(f"[name='{name}']").fill(str(value))
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    return page.locator("[data-reference]").inner_text()


@dataclass
class Wizard:
    """The six steps. Each method does its step and ends on the next one."""

    page: Page

    def start(self) -> int:
        """From a workflow's page; the new task's id."""
        self.page.get_by_role("button", name="Add a Segment task", exact=True).click()
        self.expect_step("account")
        return self.task_id

    @property
    def task_id(self) -> int:
        return int(self.page.url.split("/tasks/")[1].split("/")[0])

    def expect_step(self, step: str) -> None:
        expect(self.page).to_have_url(re.compile(rf"/tasks/\d+/{step}/"))

    def go_on(self) -> None:
        self.page.get_by_role("button", name="Continue").click()

    def choose_account(self, name: str) -> None:
        self.page.get_by_role("radio", name=name).check()
        self.go_on()
        self.expect_step("workspace")

    def confirm_workspace(self, name: str) -> None:
        expect(self.page.locator(".chosen-card").get_by_text(name, exact=True)).to_be_visible()
        self.go_on()
        self.expect_step("source")

    def create_source(self, name: str) -> None:
        self.page.get_by_text("Create a source").click()
        self.page.get_by_label("Name of the new source").fill(name)
        self.page.get_by_role("button", name="Create source").click()
        self.expect_step("event")

    def choose_source(self, name: str) -> None:
        self.page.get_by_role("radio", name=name).first.check()
        self.go_on()
        self.expect_step("event")

    def choose_track(self, event_name: str) -> None:
        self.page.get_by_role("radio", name="Track").check()
        self.page.get_by_label("Event name").fill(event_name)
        self.go_on()
        self.expect_step("region")

    def choose_identify(self) -> None:
        self.page.get_by_role("radio", name="Identify").check()
        self.go_on()
        self.expect_step("region")

    def keep_region(self) -> None:
        self.go_on()
        self.expect_step("mappings")

    def map_user_id(self, value: str) -> None:
        self.page.get_by_label("User ID", exact=True).fill(value)

    def add_field(self, key: str, value: str) -> None:
        rows = self.page.locator("#rows > li")
        count = rows.count()
        self.page.get_by_role("button", name="Add a field").click()
        expect(rows).to_have_count(count + 1)
        new_key = rows.nth(count).get_by_label("Key")
        expect(new_key).to_be_focused()  # the page puts a person's hands there
        new_key.fill(key)
        rows.nth(count).locator("textarea").fill(value)

    def save(self) -> None:
        self.page.get_by_role("button", name="Save task").click()
        expect(self.page).to_have_url(re.compile(r"/workflows/\d+/"))
        expect(self.page.get_by_text("Saved the task.")).to_be_visible()

    def open(self, task_id: int, step: str, sample: str = "") -> None:
        self.page.goto(f"/tasks/{task_id}/{step}/" + (f"?sample={sample}" if sample else ""))

    @property
    def preview(self) -> Locator:
        return self.page.locator("#preview-json")

    def preview_event(self) -> dict[str, Any]:
        """The event that the preview shows."""
        return json.loads(self.preview.text_content() or "")


def status_of(page: Page, submission: str) -> list[str]:
    """The statuses on a submission's page, one a task."""
    page.goto(f"/runs/{submission}/")
    return page.locator("#deliveries article .card-head .status").all_inner_texts()
