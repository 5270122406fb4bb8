"""The sources of an account's workspace, page by page or searched, for the source step.

Segment's API pages but does not search: a search reads all pages, and remembers them for a minute without the
write keys.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.core.cache import cache

from accounts.models import SegmentAccount
from accounts.services import list_sources
from segment.limits import MAX_PAGE_COUNT
from segment.public_api import Source

PAGE_COUNT = 50
CACHE_SECONDS = 60
MAX_PAGES = 20  # of 1,000 sources each: an endless cursor must not keep a request for ever


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A source as the list shows it."""

    id: str
    slug: str
    name: str
    is_enabled: bool
    has_write_key: bool


@dataclass(frozen=True, slots=True)
class SourceList:
    """One page. `next_cursor` is "" on the last; `total` is None where Segment does not say it.

    `match_count` is None when nothing was searched for.
    """

    lines: tuple[SourceLine, ...]
    next_cursor: str
    total: int | None
    match_count: int | None
    query: str
    is_continued: bool

    @property
    def lacks_write_keys(self) -> bool:
        """Whether Segment shows no write key at all: the token lacks Source Admin."""
        return bool(self.lines) and not any(line.has_write_key for line in self.lines)


def find_sources(account: SegmentAccount, query: str, cursor: str) -> SourceList:
    """A page of the sources, or of those with `query` in slug or name.

    Raises the errors in `accounts.problems.PROBLEMS`.
    """
    if not query:
        page = list_sources(account, cursor or None, PAGE_COUNT)
        lines = tuple(map(_make_line, page.sources))
        return SourceList(lines, page.next_cursor or "", page.total, None, "", bool(cursor))
    wanted = query.casefold()
    everything = _all_lines(account)
    found = [line for line in everything if wanted in line.slug.casefold() or wanted in line.name.casefold()]
    start = int(cursor) if cursor.isascii() and cursor.isdigit() and len(cursor) < 10 else 0
    end = start + PAGE_COUNT
    rest = str(end) if end < len(found) else ""
    return SourceList(tuple(found[start:end]), rest, len(everything), len(found), query, start > 0)


def is_name_known(account: SegmentAccount, slug: str) -> bool:
    """Whether a search of the last minute saw a source with this name; it asks Segment nothing."""
    return any(line.slug == slug for line in cache.get(_cache_key(account)) or ())


def forget_sources(account: SegmentAccount) -> None:
    """The workspace's sources have changed."""
    cache.delete(_cache_key(account))


def _all_lines(account: SegmentAccount) -> tuple[SourceLine, ...]:
    key = _cache_key(account)
    known: tuple[SourceLine, ...] | None = cache.get(key)
    if known is not None:
        return known
    lines: list[SourceLine] = []
    cursor: str | None = None
    for _page in range(MAX_PAGES):
        page = list_sources(account, cursor, MAX_PAGE_COUNT)
        lines.extend(map(_make_line, page.sources))
        cursor = page.next_cursor
        if not cursor:
            break
    cache.set(key, tuple(lines), CACHE_SECONDS)
    return tuple(lines)


def _cache_key(account: SegmentAccount) -> str:
    return f"wizard-sources-{account.pk}-{account.workspace_id}"


def _make_line(source: Source) -> SourceLine:
    return SourceLine(source.id, source.slug, source.name, source.enabled, bool(source.write_keys))
