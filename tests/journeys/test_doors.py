"""Who gets in where, and what nobody gets to see."""

from __future__ import annotations

import base64
import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing

import pytest
import requests
from django.urls import URLPattern, URLResolver, get_resolver

from segment.sandbox.fixtures import DEMO_TOKEN, DEMO_WRITE_KEY
from tests.journeys.crawl import Crawl
from tests.product import BASE_DIR, Product, poll, sign_in

PASSWORD = "a long password of Globex"
# Addresses that hold a secret of their own and are open to whoever has it.
OPEN_BY_KEY = {"hosted_survey", "submit", "accept_invitation", "password_reset_confirm"}
# Addresses only an admin may use; those with an id also answer 404 to another brand's admin.
ADMIN_ONLY = {
    "extensions",
    "account_add",
    "people",
    "person_invite",
    "invitation_revoke",
    "person_change_role",
    "person_remove",
}


@pytest.fixture(scope="module")
def history(product: Product) -> str:
    """Something of every kind: deliveries, an invitation, an account by write key, a named sample.

    Gives the address of the one page that no link leads to: a mapping with that sample chosen.
    """
    after, demo = product.last_seq(), product.demo
    for answers in (
        {"email": "ada@example.com", "name": "Ada", "score": 9},
        {"name": "No one", "score": "x"},
    ):
        assert requests.post(demo["submit_url"], json=answers, timeout=10).status_code == 202
    admin = product.sign_in("admin")
    post(admin, f"{product.url}/people/invite/", {"email": "new@acme.example", "role": "member"})
    account = {"name": "By write key", "kind": "write_key", "write_key": DEMO_WRITE_KEY, "region": "oregon"}
    post(admin, f"{product.url}/extensions/segment/add/", account)
    wrong = {"name": "Wrong", "kind": "token", "token": f"{DEMO_TOKEN}-but-wrong"}
    assert "but-wrong" not in post(admin, f"{product.url}/extensions/segment/add/", wrong).text
    poll(lambda: product.events(after), what="the first events")
    sample = {"sample_name": "Zoe", "sample_json": '{"name": "Zoe"}'}
    page = post(admin, f"{product.url}/tasks/1/samples/save/", sample).text
    key = re.search(r'value="(sample-[0-9]+)" selected', page)
    assert key
    return f"/tasks/1/mappings/?sample={key[1]}"


@pytest.fixture(scope="module")
def admin_crawl(product: Product, history: str) -> Crawl:
    return Crawl(product.url, product.sign_in("admin")).walk("/", history)


@pytest.fixture(scope="module")
def member_crawl(product: Product, history: str) -> Crawl:
    return Crawl(product.url, product.sign_in("member")).walk("/", history)


@pytest.fixture(scope="module")
def stranger(product: Product) -> requests.Session:
    """The admin of another brand, made as an operator makes one."""
    keys = dict(line.split("=", 1) for line in (product.data_dir / "keys.env").read_text().splitlines())
    own = {"DATA_DIR": str(product.data_dir), "DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "manage.py", "create_brand", "Globex", "--password-stdin"]
    subprocess.run(
        [*command, "--admin-email", "admin@globex.example"],
        input=f"{PASSWORD}\n", text=True, check=True, cwd=BASE_DIR, env=os.environ | keys | own,
    )  # fmt: skip
    return sign_in(product.url, "admin@globex.example", PASSWORD)


def post(session: requests.Session, url: str, form: dict[str, str] | None = None) -> requests.Response:
    values = {"csrfmiddlewaretoken": session.cookies["csrftoken"], **(form or {})}
    return session.post(url, data=values, timeout=20, allow_redirects=False)


def routes(
    patterns: list[URLPattern | URLResolver] | None = None, prefix: str = ""
) -> Iterator[tuple[str, str]]:
    """Name and route of every address of the product."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        elif pattern.name:
            yield pattern.name, route


def names_with_objects() -> set[str]:
    return {name for name, route in routes() if "<" in route} - OPEN_BY_KEY


def test_the_crawl_meets_every_address(admin_crawl: Crawl, member_crawl: Crawl) -> None:
    """So that whatever is added is held to the tests below, once a page leads to it."""
    met = {*admin_crawl.names, *admin_crawl.writes, *member_crawl.names, *member_crawl.writes}
    behind_other_doors = {
        "home", "sign_in", "sign_out", "password_reset", "password_reset_sent", "healthz", "metrics",
        "task_detail", "accept_invitation", "password_reset_confirm",
    }  # fmt: skip
    assert {name for name, _ in routes()} - behind_other_doors - met == set()


def test_another_brand_gets_404_for_every_object(
    product: Product, stranger: requests.Session, admin_crawl: Crawl, member_crawl: Crawl
) -> None:
    reads = {**member_crawl.names, **admin_crawl.names}
    writes = {**member_crawl.writes, **admin_crawl.writes}
    checked, answers = set(), {}
    for name in names_with_objects():
        if path := reads.get(name):
            answers[f"GET {path}"] = stranger.get(product.url + path, timeout=20).status_code
            checked.add(name)
        if path := writes.get(name):
            answers[f"POST {path}"] = post(stranger, product.url + path).status_code
            checked.add(name)
    assert {address: status for address, status in answers.items() if status != 404} == {}
    assert names_with_objects() - checked <= {"task_detail"}


def test_member_gets_403_for_admin_pages(product: Product, member_crawl: Crawl, admin_crawl: Crawl) -> None:
    member = product.sign_in("member")
    assert ADMIN_ONLY & {*member_crawl.names, *member_crawl.writes} == set()
    answers = {}
    for name in ADMIN_ONLY:
        if path := admin_crawl.names.get(name):
            answers[f"GET {path}"] = member.get(product.url + path, timeout=20).status_code
        if path := admin_crawl.writes.get(name):
            answers[f"POST {path}"] = post(member, product.url + path).status_code
    assert {address: status for address, status in answers.items() if status != 403} == {}
    assert len(answers) >= len(ADMIN_ONLY)


def test_member_cannot_touch_a_shared_account(product: Product, admin_crawl: Crawl) -> None:
    member = product.sign_in("member")
    names = ("account_detail", "account_rename", "account_replace", "account_remove", "account_check")
    paths = [
        found[name] for name in names for found in (admin_crawl.names, admin_crawl.writes) if name in found
    ]
    assert len(paths) >= len(names)
    statuses = {path: post(member, product.url + path).status_code for path in paths}
    assert set(statuses.values()) <= {403, 404, 405}, statuses
    reads = {path: member.get(product.url + path, timeout=20).status_code for path in paths}
    assert set(reads.values()) <= {403, 404, 405}, reads


def test_every_page_asks_a_stranger_to_sign_in(product: Product, admin_crawl: Crawl) -> None:
    for name, path in admin_crawl.names.items():
        if name in OPEN_BY_KEY:
            continue
        answer = requests.get(product.url + path, timeout=20, allow_redirects=False)
        assert (answer.status_code, answer.headers["Location"][:9]) == (302, "/sign-in/"), path


def secrets(product: Product) -> list[str]:
    """Every token and write key in use, as text and as the header that carries it."""
    sources = product.data_dir / "sandbox" / "sources.json"
    created = json.loads(sources.read_text()) if sources.exists() else []
    keys = [DEMO_TOKEN, DEMO_WRITE_KEY, *(key for source in created for key in source["write_keys"])]
    return keys + [base64.b64encode(f"{key}:".encode()).decode() for key in keys]


def test_no_page_shows_a_secret(product: Product, admin_crawl: Crawl, member_crawl: Crawl) -> None:
    assert len(admin_crawl.pages) > 20
    found = [
        (path, secret)
        for crawl in (admin_crawl, member_crawl)
        for path, html in crawl.pages.items()
        for secret in secrets(product)
        if secret in html
    ]
    assert found == []


def test_no_log_line_holds_a_secret(product: Product, history: str) -> None:
    assert [secret for secret in secrets(product) if secret in product.log] == []
    assert product.demo["admin"]["password"] not in product.log


def test_no_attempt_or_delivery_holds_a_secret(product: Product, history: str) -> None:
    with closing(sqlite3.connect(product.data_dir / "tributary.sqlite3")) as database:
        tables = [name for (name,) in database.execute("select name from sqlite_master where type = 'table'")]
        rows = {table: database.execute(f"select * from {table}").fetchall() for table in tables}
    assert rows["workflows_attempt"]
    assert rows["workflows_delivery"]
    text = repr(rows)
    assert [secret for secret in secrets(product) if secret in text] == []


def test_pages_forbid_inline_code(product: Product, admin_crawl: Crawl) -> None:
    answer = product.sign_in("admin").get(f"{product.url}/workflows/", timeout=20)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    inline = re.compile(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=\"|hx-on", re.IGNORECASE)
    assert [(path, m[0]) for path, html in admin_crawl.pages.items() if (m := inline.search(html))] == []
