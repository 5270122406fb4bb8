from __future__ import annotations

from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from django.utils import timezone

from tests import factories
from workflows.models import Survey, SurveyField, SurveySample
from workflows.retention.person import Criterion, Person
from workflows.retention.receipt import Receipt
from workflows.retention.samples import erase_samples
from workflows.wizard.kept_sample import KEPT_KEY

pytestmark = pytest.mark.django_db
ADA = Person(Criterion.EMAIL, "ADA@example.com")


@pytest.fixture
def survey() -> Survey:
    return factories.make_survey(factories.make_brand())


def erase(brand_id: int | None = None, is_dry_run: bool = False) -> Receipt:
    receipt = Receipt(ADA, brand_id, is_dry_run, timezone.now())
    erase_samples(receipt)
    return receipt


def kept(user: Any, text: str) -> str:
    """The key of a session of the user in which JSON is being edited."""
    client = Client()
    client.force_login(user)
    session = client.session
    session[KEPT_KEY] = {"task": 1, "text": text, "base": ""}
    session.save()
    return str(session.session_key)


def test_named_samples_that_hold_the_value_go_and_others_stay(survey: Survey) -> None:
    survey.samples.create(name="Ada's", answers={"a": [{"mail": " ada@EXAMPLE.com"}]})
    survey.samples.create(name="Bob's", answers={"a": "bob@example.com"})
    assert erase().named_samples == 1
    assert list(SurveySample.objects.values_list("name", flat=True)) == ["Bob's"]
    assert erase().named_samples == 0


def test_a_fields_sample_is_emptied_and_the_others_of_the_survey_are_told(survey: Survey) -> None:
    receipt = erase()
    assert receipt.field_samples == 1
    samples = dict(SurveyField.objects.values_list("key", "sample"))
    assert samples == {"email": None, "name": "Ada Lovelace", "score": 9, "comment": "Very clear."}
    why = "They may describe the same person: look at the survey's page."
    assert receipt.left == [(f"sample values of other fields of survey {survey.pk}", why)]
    assert (erase().field_samples, erase().left) == (0, [])


def test_json_kept_in_a_session_goes_and_the_session_stays(survey: Survey) -> None:
    user = factories.make_user(survey.brand)
    hers, unreadable, others = (
        kept(user, text) for text in ('{"a": "ada@example.com"}', '{"a": "ada@example.com', '{"a": "bob"}')
    )
    assert erase().kept_texts == 2
    for key, is_kept in ((hers, False), (unreadable, False), (others, True)):
        session = SessionStore(key)
        assert (KEPT_KEY in session, session["_auth_user_id"]) == (is_kept, str(user.pk))


def test_a_brand_leaves_others_samples_alone(survey: Survey) -> None:
    other = factories.make_survey(factories.make_brand("Other"))
    other.samples.create(name="Ada's", answers={"a": "ada@example.com"})
    kept(factories.make_user(other.brand), '{"a": "ada@example.com"}')
    kept(factories.make_user(survey.brand), '{"a": "ada@example.com"}')
    receipt = erase(brand_id=survey.brand_id)
    assert (receipt.named_samples, receipt.field_samples, receipt.kept_texts) == (0, 1, 1)
    assert other.fields.get(key="email").sample == "ada@example.com"


def test_a_dry_run_counts_and_changes_nothing(survey: Survey) -> None:
    survey.samples.create(name="Ada's", answers={"a": "ada@example.com"})
    kept(factories.make_user(survey.brand), '{"a": "ada@example.com"}')
    for _ in range(2):
        receipt = erase(is_dry_run=True)
        assert (receipt.named_samples, receipt.field_samples, receipt.kept_texts) == (1, 1, 1)


def test_users_and_invitations_with_the_address_are_told(survey: Survey) -> None:
    factories.make_user(survey.brand, email="ada@example.com")
    survey.fields.all().delete()
    why = "It is how somebody signs in here: an admin removes it on the People page."
    assert erase().left == [("a user of Tributary with this address", why)]
