"""`manage.py create_brand`."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Brand, Role, User
from tests.factories import make_brand, make_user

pytestmark = pytest.mark.django_db
COMMAND = "accounts.management.commands.create_brand"


def run(name: str, email: str, monkeypatch, line: str = "wide river bend\n") -> str:
    monkeypatch.setattr("sys.stdin", io.StringIO(line))
    out = io.StringIO()
    call_command("create_brand", name, admin_email=email, password_stdin=True, stdout=out)
    return out.getvalue()


def test_a_brand_is_made_with_its_admin(monkeypatch):
    said = run("Acme", "Ada@Example.com", monkeypatch)

    user = User.objects.get()
    assert (user.email, user.role, user.brand.name) == ("ada@example.com", Role.ADMIN, "Acme")
    assert user.check_password("wide river bend")
    assert said == "The brand Acme is ready. Ada@Example.com can sign in.\n"


def test_the_password_is_asked_for_twice(monkeypatch):
    answers = iter(["wide river bend", "wide river bend"])
    monkeypatch.setattr(f"{COMMAND}.getpass.getpass", lambda _prompt: next(answers))
    call_command("create_brand", "Acme", admin_email="ada@example.com", stdout=io.StringIO())
    assert User.objects.get().check_password("wide river bend")


def test_two_different_passwords_make_nothing(monkeypatch):
    answers = iter(["wide river bend", "wide river bed"])
    monkeypatch.setattr(f"{COMMAND}.getpass.getpass", lambda _prompt: next(answers))
    with pytest.raises(CommandError, match="differ"):
        call_command("create_brand", "Acme", admin_email="ada@example.com")
    assert not Brand.objects.exists()


@pytest.mark.parametrize(
    ("name", "email", "line", "words"),
    [
        ("Acme", "no address", "wide river bend\n", "'no address' is not an e-mail address."),
        ("  ", "ada@example.com", "wide river bend\n", "The brand's name: This field cannot be blank."),
        ("x" * 101, "ada@example.com", "wide river bend\n", "at most 100 characters"),
        ("Acme", "ada@example.com", "12345\n", "This password is too short."),
        ("Acme", "ada@example.com", "", "This password is too short."),
    ],
)
def test_bad_input_is_told_and_makes_nothing(monkeypatch, name, email, line, words):
    with pytest.raises(CommandError) as caught:
        run(name, email, monkeypatch, line)
    assert words in str(caught.value)
    assert (Brand.objects.count(), User.objects.count()) == (0, 0)


@pytest.mark.parametrize("is_active", [True, False])
def test_an_address_that_is_taken_is_told(monkeypatch, is_active):
    make_user(make_brand(), email="ada@example.com", is_active=is_active)
    with pytest.raises(CommandError, match=r"ADA@example.com belongs to a user already"):
        run("Second", "ADA@example.com", monkeypatch)
    assert Brand.objects.count() == 1
