"""The product inside this process: a new data directory, the sandbox in a thread, the data to measure on."""

from __future__ import annotations

import base64
import logging
import os
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from django.test import Client

HOST = "127.0.0.1"


@dataclass
class Bench:
    """`task_id`: the demo's saved identify task; `survey_id`: the demo's survey."""

    client: Client
    task_id: int
    workflow_id: int
    survey_id: int
    survey_key: str
    account_id: int
    submission_id: str
    static_root: Path
    waited: Waited = field(repr=False)

    def page_paths(self) -> dict[str, str]:
        """Every page, by the name of its figure; wizard steps apart."""
        task, workflow, survey, account = self.task_id, self.workflow_id, self.survey_id, self.account_id
        return {
            "workflow_list": "/workflows/",
            "workflow_list.found": "/workflows/?q=99",
            "workflow_add": "/workflows/add/",
            "workflow_detail": f"/workflows/{workflow}/",
            "workflow_edit": f"/workflows/{workflow}/edit/",
            "task_delete": f"/tasks/{task}/delete/",
            "survey_list": "/surveys/",
            "survey_add": "/surveys/add/",
            "survey_detail": f"/surveys/{survey}/",
            "hosted_survey": f"/s/{self.survey_key}/",
            "run_list": "/runs/",
            "run_list.problem": "/runs/?status=problem",
            "run_list.workflow": f"/runs/?workflow={workflow}",
            "run_list.both": f"/runs/?workflow={workflow}&status=failed",
            "run_detail": f"/runs/{self.submission_id}/",
            "extensions": "/extensions/",
            "account_add": "/extensions/segment/add/",
            "account_detail": f"/accounts/{account}/",
            "account_remove": f"/accounts/{account}/remove/",
            "my_accounts": "/accounts/",
            "people": "/people/",
            "password_change": "/password/",
            "healthz": "/healthz",
        }

    def step_paths(self) -> dict[str, str]:
        steps = ("account", "workspace", "source", "event", "region", "mappings")
        return {step: f"/tasks/{self.task_id}/{step}/" for step in steps}


class Waited:
    """Seconds spent waiting for Segment (here: the sandbox in a thread of this process)."""

    def __init__(self) -> None:
        self.seconds = 0.0
        send = requests.Session.send
        waited = self

        def timed_send(session: requests.Session, *args: Any, **kwargs: Any) -> requests.Response:
            begun = time.perf_counter()
            try:
                return send(session, *args, **kwargs)
            finally:
                waited.seconds += time.perf_counter() - begun

        requests.Session.send = timed_send  # type: ignore[method-assign]


@contextmanager
def running() -> Iterator[Bench]:
    from segment.sandbox import start_sandbox

    directory = Path(tempfile.mkdtemp(prefix="tributary-bench-"))
    sandbox = start_sandbox()
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATA_DIR": str(directory),
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_ENCRYPTION_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "TRIBUTARY_SANDBOX": "1",
        "TRIBUTARY_SANDBOX_URL": sandbox.url,
        "PUBLIC_URL": f"http://{HOST}:8000",
        "LOG_LEVEL": "WARNING",
        "DEBUG": "0",
    }
    try:
        yield _prepare(directory)
    finally:
        sandbox.stop()
        shutil.rmtree(directory, ignore_errors=True)


def _prepare(directory: Path) -> Bench:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("prepare", stdout=sys.stderr)
    logging.getLogger("django.request").setLevel(logging.ERROR)
    return _make_bench(directory)


def _make_bench(directory: Path) -> Bench:
    from django.db import connection
    from django.test import Client

    from accounts.models import User
    from benchmarks.data import fill
    from workflows.models import SegmentTask, Submission

    admin = User.objects.select_related("brand").get(email="admin@acme.example")
    task = SegmentTask.objects.select_related("workflow__survey").order_by("pk").first()
    assert task is not None
    assert task.account_id is not None
    begun = time.perf_counter()
    fill(admin, task)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    sys.stderr.write(f"filled the database in {time.perf_counter() - begun:.0f} s\n")
    client = Client(SERVER_NAME=HOST, SERVER_PORT="8000")
    client.force_login(admin)
    return Bench(
        client=client,
        task_id=task.pk,
        workflow_id=task.workflow_id,
        survey_id=task.workflow.survey_id,
        survey_key=task.workflow.survey.submit_key,
        account_id=task.account_id,
        submission_id=str(Submission.objects.order_by("-id").values_list("id", flat=True)[0]),
        static_root=directory / "static",
        waited=Waited(),
    )
