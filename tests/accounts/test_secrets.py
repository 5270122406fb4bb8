"""The encrypted columns: written encrypted, read by one door, and loud when something is wrong."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet, MultiFernet
from django.core.exceptions import ValidationError
from django.db import connection
from encrypted_model_fields import fields

from accounts.fields import SecretUnreadableError, is_ciphertext, refuse_ciphertext
from accounts.models import SegmentAccount
from accounts.secrets import account_token, source_write_keys, write_key_digest
from tests.factories import make_account, make_source


def stored_secret(account: SegmentAccount) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM accounts_segmentaccount WHERE id = %s", [account.pk])
        return cursor.fetchone()[0]


def test_a_secret_is_stored_encrypted_and_read_back(brand):
    account = make_account(brand, token="sandbox-oregon-owner")
    assert "sandbox" not in stored_secret(account)
    assert is_ciphertext(stored_secret(account))
    assert account_token(account) == "sandbox-oregon-owner"


def test_a_wrong_key_is_an_error_not_a_secret(brand, monkeypatch):
    account, source = make_account(brand), make_source(brand)
    monkeypatch.setattr(fields, "CRYPTER", MultiFernet([Fernet(Fernet.generate_key())]))

    with pytest.raises(SecretUnreadableError, match=r"SegmentAccount\.secret does not decrypt"):
        account_token(account)
    with pytest.raises(SecretUnreadableError, match=r"Source\.write_key does not decrypt"):
        source_write_keys({source.pk})


@pytest.mark.parametrize("corrupted", ["plain text", "gAAAAAbroken", "x" * 200])
def test_a_corrupted_value_is_an_error_that_does_not_quote_it(brand, corrupted):
    account = make_account(brand)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_segmentaccount SET secret = %s", [corrupted])

    with pytest.raises(SecretUnreadableError) as caught:
        account_token(account)
    assert corrupted not in str(caught.value)


def test_an_added_key_still_reads_what_the_old_one_wrote(brand, monkeypatch, settings):
    account = make_account(brand, token="sandbox-oregon-owner")
    keys = [Fernet(Fernet.generate_key()), Fernet(settings.FIELD_ENCRYPTION_KEY[0])]
    monkeypatch.setattr(fields, "CRYPTER", MultiFernet(keys))
    assert account_token(account) == "sandbox-oregon-owner"


def test_ciphertext_is_neither_validated_nor_stored_as_a_secret(brand):
    ciphertext = fields.encrypt_str("the secret inside").decode()
    with pytest.raises(ValidationError, match="This is an encrypted value"):
        refuse_ciphertext(ciphertext)
    account = make_account(brand)
    with pytest.raises(SecretUnreadableError, match="was given ciphertext to store"):
        SegmentAccount.objects.filter(pk=account.pk).update(secret=ciphertext)
    with pytest.raises(SecretUnreadableError, match="was given ciphertext to store"):
        make_account(brand, token=ciphertext)


def test_a_token_is_not_mistaken_for_ciphertext():
    assert [is_ciphertext(text) for text in ("sgp_" + "a" * 200, "gAAAA")] == [False, False]
    refuse_ciphertext("sgp_" + "a" * 200)


def test_a_write_key_s_digest_depends_on_key_and_text(settings):
    one = write_key_digest("wk-1")
    assert (len(one), one == write_key_digest("wk-1"), one == write_key_digest("wk-2")) == (64, True, False)
    settings.SECRET_KEY = "another key"
    assert write_key_digest("wk-1") != one
