"""The empty 202: no database, no middleware, a constant body of the size of the submit endpoint's."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

BODY = b'{"submission": "01975b0e-0000-7000-8000-000000000000", "duplicate": false}'


def accept(request: HttpRequest) -> HttpResponse:
    return HttpResponse(BODY, content_type="application/json", status=202)


# Not where the submit endpoint is: `config.wsgi` takes that way before Django does.
PATH = "empty/"
urlpatterns = [path(PATH, accept)]
