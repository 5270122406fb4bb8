"""The form-submit endpoint: `POST /submit/<survey key>/`. `docs/submit.md` is its description."""

from __future__ import annotations

import logging

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from workflows.delivery.build import describe
from workflows.intake.cors import add_cors_headers, check_origin
from workflows.intake.housekeeping import connection_in_use
from workflows.intake.incoming import Incoming
from workflows.intake.receive import TargetChanged, receive
from workflows.intake.refusals import (
    ALLOWED_METHODS,
    Refused,
    Unavailable,
    refuse_method,
    refuse_unavailable,
    refuse_unknown_survey,
)
from workflows.intake.report import note_receipt, note_refusal
from workflows.intake.responses import Answer, answer_accepted, answer_refused
from workflows.intake.targets import Target, find_target, recall

log = logging.getLogger(__name__)

# A survey that is saved between every two looks at it is not edited by people.
_STARTS = 5
_ALIVE_HEADERS = {"Allow": ALLOWED_METHODS, "Vary": "Origin"}


# Senders have no session here, and no cookie gives them anything: nothing a forged request could misuse.
@csrf_exempt
@login_not_required
def submit(request: HttpRequest, survey_key: str) -> HttpResponse:
    return answer_submission(request, survey_key).as_response()


def answer_submission(request: HttpRequest, survey_key: str) -> Answer:
    """Take a submission and answer 202 once it is committed; the error body says why not."""
    incoming = Incoming(request)
    remembered = recall(survey_key) if request.method == "POST" else None
    if remembered is not None:
        try:
            return _take(request, incoming, remembered)
        except Unavailable as refused:
            return _refuse(request, incoming, survey_key, _find_or_none(survey_key), refused)
        except (Refused, TargetChanged):
            pass  # said by what may be out of date: no answer before a fresh look
    try:
        with connection_in_use():
            target = find_target(survey_key)
    except Error as error:
        log.error("the database does not answer: %s", describe(error))
        return _refuse(request, incoming, survey_key, None, refuse_unavailable())
    return _answer(request, incoming, survey_key, target)


def _find_or_none(survey_key: str) -> Target | None:
    try:
        with connection_in_use():
            return find_target(survey_key)
    except Error:
        return None


def _answer(request: HttpRequest, incoming: Incoming, survey_key: str, target: Target | None) -> Answer:
    """By a target that was just read, and anew whenever it is another one in the writer's transaction."""
    for _start in range(_STARTS):
        try:
            if target is None:
                raise refuse_unknown_survey()
            return _respond(request, incoming, target)
        except TargetChanged as changed:
            target = changed.target
        except Refused as refused:
            return _refuse(request, incoming, survey_key, target, refused)
    return _refuse(request, incoming, survey_key, target, refuse_unavailable())


def _respond(request: HttpRequest, incoming: Incoming, target: Target) -> Answer:
    if request.method == "POST":
        return _take(request, incoming, target)
    if request.method == "OPTIONS":
        answer = Answer(204, b"", _ALIVE_HEADERS.copy())
    elif request.method == "HEAD":  # some senders ask whether the address is alive before they use it
        answer = Answer(200, b"", _ALIVE_HEADERS.copy())
    else:
        raise refuse_method(settings.PUBLIC_URL + reverse("hosted_survey", args=[target.submit_key]))
    return add_cors_headers(request, answer, target)


def _take(request: HttpRequest, incoming: Incoming, target: Target) -> Answer:
    check_origin(request, target)
    receipt = receive(incoming, target)
    note_receipt(receipt)
    return add_cors_headers(request, answer_accepted(request, target.submit_key, receipt), target)


def _refuse(
    request: HttpRequest, incoming: Incoming, survey_key: str, target: Target | None, refused: Refused
) -> Answer:
    incoming.drop()
    note_refusal(refused, target)
    # Only the survey's own keys are named: the body is never repeated.
    field = refused.field if target is not None and refused.field in target.types else ""
    return add_cors_headers(request, answer_refused(request, survey_key, refused, field), target)
