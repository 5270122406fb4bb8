from __future__ import annotations

from html.parser import HTMLParser

import pytest
import requests

from segment.sandbox import RunningSandbox, start_sandbox
from segment.sandbox.fixtures import DEMO_WRITE_KEY, TOKENS, source_id, write_key
from tests.segment.helpers import identify, records, send


class Outline(HTMLParser):
    """The rows of the list and the options of the filters."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[str] = []
        self.links: list[str] = []
        self.options: list[str] = []
        self._seq = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "li" and values.get("data-seq"):
            self.rows.append(values["data-seq"] or "")
        if tag == "a" and "seq=" in (values.get("href") or ""):
            self.links.append(values["href"] or "")
        if tag == "option":
            self.options.append(values.get("value") or "")


def page(sandbox: RunningSandbox, query: str = "") -> str:
    answer = requests.get(f"{sandbox.url}/debugger{query}", timeout=10)
    assert answer.status_code == 200
    return answer.text


@pytest.fixture
def filled(sandbox: RunningSandbox) -> RunningSandbox:
    send(sandbox, identify("m1", traits={"name": "<b>Ada</b> & ü"}))
    send(sandbox, identify("m1"), write_key=write_key("acme", "mobile-app"))
    send(sandbox, {"type": "track", "userId": "grace"})
    send(sandbox, identify("m2"), write_key="nope")
    return sandbox


def test_after_gives_only_later_events_and_limit_bounds_them(filled: RunningSandbox) -> None:
    def seqs(query: str) -> list[int]:
        answer = requests.get(f"{filled.url}/debugger/events{query}", timeout=5)
        return [record["seq"] for record in answer.json()["events"]]

    assert seqs("") == [1, 2, 3, 4]
    assert seqs("?after=0") == [1, 2, 3, 4]
    assert seqs("?after=2") == [3, 4]
    assert seqs("?after=1&limit=2") == [2, 3]
    assert seqs("?after=4") == []
    assert seqs("?after=99") == []


@pytest.mark.parametrize("query", ["after=x", "after=-1", "limit=x", "after=" + "9" * 30])
def test_bad_numbers_are_400(sandbox: RunningSandbox, query: str) -> None:
    answer = requests.get(f"{sandbox.url}/debugger/events?{query}", timeout=5)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, query.partition("=")[0])


def test_only_the_last_events_are_kept_in_memory_but_all_ids_are_known() -> None:
    running = start_sandbox(keep=3)
    try:
        for number in range(5):
            send(running, identify(f"m{number}"))
        send(running, identify("m0"))

        assert [(record["seq"], record["verdict"]) for record in records(running)] == [
            (4, "accepted"),
            (5, "accepted"),
            (6, "duplicate"),
        ]
    finally:
        running.stop()


def test_the_page_lists_the_newest_first_and_shows_the_newest(filled: RunningSandbox) -> None:
    outline = Outline(page(filled))

    assert outline.rows == ["4", "3", "2", "1"]
    assert "unknown write key" in page(filled)


def test_an_event_can_be_chosen_and_its_texts_are_escaped(filled: RunningSandbox) -> None:
    text = page(filled, "?seq=1")

    assert "&lt;b&gt;Ada&lt;/b&gt; &amp; ü" in text
    assert "<b>Ada" not in text


def test_every_link_leads_to_its_event(filled: RunningSandbox) -> None:
    for link, seq in zip(Outline(page(filled)).links, ["4", "3", "2", "1"], strict=True):
        text = requests.get(filled.url + link, timeout=5).text
        assert f"<dt>Number</dt><dd>{seq}</dd>" in text


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("?verdict=accepted", ["1"]),
        ("?verdict=duplicate", ["2"]),
        ("?verdict=rejected", ["4", "3"]),
        (f"?source={source_id('acme', 'website')}", ["3", "1"]),
        (f"?source={source_id('acme', 'website')}&verdict=rejected", ["3"]),
        ("?source=unknown", ["4"]),
        ("?source=nonsense", []),
    ],
)
def test_the_filters(filled: RunningSandbox, query: str, rows: list[str]) -> None:
    assert Outline(page(filled, query)).rows == rows


def test_the_source_filter_offers_the_sources_that_have_events(filled: RunningSandbox) -> None:
    assert Outline(page(filled)).options == [
        "",
        source_id("acme", "mobile-app"),
        source_id("acme", "website"),
        "unknown",
        "",
        "accepted",
        "duplicate",
        "rejected",
    ]


def test_write_keys_are_not_on_the_debuggers_page(filled: RunningSandbox) -> None:
    for query in ("", "?seq=1", "?source=unknown"):
        assert DEMO_WRITE_KEY not in page(filled, query)
        assert "nope" not in page(filled, query)


@pytest.mark.parametrize("query", ["", "?seq=1", "?seq=x", "?seq=999999999999999999999", "?verdict=%22%3E"])
def test_an_empty_debugger_says_so(sandbox: RunningSandbox, query: str) -> None:
    assert "No event has come in yet" in page(sandbox, query)


def test_odd_events_do_not_break_the_page(sandbox: RunningSandbox) -> None:
    send(sandbox, 5, {"type": {"a": 1}, "event": ["x"], "userId": {"b": "\ud800"}})

    assert Outline(page(sandbox)).rows == ["2", "1"]


def test_the_root_page_tells_the_tokens_and_the_faults(sandbox: RunningSandbox) -> None:
    text = requests.get(sandbox.url, timeout=5).text

    assert [token for token in TOKENS if token not in text] == []
    assert [kind for kind in ("deaf", "reset_after_accept", "refuse_event") if kind not in text] == []
    assert 'href="/debugger"' in text
    assert 'href="/faults"' in text


@pytest.mark.parametrize("path", ["/", "/debugger", "/sandbox.css", "/debugger.js"])
def test_every_page_has_a_strict_policy_and_no_inline_code(sandbox: RunningSandbox, path: str) -> None:
    answer = requests.get(sandbox.url + path, timeout=5)

    policy = answer.headers["Content-Security-Policy"]
    assert answer.status_code == 200
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert [
        word for word in (" style=", "<style", " onclick", "http://", "https://") if word in answer.text
    ] == (
        ["http://"] if path == "/" else []  # the example of a fault, not a link
    )


@pytest.mark.parametrize("path", ["/nope", "/debugger/nope", "/us/v1x", "/../state.py", "/sandbox.css/x"])
def test_what_is_not_there_is_404(sandbox: RunningSandbox, path: str) -> None:
    session = requests.Session()
    prepared = session.prepare_request(requests.Request("GET", sandbox.url))
    prepared.url = sandbox.url + path

    assert session.send(prepared, timeout=5).status_code in (404, 401)
