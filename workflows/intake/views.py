"""The form-submit endpoint: `POST /submit/<survey key>/`. `docs/submit.md` is its description."""

from __future__ import annotations

import logging

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from workflows.delivery.build import describe
from workflows.intake.body import read_body
from workflows.intake.cors import add_cors_headers, check_origin
from workflows.intake.decoders import decode
from workflows.intake.dedupe import Receipt, derive_page_key, digest_answers, read_idempotency_key, record
from workflows.intake.field_types import apply_types
from workflows.intake.refusals import (
    ALLOWED_METHODS,
    Refused,
    refuse_method,
    refuse_unavailable,
    refuse_unknown_survey,
)
from workflows.intake.report import note_receipt, note_refusal
from workflows.intake.responses import answer_accepted, answer_refused
from workflows.intake.targets import Target, find_target

logger = logging.getLogger(__name__)


# Senders have no session here, and no cookie gives them anything: nothing a forged request could misuse.
@csrf_exempt
@login_not_required
def submit(request: HttpRequest, survey_key: str) -> HttpResponse:
    """Take a submission and answer 202 once it is committed; the error body says why not."""
    target = None
    try:
        target = find_target(survey_key)
        response = _respond(request, survey_key, target)
    except Refused as refused:
        if target is None or refused.field not in target.types:
            refused.field = ""  # only the survey's own keys are named: the body is never repeated
        response = _refuse(request, survey_key, target, refused)
    except DatabaseError as error:
        logger.error("the database did not take a submission: %s", describe(error))
        response = _refuse(request, survey_key, target, refuse_unavailable())
    return add_cors_headers(request, response, target)


def _respond(request: HttpRequest, survey_key: str, target: Target | None) -> HttpResponse:
    if target is None:
        raise refuse_unknown_survey()
    if request.method == "POST":
        receipt = receive(request, target)
        note_receipt(receipt)
        return answer_accepted(request, survey_key, receipt)
    if request.method == "OPTIONS":
        return HttpResponse(status=204, headers={"Allow": ALLOWED_METHODS})
    if request.method == "HEAD":  # some senders ask whether the address is alive before they use it
        return HttpResponse(headers={"Allow": ALLOWED_METHODS})
    raise refuse_method(settings.PUBLIC_URL + reverse("hosted_survey", args=[survey_key]))


def _refuse(request: HttpRequest, survey_key: str, target: Target | None, refused: Refused) -> HttpResponse:
    note_refusal(refused, target)
    return answer_refused(request, survey_key, refused)


def receive(request: HttpRequest, target: Target) -> Receipt:
    """Check, read and store a submission to `target`; raises Refused."""
    check_origin(request, target)
    key = read_idempotency_key(request.headers.get("Idempotency-Key"))
    body = read_body(request)
    decoded = decode(request.content_type or "", request.content_params or {}, body)
    digest = digest_answers(decoded.answers)
    answers = apply_types(decoded.answers, target.types) if decoded.is_text else decoded.answers
    return record(target, answers, digest, key or derive_page_key(decoded.page_key, digest))
