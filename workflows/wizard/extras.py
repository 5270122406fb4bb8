"""Time, context and integrations: the part of the mapping form that most tasks leave folded.

Posted are `timestamp`, `context-<name>`, and `integration-N-name` with `integration-N-on` ("on" or "off").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from workflows.mapping.definition import Definition
from workflows.mapping.extras import CONTEXT_NAMES
from workflows.mapping.problems import Problem

CONTEXT_PREFIX = "context-"
_MOST_READ = 200  # of each kind: no form of ours posts as many, and the rest is not looked at
_SWITCH = re.compile(r"integration-(\d{1,9})-(name|on)")

_TIMESTAMP = (
    _("Timestamp"),
    _("When it happened, if not when the submission was received: a date such as 2025-03-31T14:05:00Z."),
)
_CONTEXT: dict[str, tuple[str | Promise, str | Promise]] = {
    "ip": (_("IP address"), _("ip, such as 192.0.2.7")),
    "locale": (_("Locale"), _("locale, such as en-US")),
    "timezone": (_("Time zone"), _("timezone, such as Europe/Vienna")),
    "userAgent": (_("User agent"), _("userAgent, the browser’s name")),
    "page.url": (_("Page URL"), _("page.url, the whole address")),
    "page.path": (_("Page path"), _("page.path, such as /feedback")),
    "page.referrer": (_("Page referrer"), _("page.referrer, the page before")),
    "page.search": (_("Page search"), _("page.search, such as ?plan=pro")),
    "page.title": (_("Page title"), _("page.title, as its tab shows it")),
    "campaign.name": (_("Campaign name"), _("campaign.name, from utm_campaign")),
    "campaign.source": (_("Campaign source"), _("campaign.source, from utm_source")),
    "campaign.medium": (_("Campaign medium"), _("campaign.medium, from utm_medium")),
    "campaign.term": (_("Campaign term"), _("campaign.term, from utm_term")),
    "campaign.content": (_("Campaign content"), _("campaign.content, from utm_content")),
}


@dataclass(frozen=True, slots=True)
class Switch:
    """One integration: its name in Segment, and whether it gets the event."""

    number: int
    name: str = ""
    is_on: bool = True

    @property
    def text(self) -> str:
        """The number as its names on the page have it, whatever the language."""
        return str(self.number)


@dataclass(frozen=True, slots=True)
class Extras:
    """What was typed. `context` holds texts by name, those that Segment does not know too."""

    timestamp: str = ""
    context: tuple[tuple[str, str], ...] = ()
    switches: tuple[Switch, ...] = ()

    @property
    def integrations(self) -> tuple[tuple[str, bool], ...]:
        """The switches that have a name."""
        return tuple((switch.name.strip(), switch.is_on) for switch in self.switches if switch.name.strip())

    @property
    def is_blank(self) -> bool:
        return not (self.timestamp.strip() or self.context or self.integrations)

    @property
    def repeated_integration(self) -> str:
        """The first name that two switches have; "" for none."""
        names = [name for name, _on in self.integrations]
        return next((name for index, name in enumerate(names) if name in names[:index]), "")


@dataclass(frozen=True, slots=True)
class ExtraField:
    """An input of the folded part; `problems` are those found without a submission."""

    name: str
    label: str
    hint: str
    value: str
    problems: tuple[Problem, ...]

    @property
    def is_invalid(self) -> bool:
        return any(problem.level == "error" for problem in self.problems)


@dataclass(frozen=True, slots=True)
class ExtrasPart:
    """All that `wizard/_extras.html` shows. The last of `switches` is blank, for one more."""

    timestamp: ExtraField
    context: tuple[ExtraField, ...]
    switches: tuple[Switch, ...]
    context_problems: tuple[Problem, ...]
    switch_problems: tuple[Problem, ...]
    is_open: bool


def read_extras(data: Mapping[str, Any]) -> Extras:
    """What was posted, in the order of the page."""
    context: list[tuple[str, str]] = []
    switches: dict[int, dict[str, str]] = {}
    for name in data:
        if name.startswith(CONTEXT_PREFIX) and len(context) < _MOST_READ:
            context.append((name.removeprefix(CONTEXT_PREFIX), str(data[name])))
        elif name.startswith("integration-") and (match := _SWITCH.fullmatch(name)):
            if len(switches) >= _MOST_READ:
                continue
            switches.setdefault(int(match[1]), {})[match[2]] = str(data[name])
    return Extras(
        str(data.get("timestamp", "")),
        tuple((name, text) for name, text in context if text.strip()),
        tuple(
            Switch(number, found.get("name", ""), found.get("on") != "off")
            for number, found in switches.items()
        ),
    )


def stored_extras(definition: Definition) -> Extras:
    """What the draft has."""
    switches = (Switch(number, *pair) for number, pair in enumerate(definition.integrations, start=1))
    return Extras(definition.timestamp, definition.context, tuple(switches))


def show_extras(extras: Extras, problems: Iterable[Problem]) -> ExtrasPart:
    """The folded part with its problems; open when there is anything in it."""
    found: dict[str, list[Problem]] = {}
    for problem in problems:
        if problem.row_index is None:
            found.setdefault(problem.where, []).append(problem)
    texts = dict(extras.context)
    names = [*CONTEXT_NAMES, *(name for name in texts if name not in CONTEXT_NAMES)]
    fields = tuple(_make_field(f"{CONTEXT_PREFIX}{name}", texts.get(name, ""), found) for name in names)
    return ExtrasPart(
        timestamp=_make_field("timestamp", extras.timestamp, found),
        context=fields,
        switches=_offer_switches(extras.switches),
        context_problems=tuple(found.get("context", ())),
        switch_problems=tuple(found.get("integrations", ())),
        is_open=not extras.is_blank,
    )


def name_context(name: str) -> str:
    """What the page calls a field of the context."""
    return str(_CONTEXT[name][0]) if name in _CONTEXT else name


def _make_field(name: str, value: str, found: Mapping[str, list[Problem]]) -> ExtraField:
    plain = name.removeprefix(CONTEXT_PREFIX)
    label, hint = _TIMESTAMP if name == "timestamp" else _CONTEXT.get(plain, (plain, plain))
    return ExtraField(name, str(label), str(hint), value, tuple(found.get(name, ())))


def _offer_switches(switches: Sequence[Switch]) -> tuple[Switch, ...]:
    named = [switch for switch in switches if switch.name.strip()]
    return (*named, Switch(max((switch.number for switch in named), default=0) + 1))
