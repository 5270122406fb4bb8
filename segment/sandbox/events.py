"""The record of every event that came in, with the verdict that Segment's answer does not tell.

Memory holds the last `keep` events; message ids are remembered for all. With a data directory, each event is
also a line of `events.jsonl` there, in the form `GET /debugger/events` shows it. A line is with the operating
system before the request is answered, so it outlives a killed process (not a power cut: there is no fsync).
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import takewhile
from pathlib import Path
from typing import BinaryIO, NamedTuple

from segment.sandbox.fixtures import Region

log = logging.getLogger(__name__)

DEFAULT_KEEP = 200_000


class Verdict(StrEnum):
    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


@dataclass(frozen=True)
class JudgedEvent:
    """`text` is the event's JSON; `reason` is why it is rejected, or empty."""

    text: bytes
    message_id: str
    reason: str


class Record(NamedTuple):
    """`line` is the whole record as JSON, the event within it."""

    seq: int
    write_key: str
    verdict: Verdict
    line: bytes


class EventStore:
    def __init__(self, data_dir: Path | None = None, keep: int = DEFAULT_KEEP) -> None:
        self._lock = threading.Lock()
        self._records: deque[Record] = deque(maxlen=keep)
        self._message_ids: set[str] = set()
        self._last_seq = 0
        self._journal: BinaryIO | None = None
        if data_dir is not None:
            path = data_dir / "events.jsonl"
            self._load(path)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            self._journal = open(descriptor, "ab", buffering=0)  # noqa: SIM115 - closed by close()

    def close(self) -> None:
        with self._lock:
            if self._journal is not None:
                self._journal.close()
                self._journal = None

    def record(self, region: Region, write_key: str, events: Iterable[JudgedEvent]) -> None:
        """Give each event its number and its final verdict: a message id that was accepted before is a
        duplicate."""
        head = b'"region":"%s","write_key":%s' % (region.encode(), json.dumps(write_key).encode())
        received_at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z").encode()
        with self._lock:
            records = [self._judge(event, write_key, head, received_at) for event in events]
            if self._journal is not None and records:
                self._journal.write(b"".join(record.line + b"\n" for record in records))
            self._records.extend(records)

    def _judge(self, event: JudgedEvent, write_key: str, head: bytes, received_at: bytes) -> Record:
        """Only an accepted event uses up its message id: a rejected one can be put right and sent again."""
        self._last_seq += 1
        reason = b""
        if event.reason:
            verdict = Verdict.REJECTED
            reason = b',"reason":' + json.dumps(event.reason).encode()
        elif event.message_id and event.message_id in self._message_ids:
            verdict = Verdict.DUPLICATE
        else:
            verdict = Verdict.ACCEPTED
            if event.message_id:
                self._message_ids.add(event.message_id)
        line = b'{"seq":%d,%s,"received_at":"%s","verdict":"%s"%s,"event":%s}' % (
            self._last_seq,
            head,
            received_at,
            verdict.encode(),
            reason,
            event.text,
        )
        return Record(self._last_seq, write_key, verdict, line)

    def after(self, seq: int, limit: int | None = None) -> list[Record]:
        """The records in memory with a greater number, oldest first."""
        with self._lock:
            newer = list(takewhile(lambda record: record.seq > seq, reversed(self._records)))
        newer.reverse()
        return newer if limit is None else newer[:limit]

    def newest(self) -> list[Record]:
        """All records in memory, newest first."""
        with self._lock:
            return list(reversed(self._records))

    def _load(self, path: Path) -> None:
        """Read the journal of an earlier run; a last line that was cut off by a kill is removed."""
        if not path.exists():
            return
        whole_bytes = 0
        with path.open("rb") as file:
            for line in file:
                if not line.endswith(b"\n"):
                    break
                whole_bytes += len(line)
                self._restore(line.rstrip(b"\n"))
        if whole_bytes < path.stat().st_size:
            os.truncate(path, whole_bytes)

    def _restore(self, line: bytes) -> None:
        try:
            raw = json.loads(line)
            self._last_seq, verdict, event = raw["seq"], Verdict(raw["verdict"]), raw["event"]
        except (ValueError, TypeError, KeyError):
            # A full disk can cut a line short in the middle of the file.
            log.warning("A line of the journal after event %d cannot be read; it is skipped", self._last_seq)
            return
        message_id = event.get("messageId")
        if verdict is Verdict.ACCEPTED and isinstance(message_id, str):
            self._message_ids.add(message_id)
        self._records.append(Record(self._last_seq, raw["write_key"], verdict, line))
