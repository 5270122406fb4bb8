"""What a stored answer may hold: no NUL character, no lone surrogate, nothing nested past reason.

PostgreSQL takes no NUL in text or JSON, and UTF-8 carries no lone surrogate: so that what is accepted can be
stored and sent anywhere, NUL is refused, and a surrogate (an emoji cut in half) becomes U+FFFD.
"""

from __future__ import annotations

from typing import Any, cast

from django.utils.translation import gettext as _

from workflows.intake.refusals import Refused
from workflows.mapping.values import MAX_DEPTH, replace_surrogates


def require_sound(answers: dict[str, Any]) -> dict[str, Any]:
    """`answers`, mended where a surrogate stood alone; refused when too deep or with a NUL character.

    `Refused.field` is the answer's key: the caller keeps it only where the survey knows that key.
    """
    for key, value in answers.items():
        if "\0" in key:
            raise _refuse_nul("")
        _check(key, value)
    return cast(dict[str, Any], replace_surrogates(answers))


def refuse_depth(field: str = "") -> Refused:
    message = _("An answer is nested more than %(limit)d levels deep. Flatten it.") % {"limit": MAX_DEPTH}
    return Refused("too_deep", message, field=field)


def _check(field: str, value: object) -> None:
    pending: list[tuple[object, int]] = [(value, 1)]
    while pending:
        node, depth = pending.pop()
        if depth > MAX_DEPTH:
            raise refuse_depth(field)
        if isinstance(node, str):
            if "\0" in node:
                raise _refuse_nul(field)
        elif isinstance(node, list):
            pending.extend((child, depth + 1) for child in node)
        elif isinstance(node, dict):
            if any("\0" in key for key in node):
                raise _refuse_nul(field)
            pending.extend((child, depth + 1) for child in node.values())


def _refuse_nul(field: str) -> Refused:
    message = _("A text holds the NUL character, which cannot be stored. Remove it.")
    return Refused("nul_character", message, field=field)
