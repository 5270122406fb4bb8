"""The pages for what goes wrong, in the product's look."""

from __future__ import annotations

import pytest
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.views.defaults import bad_request, server_error


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def test_a_missing_page_is_told(as_member):
    response = as_member.get("/nothing/here/")
    assert response.status_code == 404
    assert "<h1>There is nothing here</h1>" in text_of(response)


def test_an_admin_s_page_is_told(as_member):
    response = as_member.get("/extensions/")
    assert response.status_code == 403
    assert "<h1>This is for admins</h1>" in text_of(response)


@pytest.mark.parametrize(
    ("view", "status", "title"),
    [
        (server_error, 500, "Something broke on our side"),
        (bad_request, 400, "This request makes no sense to the server"),
    ],
)
def test_pages_that_know_no_request_still_render(view, status, title):
    request: HttpRequest = RequestFactory().get("/")
    response = view(request) if view is server_error else view(request, Exception())
    assert (response.status_code, f"<h1>{title}</h1>" in text_of(response)) == (status, True)


def test_a_crash_shows_the_page(as_member, monkeypatch):
    from accounts.views import segment

    def crash(*_args):
        raise RuntimeError

    monkeypatch.setattr(segment, "accounts_in", crash)
    client = Client(raise_request_exception=False)
    client.cookies = as_member.cookies
    response = client.get("/accounts/")
    assert response.status_code == 500
    assert "<h1>Something broke on our side</h1>" in text_of(response)
