"""`python -m benchmarks.seed WHAT`: rows for a benchmark, made in the product's own environment."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from typing import Any

import django

BATCH = 5_000
PLAN_LIMIT = 2_500


def seed_survey() -> dict[str, Any]:
    """A survey with two tasks, each of which sends to a source of its own that the sandbox knows."""
    from segment.sandbox.fixtures import ACME, write_key
    from tests import factories

    brand = factories.make_brand()
    survey = factories.make_survey(brand)
    workflow = factories.make_workflow(survey)
    rows = [{"key": key, "value": f"${{{key}}}"} for key in ("email", "name", "score", "comment")]
    kinds = {
        "website": {"event_type": "identify"},
        "mobile-app": {"event_type": "track", "event_name": "Survey Completed"},
    }
    for slug, columns in kinds.items():
        source = factories.make_source(brand, write_key=write_key(ACME.slug, slug), slug=slug, name=slug)
        factories.make_task(workflow, source, rows=rows, **columns)
    keys = {slug: write_key(ACME.slug, slug) for slug in kinds}
    return {"submit_key": survey.submit_key, "survey_id": survey.pk, "write_keys": keys}


def seed_backlog(count: int) -> None:
    """Submissions as the endpoint commits them, not planned yet."""
    from django.db import transaction
    from django.utils import timezone

    from benchmarks.load import make_bodies
    from workflows.models import Submission, Survey

    survey = Survey.objects.get()
    answers = [json.loads(body) for body in make_bodies(count, "person")]
    for start in range(0, count, BATCH):
        with transaction.atomic():
            Submission.objects.bulk_create(
                Submission(brand_id=survey.brand_id, survey=survey, received_at=timezone.now(), answers=one)
                for one in answers[start : start + BATCH]
            )


def plan_all() -> None:
    from workflows.delivery.plan import plan_submissions

    while plan_submissions(PLAN_LIMIT):
        pass


def print_events() -> None:
    """The planned events, one a line, with the key of the source each is for."""
    from segment.sandbox.fixtures import ACME, write_key
    from workflows.models import Delivery

    rows = Delivery.objects.order_by("submission_id").values_list("source__slug", "body")
    for slug, body in rows.iterator():
        sys.stdout.write(
            json.dumps({"write_key": write_key(ACME.slug, slug), "event": json.loads(body)}) + "\n"
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.seed", description=__doc__)
    parser.add_argument("what", choices=["survey", "backlog", "plan", "events", "history"])
    parser.add_argument("--count", type=int, default=0)
    options = parser.parse_args()
    django.setup()
    logging.disable(logging.WARNING)
    if options.what == "survey":
        sys.stdout.write(json.dumps(seed_survey()) + "\n")
    elif options.what == "backlog":
        seed_backlog(options.count)
    elif options.what == "plan":
        plan_all()
    elif options.what == "history":
        from benchmarks.history import fill_history

        fill_history(options.count)
    else:
        print_events()


if __name__ == "__main__":
    main()
