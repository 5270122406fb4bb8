"""The short way to the submit endpoint, past Django's handler and all middleware.

Sessions, languages, messages, CSRF and htmx are nothing to a program that submits, and would cost several
times what taking a submission costs. What it would miss is done here: unknown hosts are refused, and the
headers are set that keep a browser from misusing an answer. Whoever gets a page (a browser that posts a
form), and every method but POST, takes the long way to the same view.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, cast

from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from workflows.intake.responses import wants_page
from workflows.intake.views import submit

WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_ADDRESS = re.compile(r"/submit/[A-Za-z0-9_-]+/?")


def with_short_way(serve: WsgiApplication) -> WsgiApplication:
    """`serve`, but for programs that submit. Connections to the database are the view's own affair."""
    answer = cast(Callable[[HttpRequest], HttpResponse], convert_exception_to_response(_answer))
    headers = _security_headers()

    def serve_short(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "POST" or not _ADDRESS.fullmatch(environ["PATH_INFO"]):
            return serve(environ, start_response)
        request = WSGIRequest(environ)
        if wants_page(request):
            return serve(environ, start_response)
        response = answer(request)
        body = response.content
        length = [("Content-Length", str(len(body)))]
        sent = [*response.items(), *headers, *length, *_https_headers(request)]
        start_response(f"{response.status_code} {response.reason_phrase}", sent)
        return [body]

    return serve_short


def _answer(request: HttpRequest) -> HttpResponse:
    request.get_host()  # raises for a host that is not ours, which is answered with 400
    translation.deactivate()  # of the page that this thread served before; programs read the default language
    return submit(request, request.path_info.split("/")[2])


def _security_headers() -> list[tuple[str, str]]:
    return [
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", settings.X_FRAME_OPTIONS),
        ("Referrer-Policy", settings.SECURE_REFERRER_POLICY),
        ("Cross-Origin-Opener-Policy", settings.SECURE_CROSS_ORIGIN_OPENER_POLICY),
        ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ]


def _https_headers(request: HttpRequest) -> list[tuple[str, str]]:
    if not settings.SECURE_HSTS_SECONDS or not request.is_secure():
        return []
    return [("Strict-Transport-Security", f"max-age={settings.SECURE_HSTS_SECONDS}")]
