"""What no draft can hold, whatever the mapping language says of it: too much text, and null characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from segment.limits import MAX_EVENT_BYTES
from workflows.wizard.extras import CONTEXT_PREFIX, Extras, name_context
from workflows.wizard.rows import MAX_ROWS, FormRow

MAX_TEXT_BYTES = MAX_EVENT_BYTES  # of a key, a value or any other text: it would fill an event by itself
MAX_INTEGRATIONS = 100


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reason not to keep the form, and the input it is about. `where` is as with a finding."""

    where: str
    subject: str
    anchor: str
    message: str


@dataclass(frozen=True, slots=True)
class _Text:
    where: str
    subject: str
    anchor: str
    text: str


def find_refusals(rows: Sequence[FormRow], ids: Sequence[tuple[str, str]], extras: Extras) -> list[Refusal]:
    """Everything that stands against keeping the form; `ids` are the two ids' names and texts."""
    return [*_check_counts(rows, extras), *_check_texts(rows, ids, extras)]


def _check_counts(rows: Sequence[FormRow], extras: Extras) -> Iterator[Refusal]:
    count = sum(not row.is_blank for row in rows)
    if count > MAX_ROWS:
        message = _("A task has at most %(limit)s fields, and these are %(count)s. Remove some.")
        yield Refusal("event", _("The event"), "rows", message % {"limit": MAX_ROWS, "count": count})
    if len(extras.integrations) > MAX_INTEGRATIONS:
        message = _("A task has at most %(limit)s integrations. Remove some.") % {"limit": MAX_INTEGRATIONS}
        yield Refusal("integrations", _("Integrations"), "integrations", message)
    elif name := extras.repeated_integration:
        message = _("The integration “%(name)s” is listed twice. Take one of the two out.")
        yield Refusal("integrations", _("Integrations"), "integrations", message % {"name": name[:60]})


def _check_texts(
    rows: Sequence[FormRow], ids: Sequence[tuple[str, str]], extras: Extras
) -> Iterator[Refusal]:
    for item in _list_texts(rows, ids, extras):
        text = item.text
        if "\x00" in text:
            message = _("“%(name)s” has a null character, which cannot be stored. Type it again.")
            yield Refusal(item.where, item.subject, item.anchor, message % {"name": item.subject})
        # A character has four bytes at most: nearly every text is known to be short without a look at it.
        elif len(text) * 4 > MAX_TEXT_BYTES and (size := len(text.encode(errors="replace"))) > MAX_TEXT_BYTES:
            message = _("“%(name)s” has %(size)s KB, and at most %(limit)s KB can be kept. Shorten it.")
            numbers = {"size": -(-size // 1024), "limit": MAX_TEXT_BYTES // 1024}
            yield Refusal(item.where, item.subject, item.anchor, message % {"name": item.subject, **numbers})


def _list_texts(rows: Sequence[FormRow], ids: Sequence[tuple[str, str]], extras: Extras) -> Iterator[_Text]:
    names = {"user_id": _("User ID"), "anonymous_id": _("Anonymous ID")}
    for name, text in ids:
        yield _Text(name, names[name], f"id_{name}", text)
    for row in rows:
        subject = row.key.strip().replace("\x00", "")[:60] or _("Field %(n)s") % {"n": row.number}
        joined = f"{row.key}{row.value}{row.type}{row.if_invalid}{row.default}"
        yield _Text(row.name, subject, f"{row.name}-value", joined)
    yield _Text("timestamp", _("Timestamp"), "id_timestamp", extras.timestamp)
    for name, text in extras.context:
        where = f"{CONTEXT_PREFIX}{name}"
        yield _Text(where, name_context(name)[:60].replace("\x00", ""), f"id_{where}", name + text)
    for name, _is_on in extras.integrations:
        yield _Text("integrations", _("Integrations"), "integrations", name)
