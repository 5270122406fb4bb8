"""What each row yields for the sample, in a sentence: beside the row, and in the list *Mapped fields*."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from workflows.mapping.event import RowResult
from workflows.mapping.values import encode

MAX_VALUE_CHARACTERS = 120


@dataclass(frozen=True, slots=True)
class RowLine:
    """One row's yield. `status` is "sent", "left_out", "failed" or, for a row without content, "blank".

    `value` is short JSON, `type` its JSON type; `text` says all of it.
    """

    number: int
    key: str
    value: str
    type: str
    status: str
    was_cast: bool
    is_fallback: bool
    text: str

    @property
    def name(self) -> str:
        """The row's name in the form."""
        return f"row-{self.number}"


def make_line(row: RowResult, number: int, is_blank: bool = False) -> RowLine:
    """The line of `row`, which the form calls `number`."""
    status = "blank" if is_blank else row.status
    value = _shorten(encode(row.value)) if status == "sent" else ""
    return RowLine(
        number,
        row.key,
        value,
        row.type,
        status,
        row.was_cast,
        row.is_fallback,
        _describe(row, status, value),
    )


def _describe(row: RowResult, status: str, value: str) -> str:
    if status == "left_out":
        return _("left out: empty")
    if status == "failed":
        return _("not sent")
    if status == "blank":
        return ""
    if row.is_fallback:
        return _("%(value)s · sent instead of an empty or invalid value") % {"value": value}
    if row.type == "null":
        return value
    text = _("%(value)s · %(type)s, cast") if row.was_cast else _("%(value)s · %(type)s")
    return text % {"value": value, "type": row.type}


def _shorten(text: str) -> str:
    return text if len(text) <= MAX_VALUE_CHARACTERS else text[: MAX_VALUE_CHARACTERS - 1] + "…"


def mapped_table(lines: Iterable[RowLine]) -> SafeString:
    """The lines as a table. A row without content is in it, hidden, for what stands beside it in the form."""
    rows = format_html_join(
        "",
        '<tr data-row="{}" data-status="{}"{}><th scope="row">{}</th><td>{}</td></tr>',
        (
            (line.name, line.status, " hidden" if line.status == "blank" else "", line.key or "–", line.text)
            for line in lines
        ),
    )
    return format_html(
        '<table><thead><tr><th scope="col">{}</th><th scope="col">{}</th></tr></thead>'
        "<tbody>{}</tbody></table>",
        _("Key"),
        _("Sent as"),
        rows,
    )
