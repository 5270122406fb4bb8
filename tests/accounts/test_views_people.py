"""The people page: inviting, roles, removing."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import Invitation, Role, User
from accounts.services.invitations import digest_token, invite_person
from tests.factories import make_user

INVITE = {"email": "New.Person@Example.com", "role": "member"}


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def link_in(text: str) -> str:
    return re.search(r"http[^\s\"]*(/invitations/[^/]+/)", text)[1]


def test_the_page_is_for_admins(as_admin, as_member):
    assert as_admin.get("/people/").status_code == 200
    assert as_member.get("/people/").status_code == 403
    assert Client().get("/people/")["Location"] == "/sign-in/?next=/people/"


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("person_invite", []),
        ("invitation_revoke", [1]),
        ("person_change_role", [1]),
        ("person_remove", [1]),
    ],
)
def test_a_member_writes_nothing_here(as_member, name, args):
    assert as_member.post(reverse(name, args=args), INVITE | {"role": "admin"}).status_code == 403


def test_the_page_shows_the_brand_s_people_alone(as_admin, member, stranger):
    page = text_of(as_admin.get("/people/"))
    assert [user.email in page for user in (member, stranger)] == [True, False]


def test_inviting_mails_the_link_and_shows_it_once(as_admin, admin, settings):
    settings.PUBLIC_URL = "https://tributary.example.com"

    page = text_of(as_admin.post(reverse("person_invite"), INVITE))

    invitation = Invitation.objects.get()
    facts = (invitation.email, invitation.role, invitation.brand, invitation.invited_by)
    assert facts == ("new.person@example.com", "member", admin.brand, admin)
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == (["new.person@example.com"], "Join Acme on Tributary")
    assert link_in(letter.body) == link_in(page)
    assert "https://tributary.example.com/invitations/" in letter.body
    token = link_in(page).split("/")[2]
    assert invitation.token_digest == digest_token(token)
    assert token not in text_of(as_admin.get("/people/"))


def test_without_a_mail_server_the_admin_is_told(as_admin, settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    page = text_of(as_admin.post(reverse("person_invite"), INVITE))
    assert "No letter left this server, so pass the link on yourself:" in page
    assert link_in(next(tmp_path.iterdir()).read_text()) == link_in(page)


def test_a_mail_server_that_fails_does_not_stop_the_invitation(as_admin, settings, caplog):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    page = text_of(as_admin.post(reverse("person_invite"), INVITE))
    assert "No letter left this server" in page
    assert "could not be e-mailed: ConnectionRefusedError" in caplog.text
    assert link_in(page) not in caplog.text


@pytest.mark.parametrize(
    ("email", "words"),
    [
        ("member@example.com", "A person with this address is here already."),
        ("STRANGER@example.com", "This address belongs to a person of another brand."),
        ("no address", "Enter a valid email address."),
    ],
)
def test_who_cannot_be_invited_is_told_beside_the_field(as_admin, member, stranger, email, words):
    page = text_of(as_admin.post(reverse("person_invite"), INVITE | {"email": email}))
    assert f'id="id_email_error"><p class="error">{words}' in page
    assert f'value="{email}"' in page
    assert (Invitation.objects.count(), len(mail.outbox)) == (0, 0)


def test_an_invitation_is_revoked(as_admin, as_stranger, brand, admin):
    invitation, _link = invite_person(brand=brand, email="x@example.com", role="member", invited_by=admin)
    url = reverse("invitation_revoke", args=[invitation.pk])
    assert as_stranger.post(url).status_code == 404
    assert as_admin.post(url)["Location"] == "/people/"
    assert not Invitation.objects.exists()


def test_roles_are_changed(as_admin, as_stranger, member):
    url = reverse("person_change_role", args=[member.pk])
    assert as_stranger.post(url, {"role": "admin"}).status_code == 404
    assert as_admin.post(url, {"role": "admin"})["Location"] == "/people/"
    member.refresh_from_db()
    assert member.role == Role.ADMIN


def test_the_last_admin_stays_admin(as_admin, admin):
    response = as_admin.post(reverse("person_change_role", args=[admin.pk]), {"role": "member"}, follow=True)
    assert "only admin. Make another person an admin first." in text_of(response)
    admin.refresh_from_db()
    assert admin.role == Role.ADMIN


def test_an_admin_who_steps_down_leaves_the_page(as_admin, admin):
    make_user(admin.brand, "admin")
    response = as_admin.post(reverse("person_change_role", args=[admin.pk]), {"role": "member"})
    assert response["Location"] == "/"


def test_a_person_is_removed_after_a_question_and_is_signed_out(as_admin, as_member, member):
    assert as_member.get("/accounts/").status_code == 200
    url = reverse("person_remove", args=[member.pk])

    assert "is signed out everywhere" in text_of(as_admin.get(url))
    assert as_admin.post(url)["Location"] == "/people/"

    assert as_member.get("/accounts/")["Location"] == "/sign-in/?next=/accounts/"
    assert not User.objects.get(pk=member.pk).has_usable_password()
    assert member.email not in text_of(as_admin.get("/people/")).split("is removed.")[1]


def test_nobody_removes_themselves_or_a_stranger(as_admin, admin, stranger):
    response = as_admin.post(reverse("person_remove", args=[admin.pk]), follow=True)
    assert "You cannot remove yourself." in text_of(response)
    assert as_admin.post(reverse("person_remove", args=[stranger.pk])).status_code == 404
    assert User.objects.filter(is_active=True).count() == 2


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_asks_the_database_the_same_for_few_and_many(
    as_admin, brand, admin, rows, django_assert_num_queries
):
    for number in range(rows):
        make_user(brand)
        invite_person(brand=brand, email=f"x{number}@example.com", role="member", invited_by=admin)
    with django_assert_num_queries(5):  # session, user, brand, people, invitations
        as_admin.get("/people/")
