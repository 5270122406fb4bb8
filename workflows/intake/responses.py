"""What the endpoint answers: JSON, or a page for a browser that posted a form without JavaScript."""

from __future__ import annotations

import json
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from workflows.intake.refusals import Refused
from workflows.intake.store import Receipt

_NO_PAGE = {"*/*", "", "application/json"}
_HEADERS = {"Vary": "Accept, Origin", "Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
_JSON_HEADERS = _HEADERS | {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes out. The short way sends it as it is: Django's response would cost a tenth of the request."""

    status: int
    body: bytes
    headers: dict[str, str]

    def as_response(self) -> HttpResponse:
        return HttpResponse(self.body, status=self.status, headers=self.headers)


def wants_page(request: HttpRequest) -> bool:
    """Whether the client would rather read HTML than JSON; `*/*` and no Accept at all mean JSON."""
    if request.META.get("HTTP_ACCEPT", "") in _NO_PAGE:  # nearly every program
        return False
    return request.get_preferred_type(["application/json", "text/html"]) == "text/html"


def answer_accepted(request: HttpRequest, survey_key: str, receipt: Receipt) -> Answer:
    """202: the submission is committed."""
    if wants_page(request):
        context = {"survey_key": survey_key, "receipt": receipt}
        return _answer_page(render(request, "surveys/hosted_thanks.html", context, status=202))
    is_duplicate = "true" if receipt.is_duplicate else "false"
    return _answer_json(f'{{"submission": "{receipt.submission_id}", "duplicate": {is_duplicate}}}', 202)


def answer_refused(request: HttpRequest, survey_key: str, refused: Refused, field: str) -> Answer:
    """The documented error body, or a page that says the same and leads back to the form.

    `field` is the survey field that the error is about, "" for none.
    """
    if wants_page(request):
        context = {"survey_key": survey_key, "refused": refused}
        page = render(request, "surveys/hosted_refused.html", context, status=refused.status)
        answer = _answer_page(page)
    else:
        error = {"code": refused.code, "message": refused.message}
        error |= {"field": field} if field else {}
        answer = _answer_json(json.dumps({"error": error}), refused.status)
    answer.headers.update(refused.headers)
    return answer


def _answer_json(body: str, status: int) -> Answer:
    return Answer(status, body.encode(), _JSON_HEADERS.copy())


def _answer_page(page: HttpResponse) -> Answer:
    return Answer(page.status_code, page.content, {**page.headers, **_HEADERS})
