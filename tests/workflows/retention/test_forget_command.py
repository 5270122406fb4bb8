from __future__ import annotations

import io
import json
import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from tests import factories
from tests.workflows.retention.helpers import count_rows, days_ago, lease, make_run
from workflows.management.commands import forget as command
from workflows.models import Submission, Survey
from workflows.retention import forget as forgetting
from workflows.retention import traces
from workflows.retention.person import Criterion, Person
from workflows.retention.removal import Counts

pytestmark = pytest.mark.django_db(transaction=True)
ADAS = {"email": "Ada.Lovelace@example.com", "score": 9}
DIGEST = Person(Criterion.EMAIL, "ada.lovelace@example.com").digest


@pytest.fixture
def survey() -> Survey:
    return factories.make_survey(factories.make_brand(), fields=[])


def forget(*arguments: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("forget", *arguments, stdout=out)
    receipt: dict[str, Any] = json.loads(out.getvalue())
    return receipt


def test_it_erases_and_prints_the_receipt(survey: Survey, tmp_path: Path) -> None:
    run = make_run(survey, days_ago(1), ("accepted",), ADAS)
    path = tmp_path / "receipt.json"
    receipt = forget("--email", " ada.LOVELACE@example.com", "--receipt", str(path))
    times = [receipt.pop("started_at"), receipt.pop("finished_at")]
    assert times == sorted(times)
    left = {entry["what"] for entry in receipt.pop("not_erased")}
    assert {"Segment and its destinations", "backups and exports"} <= left
    assert receipt == {
        "dry_run": False,
        "complete": True,
        "criterion": {"kind": "email", "sha256": DIGEST},
        "brand": None,
        "erased": {
            "submissions": 1,
            "deliveries": 1,
            "attempts": 1,
            "named_samples": 0,
            "field_samples": 0,
            "kept_texts": 0,
        },
        "submission_ids": [str(run.pk)],
        "message_ids_accepted_by_segment": [receipt["message_ids_accepted_by_segment"][0]],
        "message_ids_segment_may_have": [],
    }
    assert json.loads(path.read_text())["submission_ids"] == [str(run.pk)]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "lovelace" not in path.read_text().lower()
    assert count_rows() == Counts()
    assert forget("--email", "ada.lovelace@example.com")["erased"]["submissions"] == 0


def test_the_value_can_come_from_standard_input(survey: Survey, monkeypatch: pytest.MonkeyPatch) -> None:
    make_run(survey, days_ago(1), (), {"id": "user 7 "})
    monkeypatch.setattr("sys.stdin", io.StringIO("user 7 \n"))
    assert forget("--user-id", "-")["erased"]["submissions"] == 1


def test_a_brand_is_found_by_id_and_by_name(survey: Survey) -> None:
    for _ in range(2):
        make_run(survey, days_ago(1), (), ADAS)
    other = factories.make_brand("Other")
    who = ("--email", ADAS["email"], "--dry-run")
    counts = [
        forget(*who, "--brand", wanted)["erased"]["submissions"]
        for wanted in (str(survey.brand_id), "Acme", "Other", str(other.pk))
    ]
    assert counts == [2, 2, 0, 0]


def test_what_is_being_sent_makes_it_fail_after_the_receipt(
    survey: Survey, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "POLL_SECONDS", 0.01)
    run = make_run(survey, days_ago(1), ("pending",), ADAS)
    lease(run)
    with pytest.raises(CommandError) as raised:
        call_command("forget", "--email", ADAS["email"], "--wait", "0.05")
    assert str(raised.value) == "1 runs are being sent right now. Run the command again in a minute."
    receipt = json.loads(capsys.readouterr().out)
    assert receipt["complete"] is False
    assert receipt["not_erased"][0] == {
        "what": f"submission {run.pk}",
        "why": "An event of it is being sent right now. Run the command again.",
    }


def test_a_failure_on_the_way_leaves_the_receipt_of_what_was_erased(
    survey: Survey, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(forgetting, "CHUNK_ROWS", 1)
    runs = [make_run(survey, days_ago(3 - n), (), ADAS) for n in range(2)]
    remove, calls = forgetting.remove_runs, []

    def remove_once(*arguments: Any) -> Counts:
        if calls:
            raise RuntimeError("the disk is full")
        calls.append(arguments)
        return remove(*arguments)

    monkeypatch.setattr(forgetting, "remove_runs", remove_once)
    with pytest.raises(RuntimeError):
        call_command("forget", "--email", ADAS["email"])
    receipt = json.loads(capsys.readouterr().out)
    assert (receipt["complete"], receipt["submission_ids"]) == (False, [str(runs[0].pk)])
    assert Submission.objects.get() == runs[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Error: one of the arguments --email --user-id is required"),
        (
            ["--email", "a@b.example", "--user-id", "user-7"],
            "Error: argument --user-id: not allowed with argument --email",
        ),
        (["--email", "ada"], "--email must be one e-mail address, such as ada@example.com."),
        (
            ["--email", "a@b.example, c@d.example"],
            "--email must be one e-mail address, such as ada@example.com.",
        ),
        (["--user-id", "  "], "--user-id must not be empty."),
        (
            ["--user-id", "9"],
            "A user id of fewer than 4 characters may be others' answer, such as a score. "
            "Look with --dry-run --allow-short first; then leave out --dry-run.",
        ),
        (["--email", "a@b.example", "--brand", "Acme?"], "There is no brand 'Acme?'."),
        (["--email", "a@b.example", "--brand", "9" * 30], f"There is no brand '{'9' * 30}'."),
        (["--email", "a@b.example", "--wait", "-1"], "--wait must be 0 or more seconds."),
        (
            ["--email", "a@b.example", "--receipt", "/nowhere/receipt"],
            "The receipt cannot be written: No such file or directory (/nowhere/receipt).",
        ),
    ],
)
def test_wrong_usage_is_told_and_erases_nothing(survey: Survey, arguments: list[str], message: str) -> None:
    make_run(survey, days_ago(1), (), {"score": 9, "email": "a@b.example"})
    with pytest.raises(CommandError) as raised:
        call_command("forget", *arguments)
    assert str(raised.value) == message
    assert count_rows() == Counts(1, 0, 0)


def test_two_brands_of_one_name_have_to_be_told_apart() -> None:
    ids = [factories.make_brand().pk for _ in range(2)]
    with pytest.raises(CommandError) as raised:
        call_command("forget", "--email", "a@b.example", "--brand", "Acme")
    assert str(raised.value) == f"Several brands are called 'Acme': give one of the ids {ids}."


def test_a_receipt_that_exists_is_not_overwritten(survey: Survey, tmp_path: Path) -> None:
    path = tmp_path / "receipt.json"
    path.write_text("an earlier one")
    make_run(survey, days_ago(1), (), ADAS)
    with pytest.raises(CommandError, match="File exists"):
        call_command("forget", "--email", ADAS["email"], "--receipt", str(path))
    assert (path.read_text(), count_rows()) == ("an earlier one", Counts(1, 0, 0))


def test_a_short_id_is_taken_when_it_is_meant(survey: Survey) -> None:
    make_run(survey, days_ago(1), (), {"id": "9"})
    assert forget("--user-id", "9", "--allow-short")["erased"]["submissions"] == 1


def test_it_says_how_far_it_is(survey: Survey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "PROGRESS_SECONDS", 0.0)
    make_run(survey, days_ago(1), (), ADAS)
    progress = io.StringIO()
    call_command("forget", "--email", "a@b.example", stdout=io.StringIO(), stderr=progress)
    assert progress.getvalue() == "100 submissions read\n"


def files_hold(text: bytes) -> list[str]:
    name = Path(settings.DATABASES["default"]["TEST"]["NAME"])
    return [path.name for path in sorted(name.parent.glob(f"{name.name}*")) if text in path.read_bytes()]


needs_sqlite = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="looks into the files of SQLite; PostgreSQL has its own vacuum"
)


@needs_sqlite
def test_erased_bytes_are_in_no_file_of_sqlite_any_more(survey: Survey) -> None:
    with transaction.atomic():
        for number in range(300):  # among others, so that pages are shared and split
            make_run(survey, days_ago(300 - number), ("accepted",), {"email": f"p{number}@example.com"})
            if number % 100 == 50:
                long = {"email": "remember.me@example.com", "comment": "remember.me@example.com " * 3_000}
                make_run(survey, days_ago(300 - number), ("accepted", "failed"), long, json.dumps(long))
    assert files_hold(b"remember.me") != []
    receipt = forget("--email", "Remember.Me@example.com")
    assert receipt["erased"] | {"attempts": 6} == receipt["erased"]
    assert files_hold(b"remember.me") == []
    assert files_hold(b"p299@example.com") != []


@needs_sqlite
def test_a_reader_of_an_older_state_is_told_in_the_receipt(
    survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traces, "PATIENCE_SECONDS", 0.2)
    run = make_run(survey, days_ago(1), (), ADAS)
    reader = sqlite3.connect(settings.DATABASES["default"]["TEST"]["NAME"], isolation_level=None)
    reader.execute("BEGIN")
    assert reader.execute("SELECT id FROM workflows_submission").fetchone() == (run.pk.hex,)
    left = {entry["what"] for entry in forget("--email", ADAS["email"])["not_erased"]}
    assert "SQLite's write-ahead log" in left
    reader.close()
    left = {entry["what"] for entry in forget("--email", ADAS["email"], "--vacuum")["not_erased"]}
    assert left == {"backups and exports"}
    assert files_hold(b"Lovelace") == []
