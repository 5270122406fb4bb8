"""Attempts, which deliveries of many runs share: what becomes of them when runs go."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from tests import factories
from tests.workflows.retention.helpers import days_ago, make_run
from workflows.models import Attempt, Delivery, Submission, Survey
from workflows.retention import prune, removal
from workflows.retention.prune import prune_bite, prune_bites
from workflows.retention.removal import erase_quotes, prune_attempts

pytestmark = pytest.mark.django_db


@pytest.fixture
def survey() -> Survey:
    return factories.make_survey(factories.make_brand(), fields=[])


def make_attempt(outcome: str, answer: str, at: datetime | None = None) -> Attempt:
    return Attempt.objects.create(
        started_at=at or timezone.now(), duration_ms=1, outcome=outcome, answer=answer, batch_size=2
    )


def name(submission: Submission, *attempts: Attempt) -> None:
    """As the attempts of the submission's deliveries."""
    keys = "".join(f"{attempt.pk} " for attempt in attempts)
    submission.deliveries.update(attempt_keys=keys, attempt_count=len(attempts))


def answers() -> dict[str, str]:
    return dict(Attempt.objects.exclude(answer="").values_list("outcome", "answer"))


def test_what_segment_quoted_is_erased_also_where_others_share_it(survey: Survey) -> None:
    quoting = make_attempt("refused", "ada@example.com is no name")
    trouble = make_attempt("retry", "upstream: ada@example.com")
    accepted = make_attempt("accepted", '{"success": true}')
    of_others = make_attempt("rate_limited", "slow down")
    adas, bobs, eves = (make_run(survey, days_ago(1)) for _ in range(3))
    name(adas, quoting, trouble, accepted)
    name(bobs, quoting, accepted)
    name(eves, of_others)
    Attempt.objects.filter(answer="").delete()  # the helper's own
    erase_quotes(adas.deliveries.all())
    assert answers() == {"accepted": '{"success": true}', "rate_limited": "slow down"}
    assert Attempt.objects.count() == 4


def test_quotes_of_any_number_of_deliveries_are_erased(
    survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "AT_A_TIME", 2)
    for _ in range(5):
        name(make_run(survey, days_ago(1)), make_attempt("refused", "quoted"))
    erase_quotes(Delivery.objects.all())
    assert answers() == {}


def test_attempts_go_a_day_after_the_last_run_of_their_age(survey: Survey) -> None:
    make_run(survey, days_ago(10))
    Attempt.objects.all().delete()
    before, after = (make_attempt("accepted", "", days_ago(days)) for days in (11.1, 10.9))
    assert prune_attempts(10) == 1
    assert [attempt.pk for attempt in Attempt.objects.all()] == [after.pk]
    assert before.pk != after.pk
    assert prune_attempts(10) == 0


def test_without_runs_only_a_days_attempts_stay() -> None:
    make_attempt("accepted", "", timezone.now() - timedelta(hours=25))
    late = make_attempt("accepted", "", timezone.now() - timedelta(hours=23))
    assert prune_attempts(10) == 1
    assert Attempt.objects.get() == late


def test_retention_removes_attempts_in_bites_after_the_runs(
    survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prune, "BITE_ATTEMPTS", 2)
    monkeypatch.setattr(prune, "PAUSE_SECONDS", 0.0)
    for number in range(5):
        make_run(survey, days_ago(100 + number))
    young = make_run(survey, days_ago(80))
    assert prune_bite().removed.submissions == 5
    assert Attempt.objects.count() == 6
    left = [Attempt.objects.count() for _ in prune_bites()]
    assert left == [4, 2]
    assert [str(one.pk) for one in Attempt.objects.all()] == young.deliveries.get().attempt_keys.split()


def test_where_everything_is_kept_so_are_attempts(survey: Survey, settings: pytest.MonkeyPatch) -> None:
    settings.RETENTION_DAYS = 0  # type: ignore[attr-defined]
    make_attempt("accepted", "", days_ago(9_000))
    assert prune_bite().next_id is None
    assert Attempt.objects.count() == 1
