"""What the endpoint answers: JSON, or a page for a browser that posted a form without JavaScript."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from workflows.intake.dedupe import Receipt
from workflows.intake.refusals import Refused


def wants_page(request: HttpRequest) -> bool:
    """Whether the client would rather read HTML than JSON; `*/*` and no Accept at all mean JSON."""
    return request.get_preferred_type(["application/json", "text/html"]) == "text/html"


def answer_accepted(request: HttpRequest, survey_key: str, receipt: Receipt) -> HttpResponse:
    """202: the submission is committed."""
    if wants_page(request):
        context = {"survey_key": survey_key, "receipt": receipt}
        response = render(request, "surveys/hosted_thanks.html", context, status=202)
    else:
        body = {"submission": str(receipt.submission_id), "duplicate": receipt.is_duplicate}
        response = JsonResponse(body, status=202)
    return _finish(response)


def answer_refused(request: HttpRequest, survey_key: str, refused: Refused) -> HttpResponse:
    """The documented error body, or a page that says the same and leads back to the form."""
    if wants_page(request):
        context = {"survey_key": survey_key, "refused": refused}
        response = render(request, "surveys/hosted_refused.html", context, status=refused.status)
    else:
        error = {"code": refused.code, "message": refused.message}
        error |= {"field": refused.field} if refused.field else {}
        response = JsonResponse({"error": error}, status=refused.status)
    for name, value in refused.headers.items():
        response[name] = value
    return _finish(response)


def _finish(response: HttpResponse) -> HttpResponse:
    patch_vary_headers(response, ["Accept"])
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    return response
