"""The leaves of a pasted JSON object as rows: `{"a": {"b": [1]}}` is the row `a.b[0]` with the number 1."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NoReturn

from django.utils.translation import gettext_lazy as _

from workflows.mapping.definition import Row
from workflows.mapping.keys import MAX_CHARACTERS, MAX_LEVELS, print_name
from workflows.mapping.paste_lines import Pasted
from workflows.mapping.values import replace_surrogates_in_text

_NOT_JSON = _("This is not JSON. Correct it here, or paste two columns.")
_A_LIST = _("This JSON is a list. Paste one object, with names and values.")
_NAMELESS = _("A value has no name. Give each of the object’s values a name.")
_TOO_DEEP = _("“%(key)s” is more than %(levels)s levels deep or %(characters)s characters long. Shorten it.")


class _Object(list[tuple[str, object]]):
    """An object's names and values, a name that stands twice included."""


class _Number(str):
    """A number as it is written."""

    __slots__ = ()


def read_leaves(text: str, pasted: Pasted) -> bool:
    """Whether `text` is JSON, or was meant to be; then its rows and problems are in `pasted`.

    Numbers, booleans and null give their row its type, and so does an empty object or list, which is of
    type json. Texts are values with their pipes.
    """
    start = text.lstrip()[:1]
    if start not in ("{", "["):
        return False
    try:
        found = _parse(text)
    except (ValueError, RecursionError) as error:  # RecursionError: ten thousand brackets
        first_line = text.lstrip().partition("\n")[0]
        if start == "[" or any(delimiter in first_line for delimiter in ("\t", "},")):
            return False
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 0
        pasted.refuse(line, _NOT_JSON)
        return True
    if not isinstance(found, _Object):
        pasted.refuse(0, _A_LIST)
        return True
    for row in _list_rows(found, pasted):
        pasted.add(0, row)
        if pasted.is_full:
            break
    return True


def _parse(text: str) -> object:
    return json.loads(
        text,
        object_pairs_hook=_Object,
        parse_int=_Number,
        parse_float=_Number,
        parse_constant=_refuse_constant,
    )


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _list_rows(root: _Object, pasted: Pasted) -> Iterator[Row]:
    """The leaves in their order, without recursion; what no key can name is refused."""
    pending: list[tuple[str, int, object]] = [("", 0, root)]
    while pending:
        key, level, node = pending.pop()
        is_nested = isinstance(node, list) and bool(node)
        if level and not key.strip():
            pasted.refuse(0, _NAMELESS)
        elif len(key) > MAX_CHARACTERS or level > MAX_LEVELS or (is_nested and level == MAX_LEVELS):
            pasted.refuse(0, _TOO_DEEP, key=key, levels=MAX_LEVELS, characters=MAX_CHARACTERS)
        elif isinstance(node, list) and is_nested:
            pending.extend(reversed(_list_children(key, level + 1, node)))
        elif level:
            yield _make_row(key, node)


def _list_children(key: str, level: int, node: list[object]) -> list[tuple[str, int, object]]:
    if not isinstance(node, _Object):
        return [(f"{key}[{place}]", level, value) for place, value in enumerate(node)]
    names = ((print_name(replace_surrogates_in_text(name)), value) for name, value in node)
    return [(f"{key}.{name}" if level > 1 else name, level, value) for name, value in names]


def _make_row(key: str, leaf: object) -> Row:
    if isinstance(leaf, _Number):
        return Row(key, str(leaf), "number")
    if isinstance(leaf, bool):
        return Row(key, "true" if leaf else "false", "boolean")
    if leaf is None:
        return Row(key, "", "null")
    if isinstance(leaf, list):
        return Row(key, "{}" if isinstance(leaf, _Object) else "[]", "json")
    return Row(key, replace_surrogates_in_text(str(leaf)).replace("\x00", ""))
