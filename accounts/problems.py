"""What went wrong, in words that say what to do next."""

from __future__ import annotations

import math

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.errors import (
    AccountError,
    AccountInUseError,
    EmailElsewhereError,
    EmailTakenError,
    InvitationGoneError,
    LastAdminError,
    MissingWriteKeyError,
    NoTokenError,
    OtherWorkspaceError,
    SelfRemovalError,
    WriteKeyTakenError,
)
from accounts.fields import SecretUnreadableError
from segment.errors import (
    BadToken,
    Conflict,
    Invalid,
    NotFound,
    PermissionDenied,
    RateLimited,
    SegmentError,
    ServerFailed,
    TimedOut,
    Unreachable,
)

# What talking to Segment with an account may raise; `explain_problem` has words for each.
PROBLEMS = (SegmentError, AccountError, SecretUnreadableError)

# The first type that fits speaks, so a narrower type stands before the one it is made from.
_PLAIN: tuple[tuple[type[Exception], str | Promise], ...] = (
    (
        BadToken,
        gettext_lazy(
            "Segment does not know this token. Copy it again, whole and without spaces, or create a new one."
        ),
    ),
    (
        PermissionDenied,
        gettext_lazy(
            "Segment does not let this token do that. Create a token with the access level Workspace Owner "
            "and replace this one with it."
        ),
    ),
    (
        NotFound,
        gettext_lazy("Segment no longer has this source. Go back to the list and pick another one."),
    ),
    (
        Conflict,
        gettext_lazy(
            "The workspace already has a source with this name. Choose another name, or pick that source "
            "from the list."
        ),
    ),
    (TimedOut, gettext_lazy("Segment did not answer in time. Try again in a minute.")),
    (
        Unreachable,
        gettext_lazy("Segment cannot be reached from this server. Check its connection, then try again."),
    ),
    (
        ServerFailed,
        gettext_lazy("Segment has a problem of its own at the moment. Try again in a few minutes."),
    ),
    (
        SegmentError,
        gettext_lazy(
            "Segment gave an answer that Tributary does not understand. Try again; if it happens again, look "
            "at Segment's status page."
        ),
    ),
    (
        MissingWriteKeyError,
        gettext_lazy(
            "Segment did not show this source's write key, because the token lacks Source Admin permission. "
            "Replace the token with one whose access level is Workspace Owner."
        ),
    ),
    (
        WriteKeyTakenError,
        gettext_lazy("Your brand uses this write key already. Use the account that has it."),
    ),
    (
        NoTokenError,
        gettext_lazy("This account has a write key only. Choose an account with an API token for that."),
    ),
    (
        SecretUnreadableError,
        gettext_lazy(
            "The stored token cannot be decrypted. Replace the token, or ask the operator to put back the "
            "encryption key."
        ),
    ),
    (EmailTakenError, gettext_lazy("A person with this address is here already.")),
    (
        EmailElsewhereError,
        gettext_lazy("This address belongs to a person of another brand. Use another address."),
    ),
    (
        InvitationGoneError,
        gettext_lazy("This invitation was used, replaced or is over seven days old. Ask for a new one."),
    ),
    (
        LastAdminError,
        gettext_lazy("This is the brand's only admin. Make another person an admin first."),
    ),
    (SelfRemovalError, gettext_lazy("You cannot remove yourself. Ask another admin to do it.")),
)


def explain_problem(error: Exception) -> str:
    """A sentence or two for any error of `PROBLEMS` and any `PersonError`, with the way out."""
    if isinstance(error, RateLimited):
        return _explain_rate_limit(error.retry_after_seconds)
    if isinstance(error, Invalid):
        return _("Segment refused this: %(message)s Change it and try again.") % {
            "message": _end_sentence(error.message)
        }
    if isinstance(error, OtherWorkspaceError):
        return _(
            "This token belongs to the workspace %(found)s, but the account is for %(expected)s. "
            "Add it as a new account instead."
        ) % {"found": error.found, "expected": error.expected}
    if isinstance(error, AccountInUseError):
        return _explain_use(error)
    return next((str(text) for kind, text in _PLAIN if isinstance(error, kind)), "") or _(
        "Something unexpected went wrong. Try again."
    )


def _explain_rate_limit(retry_after_seconds: float | None) -> str:
    if retry_after_seconds is None:
        return _("Segment gets too many requests for this workspace. Wait a minute, then try again.")
    seconds = max(1, math.ceil(retry_after_seconds))
    return ngettext(
        "Segment asks to wait %(seconds)d second before the next request. Then try again.",
        "Segment asks to wait %(seconds)d seconds before the next request. Then try again.",
        seconds,
    ) % {"seconds": seconds}


def _explain_use(error: AccountInUseError) -> str:
    names = ", ".join(f"{use.workflow_name} ({use.event or _('draft')})" for use in error.uses)
    more = error.total - len(error.uses)
    if more > 0:
        names = _("%(names)s and %(more)d more") % {"names": names, "more": more}
    return ngettext(
        "A task uses this account: %(names)s. Choose another account there, or delete the task, first.",
        "Tasks use this account: %(names)s. Choose another account there, or delete the tasks, first.",
        error.total,
    ) % {"names": names}


def _end_sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."
