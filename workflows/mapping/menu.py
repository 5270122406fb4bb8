"""The `{a}` menu: every pipe that a survey offers, grouped, with each one's label and sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from workflows.mapping.definition import Field
from workflows.mapping.fields import write_pipe
from workflows.mapping.filters import FILTERS
from workflows.mapping.problems import shorten
from workflows.mapping.values import find_fault, print_text, replace_surrogates_in_text

_KINDS = {
    "question": gettext_lazy("Questions"),
    "embedded": gettext_lazy("Embedded data"),
    "contact": pgettext_lazy("kind of field", "Contact"),
}


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One pipe; `sample` is the field's sample as a text of at most 60 characters, "" where there is none."""

    label: str
    pipe: str
    sample: str


@dataclass(frozen=True, slots=True)
class FilterItem:
    """One filter: its name, what to put before a pipe's closing brace, and a line on what it does."""

    name: str
    text: str
    help: str


@dataclass(frozen=True, slots=True)
class MenuGroup:
    """Pipes of one kind, in the survey's order; never empty."""

    label: str
    items: tuple[MenuItem, ...]


def pipe_menu(fields: Sequence[Field]) -> tuple[MenuGroup, ...]:
    """The groups of the kinds of field, Response, and Date and chance, without those that have nothing."""
    count = Counter(field.key for field in fields)
    response = MenuItem(_("Response ID"), "${rm://Field/ResponseID}", "")
    groups = []
    for kind, label in _KINDS.items():
        found = [field for field in fields if field.kind == kind and field.key]
        items = tuple(_make_item(field, count[field.key] > 1) for field in found)
        groups.append(MenuGroup(str(label), items))
    groups.append(MenuGroup(_("Response"), (response,)))
    groups.append(MenuGroup(_("Date and chance"), _list_others()))
    return tuple(group for group in groups if group.items)


def filter_menu() -> tuple[FilterItem, ...]:
    """Every filter, in the order of the registry."""
    return tuple(FilterItem(entry.name, f"| {entry.usage}", str(entry.help)) for entry in FILTERS.values())


def _list_others() -> tuple[MenuItem, ...]:
    return (
        MenuItem(_("Date received, ISO 8601"), "${date://CurrentDate/c}", ""),
        MenuItem(_("Date received, year-month-day"), "${date://CurrentDate/Y-m-d}", ""),
        MenuItem(_("Random number from 1 to 100"), "${rand://int/1:100}", ""),
    )


def _make_item(field: Field, is_ambiguous: bool) -> MenuItem:
    sample = "" if find_fault(field.sample) else shorten(replace_surrogates_in_text(print_text(field.sample)))
    return MenuItem(field.label or field.key, write_pipe(field, is_ambiguous), sample)
