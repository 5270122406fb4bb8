"""The short way to the submit endpoint, past Django's handler and all middleware.

Sessions, languages, messages, CSRF and htmx are nothing to a program that submits, and would cost several
times what taking a submission costs. What it would miss is done here: unknown hosts are refused, and the
headers are set that keep a browser from misusing an answer. Whoever gets a page (a browser that posts a
form), and every method but POST, takes the long way to the same view.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.handlers.exception import response_for_exception
from django.core.handlers.wsgi import WSGIRequest
from django.utils import translation

from workflows.intake.responses import Answer, wants_page
from workflows.intake.views import answer_submission

WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_ADDRESS = re.compile(r"/submit/([A-Za-z0-9_-]+)/?")
_REMEMBERED_HOSTS = 100
_thread = threading.local()  # `has_language`: whether this thread served a page since it was deactivated
_STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


def with_short_way(serve: WsgiApplication) -> WsgiApplication:
    """`serve`, but for programs that submit. Connections to the database are the view's own affair."""
    headers = _security_headers()
    hosts: set[str] = set()

    def serve_long(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        _thread.has_language = True
        return serve(environ, start_response)

    def serve_short(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        address = _ADDRESS.fullmatch(environ["PATH_INFO"]) if environ["REQUEST_METHOD"] == "POST" else None
        if address is None:
            return serve_long(environ, start_response)
        request = WSGIRequest(environ)
        if wants_page(request):
            return serve_long(environ, start_response)
        answer = _answer(request, address[1], hosts)
        length = ("Content-Length", str(len(answer.body)))
        sent = [*answer.headers.items(), *headers, length, *_https_headers(request)]
        start_response(_STATUS_LINES[answer.status], sent)
        return [answer.body]

    return serve_short


def _answer(request: WSGIRequest, survey_key: str, hosts: set[str]) -> Answer:
    """`hosts` are those that were found to be ours."""
    try:
        host = request.META.get("HTTP_HOST")
        if host not in hosts:
            request.get_host()  # raises for a host that is not ours, which is answered with 400
            if host is not None and len(hosts) < _REMEMBERED_HOSTS:
                hosts.add(host)
        if getattr(_thread, "has_language", True):
            translation.deactivate()  # the one of the page before; programs read the default language
            _thread.has_language = False
        return answer_submission(request, survey_key)
    except Exception as error:
        response = response_for_exception(request, error)
        return Answer(response.status_code, response.content, dict(response.headers))


def _security_headers() -> list[tuple[str, str]]:
    return [
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", settings.X_FRAME_OPTIONS),
        ("Referrer-Policy", settings.SECURE_REFERRER_POLICY),
        ("Cross-Origin-Opener-Policy", settings.SECURE_CROSS_ORIGIN_OPENER_POLICY),
        ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ]


def _https_headers(request: WSGIRequest) -> list[tuple[str, str]]:
    if not settings.SECURE_HSTS_SECONDS or not request.is_secure():
        return []
    return [("Strict-Transport-Security", f"max-age={settings.SECURE_HSTS_SECONDS}")]
