"""What the submit endpoint refuses, and in which words.

| status | code                                                                             |
|--------|----------------------------------------------------------------------------------|
| 400    | empty_body, incomplete_body, unreadable_body, not_an_object, not_finite,         |
|        | number_too_long, too_deep, nul_character, too_many_values, file_refused,         |
|        | invalid_idempotency_key, idempotency_key_reused, origin_not_allowed              |
| 404    | unknown_survey                                                                   |
| 405    | method_not_allowed                                                               |
| 413    | body_too_large                                                                   |
| 415    | unsupported_content_type, unsupported_charset, unsupported_encoding              |
| 503    | unavailable, backlog_full                                                        |

A message never repeats anything of the body.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _


class Refused(Exception):
    """A request that is answered with `status` and an error body; nothing of it was kept.

    `field` is the key of a survey field that the error is about, "" where it is about none.
    """

    def __init__(
        self,
        code: str,
        message: str,
        status: int = 400,
        field: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.status = status
        self.field = field
        self.headers = dict(headers or {})


def refuse_unknown_survey() -> Refused:
    """404: nobody has this key, or the survey was deleted."""
    message = _("No survey has this submit address. Copy it again from the survey's page.")
    return Refused("unknown_survey", message, status=404)


def refuse_method(form_address: str) -> Refused:
    """405, with the methods that work and where a person finds the form."""
    message = _(
        "Send answers to this address with POST. To answer the survey in a browser, open %(address)s"
    ) % {"address": form_address}
    return Refused("method_not_allowed", message, status=405, headers={"Allow": ALLOWED_METHODS})


class Unavailable(Refused):
    """503: nothing is wrong with the request, which may be sent again in `retry_seconds`."""

    def __init__(self, code: str, message: str, retry_seconds: int) -> None:
        super().__init__(code, message, status=503, headers={"Retry-After": str(retry_seconds)})


def refuse_unavailable() -> Unavailable:
    """The database did not take the submission, so nothing was promised."""
    message = _("The submission could not be stored. Nothing was kept. Send it again in a few seconds.")
    return Unavailable("unavailable", message, retry_seconds=10)


def refuse_uncertain() -> Unavailable:
    """The database did not answer in time: who sent a key finds out by sending again."""
    message = _(
        "The submission could not be stored in time. Send it again in a few seconds, "
        "with the same Idempotency-Key if it had one."
    )
    return Unavailable("unavailable", message, retry_seconds=10)


def refuse_full_disk() -> Unavailable:
    message = _("There is no room to store the submission. Nothing was kept. Send it again in a minute.")
    return Unavailable("unavailable", message, retry_seconds=60)


def refuse_full_backlog() -> Unavailable:
    """More waits to be sent to Segment than MAX_BACKLOG allows."""
    message = _("Too many submissions wait to be sent on. Nothing was kept. Send it again in a minute.")
    return Unavailable("backlog_full", message, retry_seconds=60)


ALLOWED_METHODS = "POST, OPTIONS, HEAD"
