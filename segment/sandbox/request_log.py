"""Every request to one of the two APIs, with the moments it came and was answered, and the status.

What became of events is the debugger's to tell; this tells how often, and when, the sandbox was asked at all:
whether a client waits for as long as Retry-After says, and how many requests a batch took.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from segment.sandbox.fixtures import Region
from segment.sandbox.http import JSON, Reply

KEEP = 10_000


@dataclass
class Entry:
    """`status` stays None for a request that was never answered, or is not yet.

    `write_key` is the HTTP Basic user; a token of the Public API is never kept.
    """

    seq: int
    received_at: str
    region: Region
    method: str
    path: str
    write_key: str
    status: int | None = None
    answered_at: str | None = None


class RequestLog:
    """In memory: the newest KEEP requests."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque(maxlen=KEEP)
        self._last_seq = 0

    def begin(self, region: Region, method: str, path: str, write_key: str) -> Entry:
        """Note that a request came; `end` tells of its answer."""
        with self._lock:
            self._last_seq += 1
            entry = Entry(self._last_seq, _now(), region, method, path, write_key)
            self._entries.append(entry)
        return entry

    def end(self, entry: Entry, status: int) -> None:
        """Note what it is about to be answered."""
        entry.status, entry.answered_at = status, _now()

    def after(self, seq: int, limit: int | None = None) -> list[Entry]:
        """The requests with a greater number, oldest first."""
        with self._lock:
            newer = [entry for entry in self._entries if entry.seq > seq]
        return newer if limit is None else newer[:limit]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def answer_requests(log: RequestLog, after: int, limit: int | None) -> Reply:
    entries = [asdict(entry) for entry in log.after(after, limit)]
    return Reply(200, json.dumps({"requests": entries}).encode("ascii"), JSON)
