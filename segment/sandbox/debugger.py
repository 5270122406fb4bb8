"""The debugger: what came in and what became of it, as JSON for programs and as a page for people."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import escape
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from segment.sandbox.events import EventStore, Record, Verdict
from segment.sandbox.http import JSON, Reply, Request, json_reply
from segment.sandbox.pages import render
from segment.sandbox.request_log import RequestLog, answer_requests
from segment.sandbox.state import State

PAGE_EVENTS = 100
UNKNOWN_SOURCE = "unknown"

_SHAPES = {Verdict.ACCEPTED: "●", Verdict.DUPLICATE: "◆", Verdict.REJECTED: "▲"}


@dataclass(frozen=True)
class Filter:
    """What the page shows; empty: everything. `source` is a source's id, or `unknown`."""

    source: str = ""
    verdict: str = ""

    def link_to(self, seq: int) -> str:
        chosen = {"source": self.source, "verdict": self.verdict, "seq": str(seq)}
        return f"/debugger?{urlencode({name: value for name, value in chosen.items() if value})}#h-event"


def answer_debugger(
    request: Request, path: tuple[str, ...], state: State, store: EventStore, log: RequestLog
) -> Reply:
    """Answer a request whose path under `/debugger` is `path`."""
    match (request.method, *path):
        case ("GET",):
            return _show_page(request, state, store)
        case ("GET", "events"):
            return _with_range(request, lambda after, limit: _list_events(store, after, limit))
        case ("GET", "requests"):
            return _with_range(request, lambda after, limit: answer_requests(log, after, limit))
    return json_reply(404, {"errors": [{"type": "not-found", "message": "There is nothing at this path."}]})


def _with_range(request: Request, answer: Callable[[int, int | None], Reply]) -> Reply:
    """Answer with the query's `after` and `limit`, or say which of them is no number."""
    numbers: dict[str, int | None] = {}
    for name in ("after", "limit"):
        text = request.query.get(name, "")
        if text and not (text.isascii() and text.isdecimal() and len(text) < 19):
            error = {"type": "bad-request", "message": f"{name} must be a whole number.", "field": name}
            return json_reply(400, {"errors": [error]})
        numbers[name] = int(text) if text else None
    return answer(numbers["after"] or 0, numbers["limit"])


def _list_events(store: EventStore, after: int, limit: int | None) -> Reply:
    records = store.after(after, limit)
    return Reply(200, b'{"events":[%s]}' % b",".join(record.line for record in records), JSON)


def _show_page(request: Request, state: State, store: EventStore) -> Reply:
    chosen = Filter(request.query.get("source", ""), request.query.get("verdict", ""))
    records = store.newest()
    labels = _label_sources(records, state)
    matching = (record for record in records if _matches(record, chosen, state))
    shown = list(islice(matching, PAGE_EVENTS))
    selected = _select(request.query.get("seq", ""), shown, store)
    return render(
        "debugger.html",
        sources=_options({"": "All sources", **labels}, chosen.source),
        verdicts=_options({"": "All verdicts", **{str(v): v.capitalize() for v in Verdict}}, chosen.verdict),
        rows="\n".join(_row(record, chosen, selected, state) for record in shown),
        summary=_summarise(len(shown), len(records)),
        detail=_show_detail(selected, state),
        follows="" if request.query.get("seq") else "data-follows",
    )


def _source_of(record: Record, state: State) -> tuple[str, str]:
    """The source's id and its name with its workspace's."""
    owner = state.owner_of(record.write_key)
    if owner is None:
        return UNKNOWN_SOURCE, "Unknown write key"
    return owner.source.id, f"{owner.workspace.name} / {owner.source.slug}"


def _label_sources(records: Iterable[Record], state: State) -> dict[str, str]:
    """The sources that have events, by id: a workspace may have thousands that have none."""
    one_of_each = {record.write_key: record for record in records}.values()
    return dict(sorted((_source_of(record, state) for record in one_of_each), key=lambda pair: pair[1]))


def _matches(record: Record, chosen: Filter, state: State) -> bool:
    if chosen.verdict and record.verdict != chosen.verdict:
        return False
    return not chosen.source or _source_of(record, state)[0] == chosen.source


def _select(seq: str, shown: list[Record], store: EventStore) -> Record | None:
    """The event that was asked for, else the newest one shown."""
    if seq.isascii() and seq.isdecimal() and 0 < len(seq) < 19:
        found = store.after(int(seq) - 1, limit=1)
        if found and found[0].seq == int(seq):
            return found[0]
    return shown[0] if shown else None


def _options(choices: dict[str, str], chosen: str) -> str:
    return "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(label)}</option>'
        for value, label in choices.items()
    )


def _row(record: Record, chosen: Filter, selected: Record | None, state: State) -> str:
    raw = json.loads(record.line)
    current = ' aria-current="true"' if selected and selected.seq == record.seq else ""
    return (
        f'<li data-seq="{record.seq}"><a href="{escape(chosen.link_to(record.seq))}"{current}>'
        f'<span class="verdict {record.verdict}">{_SHAPES[record.verdict]} {record.verdict}</span>'
        f'<span class="what">{escape(_headline(raw["event"]))}</span>'
        f'<span class="who">{escape(_who(raw["event"]))}</span>'
        f'<span class="where">{escape(_source_of(record, state)[1])}</span>'
        f'<time datetime="{raw["received_at"]}">{raw["received_at"][11:23]}</time></a></li>'
    )


def _headline(event: dict[str, Any]) -> str:
    name = event.get("event") or event.get("name") or ""
    return f"{event.get('type', 'no type')} {name}".strip()[:120]


def _who(event: dict[str, Any]) -> str:
    return str(event.get("userId") or event.get("anonymousId") or "nobody")[:120]


def _summarise(shown: int, held: int) -> str:
    if not held:
        return "No event has come in yet. Send one, and it appears here."
    if not shown:
        return "No event matches the filter."
    return f"The newest {shown:,} of {held:,} events held in memory."


def _show_detail(record: Record | None, state: State) -> str:
    if record is None:
        return '<p class="empty">Choose an event to see it here.</p>'
    raw = json.loads(record.line)
    facts = [
        ("Verdict", f"{_SHAPES[record.verdict]} {record.verdict}"),
        ("Reason", raw.get("reason", "")),
        ("Source", _source_of(record, state)[1]),
        ("Region", f"/{raw['region']}"),
        ("Received", raw["received_at"]),
        ("Number", str(record.seq)),
    ]
    terms = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in facts if value)
    text = escape(json.dumps(raw["event"], indent=2, ensure_ascii=False))
    return f'<dl>{terms}</dl><pre tabindex="0" role="region" aria-label="The event as JSON">{text}</pre>'
