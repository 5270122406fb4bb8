"""What the buttons of the rows do to them. Pure: rows in, rows and a sentence about it out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workflows.mapping.definition import Row
from workflows.mapping.paste import Paste
from workflows.mapping.problems import shorten
from workflows.mapping.values import replace_surrogates_in_text
from workflows.wizard.rows import MAX_ROWS, FormRow, next_number

Rows = tuple[FormRow, ...]
MAX_DETAILS = 10
MAX_UNDO_CHARACTERS = 256 * 1024  # past it, going back is not offered: the page would double


@dataclass(frozen=True, slots=True)
class Change:
    """Rows after a button was pressed. `text` says what was done, `details` what was not.

    `is_refused`: nothing was done at all.
    """

    rows: Rows
    text: str = ""
    details: tuple[str, ...] = ()
    is_refused: bool = False


def add_row(rows: Rows) -> Change:
    """A blank row at the end, where the focus goes."""
    if len(rows) >= MAX_ROWS:
        return _refuse_more(rows)
    return Change((*rows, FormRow(next_number(rows), has_focus=True)))


def remove_row(rows: Rows, number: int) -> Change:
    left = tuple(row for row in rows if row.number != number)
    gone = next((row for row in rows if row.number == number), None)
    if gone is None:
        return Change(rows)
    return Change(left, _("Removed the field “%(key)s”.") % {"key": _name(gone)})


def duplicate_row(rows: Rows, number: int) -> Change:
    """A copy right below; its key is the same until it is typed over, and is a finding until then."""
    if len(rows) >= MAX_ROWS:
        return _refuse_more(rows)
    place = _find_place(rows, number)
    if place is None:
        return Change(rows)
    copy = replace(rows[place], number=next_number(rows), has_focus=True)
    text = _("Duplicated the field “%(key)s”. Type another key for the copy.") % {"key": _name(copy)}
    return Change((*rows[: place + 1], copy, *rows[place + 1 :]), text)


def move_row(rows: Rows, number: int, offset: int) -> Change:
    """The row one place up (`offset` -1) or down (1), where there is one."""
    place = _find_place(rows, number)
    if place is None or not 0 <= place + offset < len(rows):
        return Change(rows)
    moved = list(rows)
    moved[place + offset], moved[place] = replace(rows[place], has_focus=True), rows[place + offset]
    return Change(tuple(moved))


def paste_rows(rows: Rows, paste: Paste) -> Change:
    """Pasted rows put in last; one whose key is there already gives that row its value and type."""
    problems = [str(problem) for problem in paste.problems]
    if not paste.rows:
        text = _("Nothing was pasted. Paste two columns from a spreadsheet, or a JSON object.")
        return Change(rows, text, _cut(problems), is_refused=True)
    places = {row.key.strip(): place for place, row in enumerate(rows) if row.key.strip()}
    changed, added, replaced = list(rows), [], 0
    for row in map(_clean, paste.rows):
        place = places.pop(row.key.strip(), None)
        if place is None:
            added.append(row)
        else:
            old = rows[place]
            changed[place] = replace(old, value=row.value, type=old.type if row.type == "auto" else row.type)
            replaced += 1
    done, left_out = _append(tuple(changed), added)
    counts = _count_added(len(added) - left_out, replaced)
    return Change(done, counts, _cut([*_say_left_out(left_out), *problems]))


def map_rows(rows: Rows, suggested: Sequence[Row]) -> Change:
    """A row for each field that has none yet, put in last."""
    if not suggested:
        return Change(rows, _("Every field of the survey is mapped already."))
    done, left_out = _append(rows, [_clean(row) for row in suggested])
    return Change(done, _count_added(len(suggested) - left_out, 0), tuple(_say_left_out(left_out)))


def undo(rows: Rows, kept: str) -> Change:
    """The rows as they were kept by `print_rows`."""
    before = _read_kept(kept)
    if before is None:
        return Change(rows, _("There is nothing to undo."), is_refused=True)
    return Change(before, _("The fields are as they were before."))


def print_rows(rows: Rows) -> str:
    """The rows as JSON for `undo`; "" when there is too much of it."""
    text = json.dumps([row.to_row().to_json() for row in rows], ensure_ascii=False)
    return text if len(text) <= MAX_UNDO_CHARACTERS else ""


def _read_kept(kept: str) -> Rows | None:
    try:
        found = json.loads(kept)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, list) or len(found) > MAX_ROWS:
        return None
    return tuple(
        FormRow.from_row(number, _clean(Row.from_json(row))) for number, row in enumerate(found, start=1)
    )


def _append(rows: Rows, added: Sequence[Row]) -> tuple[Rows, int]:
    """`rows` with `added`, the blank ones filled first, and how many there was no room for."""
    changed = list(rows)
    blanks = [place for place, row in enumerate(rows) if row.is_blank]
    number = next_number(rows)
    is_first = True
    for index, row in enumerate(added):
        if index < len(blanks):
            place = blanks[index]
            changed[place] = replace(FormRow.from_row(rows[place].number, row), has_focus=is_first)
        elif len(changed) < MAX_ROWS:
            changed.append(replace(FormRow.from_row(number, row), has_focus=is_first))
            number += 1
        else:
            return tuple(changed), len(added) - index
        is_first = False
    return tuple(changed), 0


def _clean(row: Row) -> Row:
    """`row` without lone surrogates, which no page could show."""
    texts = (row.key, row.value, row.type, row.if_invalid, row.default)
    return Row(*map(replace_surrogates_in_text, texts))


def _count_added(added: int, replaced: int) -> str:
    new = ngettext("%(count)s field added", "%(count)s fields added", added) % {"count": added}
    if not replaced:
        return f"{new}."
    old = ngettext("%(count)s replaced", "%(count)s replaced", replaced) % {"count": replaced}
    return f"{new}, {old}."


def _say_left_out(count: int) -> list[str]:
    if not count:
        return []
    text = ngettext(
        "%(count)s was left out: a task has at most %(limit)s fields. Remove some first.",
        "%(count)s were left out: a task has at most %(limit)s fields. Remove some first.",
        count,
    )
    return [text % {"count": count, "limit": MAX_ROWS}]


def _cut(details: Sequence[str]) -> tuple[str, ...]:
    more = len(details) - MAX_DETAILS
    if more <= 0:
        return tuple(details)
    return (*details[:MAX_DETAILS], _("and %(count)s more") % {"count": more})


def _refuse_more(rows: Rows) -> Change:
    text = _("A task has at most %(limit)s fields. Remove one first.") % {"limit": MAX_ROWS}
    return Change(rows, text, is_refused=True)


def _find_place(rows: Rows, number: int) -> int | None:
    return next((place for place, row in enumerate(rows) if row.number == number), None)


def _name(row: FormRow) -> str:
    return shorten(row.key.strip()) or _("No key")
