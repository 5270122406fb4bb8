"""A person's values among the samples: named ones, those of a survey's fields, texts kept in a session."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session

from accounts.models import Invitation, User
from workflows.models import SurveyField, SurveySample
from workflows.retention.person import Criterion, Person
from workflows.retention.receipt import Receipt
from workflows.wizard.kept_sample import KEPT_KEY


def erase_samples(receipt: Receipt) -> None:
    """Delete named samples, empty fields' samples and drop kept texts that hold the person's value."""
    receipt.named_samples = _erase_named_samples(receipt)
    receipt.field_samples = _erase_field_samples(receipt)
    receipt.kept_texts = _erase_kept_texts(receipt)
    receipt.left += _find_users(receipt.person)


def _erase_named_samples(receipt: Receipt) -> int:
    samples = SurveySample.objects.all()
    if receipt.brand_id is not None:
        samples = samples.filter(survey__brand_id=receipt.brand_id)
    rows = samples.order_by("pk").values_list("pk", "answers").iterator(chunk_size=20)
    found = [pk for pk, answers in rows if receipt.person.is_in_answers(json.dumps(answers))]
    if not receipt.is_dry_run:
        SurveySample.objects.filter(pk__in=found).delete()
    return len(found)


def _erase_field_samples(receipt: Receipt) -> int:
    fields = SurveyField.objects.filter(sample__isnull=False)
    if receipt.brand_id is not None:
        fields = fields.filter(survey__brand_id=receipt.brand_id)
    found, surveys = [], set()
    for pk, survey_id, sample in fields.order_by("pk").values_list("pk", "survey_id", "sample").iterator():
        if receipt.person.is_in_answers(json.dumps(sample)):
            found.append(pk)
            surveys.add(survey_id)
    if not receipt.is_dry_run:
        SurveyField.objects.filter(pk__in=found).update(sample=None)
    for survey_id in sorted(surveys):
        why = "They may describe the same person: look at the survey's page."
        receipt.left.append((f"sample values of other fields of survey {survey_id}", why))
    return len(found)


def _erase_kept_texts(receipt: Receipt) -> int:
    """JSON that somebody edits in the wizard waits in that person's session."""
    count = 0
    for session in Session.objects.order_by("pk").iterator(chunk_size=50):
        data = session.get_decoded()
        kept = data.get(KEPT_KEY)
        if not isinstance(kept, dict) or not receipt.person.is_in_answers(str(kept.get("text", ""))):
            continue
        if receipt.brand_id is not None and not _is_of_brand(data, receipt.brand_id):
            continue
        count += 1
        if not receipt.is_dry_run:
            del data[KEPT_KEY]
            session.session_data = Session.objects.encode(data)
            session.save(update_fields=["session_data"])
    return count


def _is_of_brand(session: dict[str, Any], brand_id: int) -> bool:
    return User.objects.filter(pk=session.get(SESSION_KEY, 0), brand_id=brand_id).exists()


def _find_users(person: Person) -> list[tuple[str, str]]:
    if person.criterion is not Criterion.EMAIL:
        return []
    why = "It is how somebody signs in here: an admin removes it on the People page."
    users = User.objects.filter(email__iexact=person.value)
    invitations = Invitation.objects.filter(email__iexact=person.value)
    found = [("a user of Tributary with this address", users.exists())]
    found += [("an invitation", invitations.exists())]
    return [(what, why) for what, is_there in found if is_there]
