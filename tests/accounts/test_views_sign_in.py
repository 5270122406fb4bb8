"""Signing in and out, the pause after failures, and passwords."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.throttle import MAX_FAILURES, client_address
from accounts.views.sign_in import sign_in
from tests.factories import PASSWORD

HTMX = {"HX-Request": "true"}
NEW = {"new_password1": "wide river bend", "new_password2": "wide river bend"}


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def try_sign_in(email: str, password: str, client: Client | None = None, **extra):
    data = {"username": email, "password": password} | extra
    return (client or Client()).post("/sign-in/", data)


def test_signing_in_leads_home(member):
    client = Client()
    assert try_sign_in("MEMBER@example.com", PASSWORD, client)["Location"] == "/"
    assert client.get("/")["Location"] == reverse("workflow_list")


@pytest.mark.parametrize(
    ("wanted", "leads_to"),
    [
        ("/people/", "/people/"),
        ("/runs/?status=failed", "/runs/?status=failed"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_signing_in_leads_only_to_pages_of_ours(member, wanted, leads_to):
    assert try_sign_in(member.email, PASSWORD, next=wanted)["Location"] == leads_to


def test_the_page_carries_the_way_back(db):
    page = text_of(Client().get("/sign-in/?next=/people/"))
    assert '<input type="hidden" name="next" value="/people/">' in page


def test_who_is_signed_in_does_not_sign_in_again(as_member):
    assert as_member.get("/sign-in/?next=/accounts/")["Location"] == "/accounts/"


@pytest.mark.parametrize("email", ["member@example.com", "nobody@example.com"])
def test_a_wrong_password_and_an_unknown_address_look_the_same(member, email):
    response = try_sign_in(email, "wrong")
    assert response.status_code == 200
    page = text_of(response)
    assert "The e-mail address or the password is wrong." in page
    assert f'value="{email}"' in page
    assert "wrong&quot;" not in page


def test_a_removed_person_cannot_sign_in(member):
    member.is_active = False
    member.save()
    assert "The e-mail address or the password is wrong." in text_of(try_sign_in(member.email, PASSWORD))


def test_ten_failures_make_a_pause_for_that_address_and_place(member, admin):
    for _ in range(MAX_FAILURES):
        assert "is wrong" in text_of(try_sign_in("Member@example.com", "wrong"))

    page = text_of(try_sign_in("member@EXAMPLE.com", PASSWORD))

    assert "10 sign-ins with this address failed. Wait 15 minutes, or reset the password." in page
    assert try_sign_in(admin.email, PASSWORD).status_code == 302
    elsewhere = {"username": member.email, "password": PASSWORD}
    assert Client(REMOTE_ADDR="192.0.2.7").post("/sign-in/", elsewhere).status_code == 302
    cache.clear()
    assert try_sign_in(member.email, PASSWORD).status_code == 302


def test_signing_in_forgets_the_failures(member):
    for _ in range(MAX_FAILURES - 1):
        try_sign_in(member.email, "wrong")
    assert try_sign_in(member.email, PASSWORD).status_code == 302
    assert "is wrong" in text_of(try_sign_in(member.email, "wrong"))
    assert try_sign_in(member.email, PASSWORD).status_code == 302


def test_an_empty_form_is_no_failure(member):
    for _ in range(MAX_FAILURES):
        try_sign_in(member.email, "")
    assert try_sign_in(member.email, PASSWORD).status_code == 302


@pytest.mark.parametrize(("is_trusted", "address"), [(False, "10.0.0.1"), (True, "203.0.113.9")])
def test_the_place_comes_from_a_proxy_only_when_it_is_trusted(settings, is_trusted, address):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if is_trusted else None
    headers = {"X-Forwarded-For": "198.51.100.1, 203.0.113.9"}
    request = RequestFactory(REMOTE_ADDR="10.0.0.1").get("/", headers=headers)
    assert client_address(request) == address


def test_signing_in_needs_the_csrf_token(member):
    strict = Client(enforce_csrf_checks=True)
    response = strict.post("/sign-in/", {"username": member.email, "password": PASSWORD})
    assert response.status_code == 403
    assert "The form was too old" in text_of(response)


def test_the_password_is_hidden_from_error_reports(member):
    request = RequestFactory().get("/sign-in/")
    request.user, request.session = member, {}
    sign_in(request)
    assert request.sensitive_post_parameters == ("password",)


def test_signing_out_is_a_post_and_ends_the_session(as_member):
    assert as_member.get("/sign-out/").status_code == 405
    response = as_member.post("/sign-out/", follow=True)
    assert response.redirect_chain == [("/sign-in/", 302)]
    assert "You are signed out." in text_of(response)
    assert as_member.get("/accounts/").status_code == 302


def test_an_expired_sign_in_tells_htmx_to_load_the_page(db):
    response = Client().get("/accounts/", headers=HTMX | {"HX-Current-URL": "http://testserver/accounts/"})
    assert response["HX-Redirect"] == "/sign-in/?next=%2Faccounts%2F"


def test_a_password_is_changed_and_the_session_goes_on(as_member, member):
    response = as_member.post("/password/", {"old_password": PASSWORD} | NEW)
    assert response["Location"] == "/"
    assert try_sign_in(member.email, "wide river bend").status_code == 302
    assert as_member.get("/accounts/").status_code == 200


def test_the_old_password_is_needed(as_member, member):
    page = text_of(as_member.post("/password/", {"old_password": "wrong"} | NEW))
    assert 'id="id_old_password_error"' in page
    member.refresh_from_db()
    assert member.check_password(PASSWORD)


def test_a_password_is_reset_by_a_mailed_link(member, settings):
    settings.PUBLIC_URL = "https://tributary.example.com"
    Client().post("/password/reset/", {"email": "MEMBER@example.com"}, headers={"Host": "localhost"})
    (letter,) = mail.outbox
    path = re.search(r"https://tributary\.example\.com(/password/reset/\S+)", letter.body)[1]
    client = Client()
    form_page = client.get(path, follow=True)
    assert "Choose a new password" in text_of(form_page)

    response = client.post(form_page.redirect_chain[-1][0], NEW)

    assert response["Location"] == "/"
    assert client.get("/accounts/").wsgi_request.user == member
    assert "This link no longer works" in text_of(Client().get(path, follow=True))


def test_no_answer_tells_whether_an_address_exists(member):
    member_answer = Client().post("/password/reset/", {"email": member.email}, follow=True)
    other_answer = Client().post("/password/reset/", {"email": "nobody@example.com"}, follow=True)
    assert member_answer.redirect_chain == other_answer.redirect_chain == [("/password/reset/sent/", 302)]
    pages = {re.sub(r'"X-CSRFToken": "\w+"', "", text_of(answer)) for answer in (member_answer, other_answer)}
    assert len(pages) == 1
    assert len(mail.outbox) == 1


def test_a_removed_person_gets_no_letter(member):
    member.is_active = False
    member.save()
    Client().post("/password/reset/", {"email": member.email})
    assert mail.outbox == []


def test_a_server_without_mail_says_so(db, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    assert "This server has no mail server set up" in text_of(Client().get("/password/reset/sent/"))
