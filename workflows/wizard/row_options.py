"""What a row's type and its rule may be chosen from, and what screen readers call its parts."""

from __future__ import annotations

from functools import lru_cache

from django.utils.functional import Promise
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from workflows.mapping.casts import TYPES
from workflows.mapping.fallbacks import RULES

_Names = dict[str, str | Promise]

TYPE_NAMES: _Names = {
    "auto": pgettext_lazy("type of a value", "Automatic"),
    "string": pgettext_lazy("type of a value", "String"),
    "number": pgettext_lazy("type of a value", "Number"),
    "boolean": pgettext_lazy("type of a value", "Boolean"),
    "date": pgettext_lazy("type of a value", "Date"),
    "list": pgettext_lazy("type of a value", "List"),
    "json": pgettext_lazy("type of a value", "JSON"),
    "null": pgettext_lazy("type of a value", "Null"),
}
RULE_NAMES: _Names = {
    "leave_out": _("Leave out"),
    "null": _("Send null"),
    "empty_string": _("Send an empty string"),
    "default": _("Send a default"),
    "stop": _("Stop: reject the event"),
}
_LABELS: _Names = {
    "move": _("Move field %(n)s"),
    "key": _("Key of field %(n)s"),
    "value": _("Value of field %(n)s"),
    "type": _("Type of field %(n)s"),
    "if_invalid": _("If field %(n)s is empty or invalid"),
    "default": _("Default of field %(n)s"),
    "pipe": _("Insert piped text into the value of field %(n)s"),
    "remove": _("Remove field %(n)s"),
    "more": _("More for field %(n)s"),
    "duplicate": _("Duplicate field %(n)s"),
    "up": _("Move up field %(n)s"),
    "down": _("Move down field %(n)s"),
    # What stands on the page, the same in every row
    "key_text": _("Key"),
    "value_text": _("Value"),
    "if_text": _("If empty"),
    "duplicate_text": _("Duplicate"),
    "up_text": _("Move up"),
    "down_text": _("Move down"),
}


def type_options(chosen: str) -> SafeString:
    """The types as <option>s, `chosen` selected; one that is none of them is kept, as the last."""
    return _known_options("type", chosen, get_language()) if chosen in TYPES else _options(TYPE_NAMES, chosen)


def rule_options(chosen: str) -> SafeString:
    """The rules as <option>s, likewise."""
    return _known_options("rule", chosen, get_language()) if chosen in RULES else _options(RULE_NAMES, chosen)


def row_labels(number: int | str) -> dict[str, str]:
    """The labels of the row that the page calls `number`."""
    place = {"n": number}
    labels = {name: text % place for name, text in _known_labels(get_language()).items()}
    return labels | {"number": str(number)}


@lru_cache(maxsize=256)
def _known_options(kind: str, chosen: str, language: str | None) -> SafeString:
    return _options(TYPE_NAMES if kind == "type" else RULE_NAMES, chosen)


def _options(names: _Names, chosen: str) -> SafeString:
    choices = names if chosen in names else {**names, chosen: chosen}
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((value, " selected" if value == chosen else "", name) for value, name in choices.items()),
    )


@lru_cache(maxsize=32)
def _known_labels(language: str | None) -> dict[str, str]:
    return {name: str(text) for name, text in _LABELS.items()}
