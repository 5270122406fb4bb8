"""What the endpoint answers: JSON, or a page for a browser that posted a form without JavaScript."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from workflows.intake.refusals import Refused
from workflows.intake.store import Receipt

_NO_PAGE = {"*/*", "", "application/json"}
_HEADERS = {"Vary": "Accept, Origin", "Cache-Control": "no-store", "X-Robots-Tag": "noindex"}


def wants_page(request: HttpRequest) -> bool:
    """Whether the client would rather read HTML than JSON; `*/*` and no Accept at all mean JSON."""
    if request.META.get("HTTP_ACCEPT", "") in _NO_PAGE:  # nearly every program
        return False
    return request.get_preferred_type(["application/json", "text/html"]) == "text/html"


def answer_accepted(request: HttpRequest, survey_key: str, receipt: Receipt) -> HttpResponse:
    """202: the submission is committed."""
    if wants_page(request):
        context = {"survey_key": survey_key, "receipt": receipt}
        return _finish(render(request, "surveys/hosted_thanks.html", context, status=202))
    is_duplicate = "true" if receipt.is_duplicate else "false"
    return _answer_json(f'{{"submission": "{receipt.submission_id}", "duplicate": {is_duplicate}}}', 202)


def answer_refused(request: HttpRequest, survey_key: str, refused: Refused, field: str) -> HttpResponse:
    """The documented error body, or a page that says the same and leads back to the form.

    `field` is the survey field that the error is about, "" for none.
    """
    if wants_page(request):
        context = {"survey_key": survey_key, "refused": refused}
        page = render(request, "surveys/hosted_refused.html", context, status=refused.status)
        response = _finish(page)
    else:
        error = {"code": refused.code, "message": refused.message}
        error |= {"field": field} if field else {}
        response = _answer_json(json.dumps({"error": error}), refused.status)
    for name, value in refused.headers.items():
        response[name] = value
    return response


def _answer_json(body: str, status: int) -> HttpResponse:
    return HttpResponse(body.encode(), "application/json", status, headers=_HEADERS)


def _finish(response: HttpResponse) -> HttpResponse:
    for name, value in _HEADERS.items():
        response[name] = value
    return response
