"""Health."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse


def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def metrics(request: HttpRequest) -> HttpResponse:
    return HttpResponse()
