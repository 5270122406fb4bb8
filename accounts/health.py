"""How an account's health is shown: a state of the `{% status %}` tag, a word, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import AccountHealth, SegmentAccount


@dataclass(frozen=True)
class Health:
    """`advice` is empty when nothing needs doing."""

    state: str
    label: str
    advice: str = ""


def describe_health(account: SegmentAccount) -> Health:
    if not account.has_token:
        return Health(
            "unknown",
            _("Cannot be checked"),
            _(
                "Segment offers no way to check a write key. Send a test event and look for it in the "
                "debugger of the source."
            ),
        )
    if account.health == AccountHealth.NO_SOURCE_ADMIN:
        return Health("warning", _("Token lacks Source Admin"), _no_source_admin())
    if account.health == AccountHealth.BAD_TOKEN:
        return Health("bad", _("Token refused"), _refused())
    if account.health == AccountHealth.UNCHECKED:
        return Health("unknown", _("Not checked"), _("Check it to see whether Segment knows the token."))
    return Health("good", _("Connected"))


def _no_source_admin() -> str:
    return _(
        "Segment hides the sources' write keys from this token: sources can be seen, but neither picked nor "
        "created. Replace it with a token whose access level is Workspace Owner."
    )


def _refused() -> str:
    return _(
        "Segment no longer knows this token. Saved tasks still send, since they use the write key of their "
        "source; picking or creating a source does not work. Replace the token."
    )
