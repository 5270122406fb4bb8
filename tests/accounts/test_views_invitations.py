"""Joining by an invitation's link."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Invitation, User
from accounts.services.invitations import INVITATION_DAYS, invite_person
from accounts.services.people import remove_person
from tests.factories import PASSWORD, make_user

JOIN = {"name": "New Person", "password1": "wide river bend", "password2": "wide river bend"}


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def invite(by: User, email: str = "new@example.com", role: str = "member") -> str:
    """The path of the invitation's link."""
    _invitation, link = invite_person(brand=by.brand, email=email, role=role, invited_by=by)
    return urlsplit(link).path


def test_a_person_joins_and_is_signed_in(admin):
    path = invite(admin, role="admin")
    client = Client()
    assert "You sign in with <b>new@example.com</b>." in text_of(client.get(path))

    response = client.post(path, JOIN)

    assert response["Location"] == "/"
    user = User.objects.get(email="new@example.com")
    assert (user.brand, user.name, user.role) == (admin.brand, "New Person", "admin")
    assert user.check_password("wide river bend")
    assert client.get("/people/").status_code == 200
    assert not Invitation.objects.exists()


def test_a_link_works_once(admin):
    path = invite(admin)
    Client().post(path, JOIN)
    response = Client().post(path, JOIN)
    assert (response.status_code, User.objects.count()) == (404, 2)
    assert "This invitation was used, replaced or is over seven days old." in text_of(response)


@pytest.mark.parametrize(("late", "status"), [(-1, 200), (1, 404)])
def test_a_link_works_for_seven_days(admin, late, status):
    path = invite(admin)
    invitation = Invitation.objects.get()
    age = invitation.expires_at - invitation.created_at
    assert timedelta(days=INVITATION_DAYS) - timedelta(seconds=5) < age < timedelta(days=7, seconds=5)
    invitation.expires_at = timezone.now() - timedelta(minutes=late)
    invitation.save()
    assert Client().get(path).status_code == status


def test_a_new_invitation_replaces_the_old_link(admin):
    old, new = invite(admin), invite(admin)
    assert Client().get(old).status_code == 404
    assert Client().get(new).status_code == 200
    assert Invitation.objects.count() == 1


def test_an_unknown_link_is_not_found(db):
    assert Client().get("/invitations/nothing/").status_code == 404


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"password2": "another river"}, "The two passwords differ."),
        ({"password1": "short", "password2": "short"}, "This password is too short."),
        ({"password1": "new@example.com", "password2": "new@example.com"}, "is too similar to the"),
        ({"name": ""}, "This field is required."),
    ],
)
def test_bad_input_is_told_and_the_link_stays_good(admin, data, words):
    path = invite(admin)
    response = Client().post(path, JOIN | data)
    assert response.status_code == 200
    assert words in text_of(response)
    assert Client().get(path).status_code == 200


def test_a_removed_person_is_invited_back(admin, member):
    old_session = Client()
    old_session.force_login(member)
    remove_person(member, by=admin)

    Client().post(invite(admin, member.email, role="admin"), JOIN)

    back = User.objects.get(email=member.email)
    assert (back.pk, back.is_active, back.role, back.name) == (member.pk, True, "admin", "New Person")
    assert back.check_password("wide river bend")
    assert not back.check_password(PASSWORD)
    assert old_session.get("/accounts/").status_code == 302


def test_an_address_that_became_a_user_meanwhile_is_told(admin, stranger):
    path = invite(admin)
    make_user(stranger.brand, email="new@example.com")
    response = Client().post(path, JOIN)
    assert "This address belongs to a person of another brand." in text_of(response)
    assert User.objects.filter(email="new@example.com").count() == 1


def test_who_is_signed_in_is_warned_and_becomes_the_new_person(admin, as_member):
    path = invite(admin)
    assert "You are signed in as member@example.com." in text_of(as_member.get(path))
    as_member.post(path, JOIN)
    assert as_member.get("/accounts/").wsgi_request.user.email == "new@example.com"
