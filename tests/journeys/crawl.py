"""Walk a signed-in person's product by its links: every page, and every address that a page posts to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import requests
from django.urls import Resolver404, resolve

MAX_PAGES_A_NAME = 12


class Links(HTMLParser):
    """`reads`: addresses that are fetched; `writes`: those that are posted to."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: list[str] = []
        self.writes: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in values:
            self.reads.append(values["href"])
        if tag == "form":
            is_post = values.get("method", "get").lower() == "post"
            (self.writes if is_post else self.reads).append(values.get("action", ""))
        if "formaction" in values:
            self.writes.append(values["formaction"])
        if "hx-get" in values:
            self.reads.append(values["hx-get"])
        if "hx-post" in values:
            self.writes.append(values["hx-post"])


@dataclass
class Crawl:
    """`pages`: HTML by path; `names`: the first path of each URL name; `writes`: paths posted to, by name."""

    root: str
    session: requests.Session
    pages: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    writes: dict[str, str] = field(default_factory=dict)

    def walk(self, *starts: str) -> Crawl:
        waiting = list(starts or ["/"])
        counts: dict[str, int] = {}
        while waiting:
            path = waiting.pop(0)
            name = name_of(path)
            counts[name] = counts.get(name, 0) + 1
            if path in self.pages or not name or counts[name] > MAX_PAGES_A_NAME:
                continue
            waiting += self._visit(path, name)
        return self

    def _visit(self, path: str, name: str) -> list[str]:
        answer = self.session.get(urljoin(self.root, path), timeout=20)
        self.pages[path] = answer.text
        if answer.status_code != 200 or "html" not in answer.headers["Content-Type"]:
            assert answer.status_code < 500, f"{path} answered {answer.status_code}"
            return []
        landed = urlsplit(answer.url).path
        self.names.setdefault(name_of(landed), landed)
        links = Links()
        links.feed(answer.text)
        for write in self._own(links.writes, answer.url):
            self.writes.setdefault(name_of(write), write)
        return list(self._own(links.reads, answer.url))

    def _own(self, links: list[str], base: str) -> Iterator[str]:
        for link in links:
            parts = urlsplit(urljoin(base, link))
            if f"{parts.scheme}://{parts.netloc}" == self.root and parts.path != "/sign-out/":
                yield parts.path + (f"?{parts.query}" if parts.query else "")


def name_of(path: str) -> str:
    """The URL name of a path, or nothing for what is no page of ours."""
    try:
        return resolve(urlsplit(path).path).url_name or ""
    except Resolver404:
        return ""
