"""A wizard that was left is taken up elsewhere, and a changed choice clears only what hangs on it."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.journeys.conftest import NewPage
from tests.journeys.pages import Wizard, add_workflow, share_account
from tests.product import Product


def expect_chosen(page: Page, texts: list[str]) -> None:
    """What was chosen in each step, as the list of steps says it."""
    chosen = page.get_by_role("navigation", name="Steps").locator("li .chosen")
    expect(chosen).to_have_text(texts, use_inner_text=True)


def start_task(page: Page, workflow: str, account: str) -> int:
    """A task with its first three steps done."""
    add_workflow(page, workflow, "Customer feedback")
    wizard = Wizard(page)
    task_id = wizard.start()
    wizard.choose_account(account)
    wizard.confirm_workspace("Acme")
    wizard.choose_source("mobile-app")
    return task_id


def test_left_after_step_three_it_resumes_at_step_four_in_another_browser(
    product: Product, new_page: NewPage
) -> None:
    share_account(new_page("admin"), "For resuming", "sandbox-oregon-owner")
    first = new_page("member")
    task_id = start_task(first, "Resumed", "For resuming")
    first.context.close()

    second = new_page("member")
    second.goto("/workflows/")
    second.get_by_role("link", name="Resumed").click()
    second.get_by_role("link", name="Continue task 1").click()
    Wizard(second).expect_step("event")
    expect_chosen(second, ["For resuming · shared by your brand", "Acme", "mobile-app"])
    assert Wizard(second).task_id == task_id


def test_changing_the_account_clears_workspace_and_source_and_says_so(
    product: Product, new_page: NewPage
) -> None:
    admin = new_page("admin")
    share_account(admin, "Before", "sandbox-oregon-owner")
    share_account(admin, "After", "sandbox-dublin-owner")
    page = new_page("member")
    task_id = start_task(page, "Changed", "Before")
    wizard = Wizard(page)
    wizard.choose_track("Kept Event")
    wizard.open(task_id, "account")
    wizard.choose_account("After")
    expect(page.get_by_text("The account changed, so these were cleared:")).to_have_text(
        re.compile(
            "workspace “Acme”, source “mobile-app”, region Oregon|workspace “Acme”, source “mobile-app”"
        )
    )
    expect_chosen(page, ["After · shared by your brand", "Track · Kept Event"])
