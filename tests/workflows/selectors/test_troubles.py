from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Brand, Source
from tests.factories import (
    make_brand,
    make_source,
    make_submission,
    make_survey,
    make_task,
    make_workflow,
)
from tests.workflows.views.helpers import make_delivery
from workflows.delivery.leases import make_lease
from workflows.models import Delivery, SourceState
from workflows.selectors import troubles as selector
from workflows.selectors.troubles import SHOWN, Trouble, Troubles, troubles_by_source, troubles_of

pytestmark = pytest.mark.django_db

SOON = timedelta(minutes=2)


def make_state(source: Source, held_until: datetime | None, **columns: Any) -> SourceState:
    values = {"failures": 3, "reason": "segment_unreachable", "changed_at": timezone.now()}
    return SourceState.objects.create(source=source, held_until=held_until, **(values | columns))


def make_waiting(source: Source, *statuses: str) -> None:
    survey = make_survey(source.brand)
    task = make_task(make_workflow(survey), source)
    for status in statuses:
        make_delivery(make_submission(survey), task, status)


def lease_one(source: Source) -> None:
    """A worker sends one of those that wait."""
    delivery = Delivery.objects.filter(source=source, status="pending")[0]
    make_lease("w1", source.pk, [delivery.pk.hex], timezone.now())


@pytest.fixture
def brand() -> Brand:
    return make_brand()


@pytest.fixture
def source(brand: Brand) -> Source:
    return make_source(brand, workspace_name="Acme", name="website")


def test_a_source_that_rests_is_told_with_what_waits_for_it(brand: Brand, source: Source) -> None:
    make_waiting(source, "pending", "pending", "pending", "accepted", "failed")
    lease_one(source)
    state = make_state(source, timezone.now() + SOON, reason="rate_limited", status_code=429)
    text = "Segment takes no more events of Acme / website for the moment."
    assert troubles_of(brand.pk) == Troubles((Trouble(source.pk, text, state.held_until, 3),), 0)
    assert troubles_by_source([source.pk]) == {source.pk: Trouble(source.pk, text, state.held_until)}


def test_a_source_that_is_tried_again_has_no_next_try(brand: Brand, source: Source) -> None:
    make_waiting(source, "pending")
    lease_one(source)
    make_state(source, timezone.now() - SOON, reason="segment_error", status_code=503)
    text = "Segment answers events of Acme / website with an error (503)."
    assert troubles_of(brand.pk) == Troubles((Trouble(source.pk, text, None, 1),))


def test_a_source_that_rests_with_nothing_waiting_is_told(brand: Brand, source: Source) -> None:
    make_waiting(source, "failed")
    state = make_state(source, timezone.now() + SOON)
    text = "Segment does not answer when events of Acme / website are sent."
    assert troubles_of(brand.pk) == Troubles((Trouble(source.pk, text, state.held_until, 0),))


def test_a_source_that_nobody_will_try_again_is_not_told(brand: Brand, source: Source) -> None:
    make_waiting(source, "failed", "accepted")
    make_state(source, timezone.now() - SOON)
    assert troubles_of(brand.pk) == Troubles()
    assert troubles_by_source([source.pk]) == {}


def test_a_source_that_is_well_is_not_told(brand: Brand, source: Source) -> None:
    make_waiting(source, "pending")
    make_state(source, None, failures=0, reason="")
    assert not troubles_of(brand.pk)


def test_other_brands_sources_are_not_told(brand: Brand, source: Source) -> None:
    make_waiting(source, "pending")
    make_state(source, timezone.now() + SOON)
    assert not troubles_of(make_brand("Other").pk)
    assert troubles_by_source([]) == {}


def test_an_unknown_reason_has_a_sentence_too(brand: Brand, source: Source) -> None:
    make_state(source, timezone.now() + SOON, reason="new_code")
    (trouble,) = troubles_of(brand.pk).shown
    assert trouble.text == "Segment takes no events of Acme / website just now."


@pytest.mark.parametrize(
    ("waiting", "text"),
    [
        (1, "1 event waits and is sent by itself."),
        (1_204, "1,204 events wait and are sent by themselves."),
        (10_000, "More than 10,000 events wait and are sent by themselves."),
    ],
)
def test_how_many_wait_in_words(waiting: int, text: str) -> None:
    assert Trouble(1, "", None, waiting).waiting_text == text


def test_counting_ends_somewhere(brand: Brand, source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selector, "COUNT_LIMIT", 3)
    make_waiting(source, "pending", "pending", "pending", "pending")
    lease_one(source)
    make_state(source, timezone.now() + SOON)
    assert [trouble.waiting for trouble in troubles_of(brand.pk).shown] == [3]


def test_of_many_sources_the_first_are_told_and_the_others_counted(
    brand: Brand, django_assert_max_num_queries: Any
) -> None:
    sources = [make_source(brand, name=f"source {number}") for number in range(SHOWN + 2)]
    for source in sources:
        make_state(source, timezone.now() + SOON)
    with django_assert_max_num_queries(2 + 2 * SHOWN):
        found = troubles_of(brand.pk)
    assert [trouble.source_id for trouble in found.shown] == [source.pk for source in sources[:SHOWN]]
    assert found.more == 2


def test_a_brand_without_trouble_costs_one_query(
    brand: Brand, source: Source, django_assert_num_queries: Any
) -> None:
    make_waiting(source, "pending")
    with django_assert_num_queries(1):
        assert not troubles_of(brand.pk)
