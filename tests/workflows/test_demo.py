from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
import requests
from django.core.management import CommandError, call_command

from accounts.models import AccountKind, Brand, SegmentAccount, User
from segment.sandbox import RunningSandbox
from segment.sandbox.fixtures import DEMO_WRITE_KEY
from workflows.demo import load_demo
from workflows.models import SegmentTask, Survey, TaskRevision, Workflow

pytestmark = pytest.mark.django_db
URL = "http://127.0.0.1:8000"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "demo.json"


def load(path: Path, sandbox: RunningSandbox, url: str = URL) -> dict[str, Any]:
    load_demo(path, url, sandbox.url)
    return json.loads(path.read_text())


def count_rows() -> list[int]:
    models = (Brand, User, SegmentAccount, Survey, Workflow, SegmentTask, TaskRevision)
    return [model.objects.count() for model in models]


def test_makes_two_people_a_survey_and_two_saved_tasks(path: Path, sandbox: RunningSandbox) -> None:
    demo = load(path, sandbox)
    assert count_rows() == [1, 2, 1, 1, 1, 2, 2]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    survey = Survey.objects.get()
    assert [(field.key, field.type) for field in survey.fields.all()] == [
        ("email", "email"),
        ("name", "text"),
        ("score", "number"),
        ("comment", "long_text"),
    ]
    for role in ("admin", "member"):
        user = User.objects.get(email=demo[role]["email"])
        assert (user.role, user.check_password(demo[role]["password"])) == (role, True)
    assert demo["submit_url"] == f"{URL}/submit/{survey.submit_key}/"
    assert demo["survey_url"] == f"{URL}/s/{survey.submit_key}/"
    assert demo["sandbox_url"] == sandbox.url


def test_both_tasks_use_every_field(path: Path, sandbox: RunningSandbox) -> None:
    load(path, sandbox)
    rows = [{"key": key, "value": f"${{{key}}}"} for key in ("email", "name", "score", "comment")]
    found = [
        (task.event_type, task.event_name, task.user_id, task.rows, task.is_saved)
        for task in SegmentTask.objects.order_by("position")
    ]
    assert found == [
        ("identify", "", "${email}", rows, True),
        ("track", "Survey Completed", "${email}", rows, True),
    ]


def test_second_load_changes_nothing_but_addresses(path: Path, sandbox: RunningSandbox) -> None:
    first = load(path, sandbox)
    counts = count_rows()
    second = load(path, sandbox, "http://127.0.0.1:9000")
    assert count_rows() == counts
    assert (second["admin"], second["member"]) == (first["admin"], first["member"])
    assert second["submit_url"] == first["submit_url"].replace("8000", "9000")


def test_renamed_survey_stays_the_demos(path: Path, sandbox: RunningSandbox) -> None:
    first = load(path, sandbox)
    Survey.objects.update(name="What customers say")
    assert load(path, sandbox) == first
    assert Survey.objects.count() == 1


def test_lost_file_means_new_passwords_that_work(path: Path, sandbox: RunningSandbox) -> None:
    first = load(path, sandbox)
    path.unlink()
    second = load(path, sandbox)
    assert second["admin"]["password"] != first["admin"]["password"]
    assert User.objects.get(email=second["admin"]["email"]).check_password(second["admin"]["password"])
    assert second["submit_url"] == first["submit_url"]


def test_refused_token_falls_back_to_a_write_key(
    path: Path, sandbox: RunningSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    fault = {"kind": "status", "status": 401, "api": "public"}
    requests.post(f"{sandbox.url}/faults", json=fault, timeout=10).raise_for_status()
    load(path, sandbox)
    assert SegmentAccount.objects.get().kind == AccountKind.WRITE_KEY
    assert SegmentTask.objects.filter(current_revision__isnull=False).count() == 2
    assert "the demo uses a write key instead" in caplog.text
    assert DEMO_WRITE_KEY not in caplog.text


def test_is_refused_outside_sandbox_mode(settings: Any) -> None:
    settings.IS_SANDBOX = False
    with pytest.raises(CommandError, match="sandbox mode only"):
        call_command("load_demo")
    assert count_rows() == [0] * 7
