"""Which web pages may post to a survey from a browser.

A page that is not on the survey's list is refused, also where the browser would not have asked first (a plain
form, or fetch without special headers). Storing it would be worse: without CORS headers the browser tells the
page that the request failed, the person sends it again, and two events leave for one answer. So a browser's
"failed" is true, the list means the same for every content type, and nothing is lost that was promised.
Senders that are no browsers (servers, webhooks, curl) send no Origin and are not concerned.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from workflows.intake.refusals import ALLOWED_METHODS, Refused
from workflows.intake.responses import Answer
from workflows.intake.targets import Target

ALLOWED_HEADERS = "Content-Type, Idempotency-Key"
_PREFLIGHT_SECONDS = 600


def is_own_origin(request: HttpRequest, origin: str) -> bool:
    """Whether `origin` is this very site: its public address, or the address that was asked."""
    own = urlsplit(settings.PUBLIC_URL)
    return origin in {f"{own.scheme}://{own.netloc}", f"{request.scheme}://{request.get_host()}"}


def is_allowed_origin(origin: str, target: Target) -> bool:
    """Whether the survey's list has `origin`, or says that every page may post."""
    return "*" in target.allowed_origins or origin.lower() in target.allowed_origins


def check_origin(request: HttpRequest, target: Target) -> None:
    """Refuse a browser's request from a page that is neither ours nor on the survey's list."""
    origin = request.META.get("HTTP_ORIGIN")
    if origin is None or is_own_origin(request, origin) or is_allowed_origin(origin, target):
        return
    message = _(
        "Pages of this website may not send answers to this survey. "
        "Its owner can add the website to the survey's allowed origins."
    )
    raise Refused("origin_not_allowed", message)


def add_cors_headers(request: HttpRequest, answer: Answer, target: Target | None) -> Answer:
    """Let a page of an allowed origin read the answer; a preflight also learns what it may send.

    The answer's Vary header names Origin already, whatever came.
    """
    origin = request.META.get("HTTP_ORIGIN")
    if origin is None or target is None or not is_allowed_origin(origin, target):
        return answer
    answer.headers["Access-Control-Allow-Origin"] = origin
    if request.method == "OPTIONS":
        answer.headers["Access-Control-Allow-Methods"] = ALLOWED_METHODS
        answer.headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
        answer.headers["Access-Control-Max-Age"] = str(_PREFLIGHT_SECONDS)
    return answer
