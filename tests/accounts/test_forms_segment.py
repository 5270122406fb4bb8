"""The account form: which fields count, and that no secret comes back."""

from __future__ import annotations

import pytest
from encrypted_model_fields import fields

from accounts.forms import AccountForm, ReplaceSecretForm
from tests.factories import make_account

pytestmark = pytest.mark.django_db

TOKEN = {"name": "Main", "kind": "token", "token": "sandbox-oregon-owner"}
WRITE_KEY = {"name": "Site", "kind": "write_key", "write_key": "wk-1234", "region": "dublin"}


def errors_of(**data: str) -> dict[str, list[str]]:
    return {name: [str(text) for text in texts] for name, texts in AccountForm(data).errors.items()}


@pytest.mark.parametrize("data", [TOKEN, WRITE_KEY])
def test_a_complete_form_is_valid(data):
    assert errors_of(**data) == {}


def test_what_stands_in_the_other_kind_s_fields_is_ignored():
    assert errors_of(**TOKEN, write_key="not a key", region="mars") == {}
    assert errors_of(**WRITE_KEY, token="ümlaut token") == {}


def test_the_chosen_kind_s_fields_are_needed():
    assert errors_of(name="Main", kind="token") == {"token": ["Paste the token you created in Segment."]}
    assert errors_of(name="Site", kind="write_key") == {
        "write_key": ["Paste the source's write key."],
        "region": ["Say in which region the workspace lives."],
    }


def test_an_empty_form_asks_for_name_and_kind():
    assert set(errors_of()) == {"name", "kind"}


@pytest.mark.parametrize("secret", ["two words", "tök", "tab\tbed", "\u200bzero"])
def test_a_bad_copy_is_noticed(secret):
    message = ["This has spaces or signs that do not belong in it. Copy it from Segment again."]
    assert errors_of(**(TOKEN | {"token": secret})) == {"token": message}
    assert errors_of(**(WRITE_KEY | {"write_key": secret})) == {"write_key": message}


def test_surrounding_space_is_no_bad_copy():
    assert errors_of(**(TOKEN | {"token": "  sandbox-oregon-owner\n"})) == {}


def test_ciphertext_is_refused_in_every_secret_field(db, brand):
    ciphertext = fields.encrypt_str("sandbox-oregon-owner").decode()
    message = ["This is an encrypted value, not a token or write key. Copy the original from Segment."]

    assert errors_of(**(TOKEN | {"token": ciphertext})) == {"token": message}
    write_key_errors = errors_of(**(WRITE_KEY | {"write_key": ciphertext}))["write_key"]
    assert write_key_errors[0] == message[0]
    replacement = ReplaceSecretForm({"secret": ciphertext}, account=make_account(brand))
    assert replacement.errors == {"secret": message}


def test_a_secret_is_never_rendered_again():
    form = AccountForm(TOKEN | {"name": "", "write_key": "wk-1234"})
    assert not form.is_valid()
    html = form.as_p()
    assert TOKEN["token"] not in html
    assert "wk-1234" not in html


def test_no_empty_region_is_offered():
    assert [value for value, _label in AccountForm().fields["region"].choices] == ["oregon", "dublin"]


def test_connecting_returns_the_account(sandbox, brand, member):
    form = AccountForm(TOKEN)
    assert form.is_valid()
    account = form.connect(brand=brand, owner=member, created_by=member)
    assert (account.name, account.owner, account.workspace_name) == ("Main", member, "Acme")


def test_a_problem_stands_beside_the_token(sandbox, brand, member):
    form = AccountForm(TOKEN | {"token": "sandbox-oregon-limited"})
    assert form.is_valid()
    assert form.connect(brand=brand, owner=None, created_by=member) is None
    assert form.errors == {
        "token": ["Segment asks to wait 7 seconds before the next request. Then try again."]
    }
