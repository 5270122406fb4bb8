"""The demo that a newcomer meets in sandbox mode: a brand, two people, a survey and a workflow that sends.

Safe to load again: what is there is kept, passwords included; `demo.json` is brought up to date.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db import transaction
from django.urls import reverse

from accounts.errors import AccountError
from accounts.models import Brand, RegionChoice, Role, SegmentAccount, Source, User
from accounts.services import (
    connect_account,
    connect_write_key,
    create_source,
    list_sources,
    remember_source,
    write_key_source,
)
from segment.errors import SegmentError
from segment.sandbox.fixtures import DEMO_SOURCE_SLUG, DEMO_TOKEN, DEMO_WRITE_KEY
from workflows.models import EventType, FieldKind, FieldType, Survey, SurveyField, Workflow
from workflows.services.tasks import add_task, save_task

log = logging.getLogger(__name__)

BRAND_NAME = "Acme"
EMAILS = {Role.ADMIN: "admin@acme.example", Role.MEMBER: "member@acme.example"}
SURVEY_NAME = "Customer feedback"
FIELDS: tuple[dict[str, Any], ...] = (
    {"key": "email", "label": "E-mail", "kind": FieldKind.CONTACT, "type": FieldType.EMAIL}
    | {"sample": "ada@example.com", "is_required": True},
    {"key": "name", "label": "Name", "kind": FieldKind.CONTACT, "sample": "Ada Lovelace"},
    {"key": "score", "label": "How likely are you to recommend us, from 0 to 10?"}
    | {"type": FieldType.NUMBER, "sample": 9},
    {"key": "comment", "label": "What is the reason for your score?"}
    | {"type": FieldType.LONG_TEXT, "sample": "Setting it up took five minutes."},
)
ROWS = [{"key": field["key"], "value": f"${{{field['key']}}}"} for field in FIELDS]
TASKS: tuple[dict[str, str], ...] = (
    {"event_type": EventType.IDENTIFY},
    {"event_type": EventType.TRACK, "event_name": "Survey Completed"},
)


def load_demo(path: Path, url: str, sandbox_url: str) -> None:
    """Make what is missing, and write addresses and passwords to `path` (mode 0600). `url`: the product's."""
    known = json.loads(path.read_text()) if path.exists() else {}
    people = {role: _ensure_person(role, known.get(role.value, {})) for role in EMAILS}
    survey = _find_survey(known) or _create_survey(people[Role.ADMIN][0])
    contents = {
        "url": url,
        **{role.value: {"email": user.email, "password": text} for role, (user, text) in people.items()},
        "submit_url": url + reverse("submit", args=[survey.submit_key]),
        "survey_url": url + reverse("hosted_survey", args=[survey.submit_key]),
        "sandbox_url": sandbox_url,
    }
    _write_private(path, json.dumps(contents, indent=2) + "\n")


def _ensure_person(role: Role, known: dict[str, str]) -> tuple[User, str]:
    """The person and their password: the one in demo.json, or a new one where that is lost."""
    password = known.get("password") or secrets.token_urlsafe(12)
    user = User.objects.filter(email=EMAILS[role]).first()
    if user is None:
        return User.objects.create_user(EMAILS[role], password, _ensure_brand(), role=role), password
    if not known.get("password"):
        user.set_password(password)
        user.save(update_fields=["password"])
    return user, password


def _ensure_brand() -> Brand:
    colleague = User.objects.filter(email__in=EMAILS.values()).select_related("brand").first()
    return colleague.brand if colleague else Brand.objects.create(name=BRAND_NAME)


def _find_survey(known: dict[str, Any]) -> Survey | None:
    """The survey that demo.json names, whatever it is called now; else the first of its name."""
    key = str(known.get("submit_url", "")).rstrip("/").rpartition("/")[2]
    surveys = Survey.objects.filter(brand__users__email=EMAILS[Role.ADMIN]).order_by("pk")
    return surveys.filter(submit_key=key).first() or surveys.filter(name=SURVEY_NAME).first()


def _create_survey(admin: User) -> Survey:
    """The survey and its workflow of two saved tasks. Segment is asked before the transaction, not in it."""
    source = _connect(admin)
    with transaction.atomic():
        survey = Survey.objects.create(brand=admin.brand, name=SURVEY_NAME, created_by=admin)
        for position, field in enumerate(FIELDS):
            SurveyField.objects.create(survey=survey, position=position, **field)
        workflow = Workflow.objects.create(
            brand=admin.brand, survey=survey, name="Feedback to Segment", created_by=admin
        )
        for columns in TASKS:
            _create_task(workflow, source, columns, admin)
    return survey


def _create_task(workflow: Workflow, source: Source, columns: Mapping[str, str], admin: User) -> None:
    account = source.account
    if account is None:
        raise ValueError("The demo's source has no account")
    task = add_task(workflow, user=admin)
    values = dict(columns) | {
        "account": account,
        "workspace_id": account.workspace_id,
        "workspace_name": account.workspace_name,
        "source": source,
        "region": account.region,
        "user_id": "${email}",
        "rows": ROWS,
    }
    for name, value in values.items():
        setattr(task, name, value)
    task.save()
    save_task(task, admin)


def _connect(admin: User) -> Source:
    """A source of the brand's first shared account, which is connected where there is none."""
    account = SegmentAccount.objects.filter(brand=admin.brand, owner=None).order_by("pk").first()
    try:
        account = account or connect_account(
            brand=admin.brand, owner=None, created_by=admin, name="Acme (sandbox)", token=DEMO_TOKEN
        )
        return _choose_source(account)
    except (SegmentError, AccountError) as error:
        log.warning(
            "The sandbox did not take the demo's token (%s), so the demo uses a write key instead.",
            type(error).__name__,
        )
    return write_key_source(
        connect_write_key(
            brand=admin.brand,
            owner=None,
            created_by=admin,
            name="Acme (write key)",
            write_key=DEMO_WRITE_KEY,
            region=RegionChoice.OREGON,
        )
    )


def _choose_source(account: SegmentAccount) -> Source:
    """The demo's usual source; in another's sandbox the first enabled one, or a new one."""
    if not account.has_token:
        return write_key_source(account)
    sources = [source for source in list_sources(account).sources if source.enabled and source.write_keys]
    named = [source for source in sources if source.slug == DEMO_SOURCE_SLUG]
    chosen = next(iter(named or sources), None) or create_source(account, DEMO_SOURCE_SLUG)
    return remember_source(account, chosen)


def _write_private(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
