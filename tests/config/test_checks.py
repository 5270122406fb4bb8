"""What must hold before anything starts."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet, MultiFernet
from django.core.checks import run_checks
from django.db import DatabaseError
from encrypted_model_fields import fields

from accounts.models import KeyCanary
from config.checks import check_encryption_key

pytestmark = pytest.mark.django_db


def ids() -> list[str]:
    return [message.id for message in run_checks(databases=["default"], tags=["database"])]


def test_the_right_key_passes():
    assert KeyCanary.objects.count() == 1
    assert ids() == []


def test_a_wrong_key_stops_the_start(monkeypatch):
    monkeypatch.setattr(fields, "CRYPTER", MultiFernet([Fernet(Fernet.generate_key())]))
    assert ids() == ["tributary.E001"]


def test_an_altered_canary_is_told():
    KeyCanary.objects.update(text="another text")
    assert ids() == ["tributary.E002"]


def test_a_new_key_in_front_of_the_old_one_passes(monkeypatch, settings):
    keys = [Fernet(Fernet.generate_key()), Fernet(settings.FIELD_ENCRYPTION_KEY[0])]
    monkeypatch.setattr(fields, "CRYPTER", MultiFernet(keys))
    assert ids() == []


def test_a_database_that_is_not_migrated_yet_passes(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise DatabaseError("no such table")

    monkeypatch.setattr(KeyCanary.objects, "values_list", refuse)
    assert check_encryption_key(None) == []
