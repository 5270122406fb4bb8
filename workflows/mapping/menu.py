"""The `{a}` menu: every pipe that a survey offers, grouped, with each one's label and sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from workflows.mapping.definition import Field
from workflows.mapping.fields import write_pipe
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
class MenuGroup:
    """Pipes of one kind, in the survey's order; never empty."""

    label: str
    items: tuple[MenuItem, ...]


def pipe_menu(fields: Sequence[Field]) -> tuple[MenuGroup, ...]:
    """The groups Questions, Embedded data, Contact and Response, without those that have nothing."""
    count = Counter(field.key for field in fields)
    response = MenuItem(_("Response ID"), "${rm://Field/ResponseID}", "")
    groups = []
    for kind, label in _KINDS.items():
        found = [field for field in fields if field.kind == kind and field.key]
        items = tuple(_make_item(field, count[field.key] > 1) for field in found)
        groups.append(MenuGroup(str(label), items))
    groups.append(MenuGroup(_("Response"), (response,)))
    return tuple(group for group in groups if group.items)


def _make_item(field: Field, is_ambiguous: bool) -> MenuItem:
    sample = "" if find_fault(field.sample) else shorten(replace_surrogates_in_text(print_text(field.sample)))
    return MenuItem(field.label or field.key, write_pipe(field, is_ambiguous), sample)
