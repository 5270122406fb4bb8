"""The Tracking API's part of the sandbox: it answers 200 to nearly everything, and keeps its verdict to
itself.

Only broken JSON and an oversized request are answered 400. All else that Segment drops in silence is a
rejected event in the debugger.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from segment.limits import MAX_BATCH_BYTES, MAX_BATCH_EVENTS, MAX_EVENT_BYTES, MAX_MESSAGE_ID
from segment.sandbox.events import EventStore, JudgedEvent
from segment.sandbox.fixtures import Region
from segment.sandbox.http import Reply, Request, json_reply
from segment.sandbox.state import KeyOwner, State

EVENT_TYPES = ("identify", "track", "page", "screen", "group", "alias")
BATCH_PATHS = ("batch", "import")

_ACCEPTED = json_reply(200, {"success": True})
_GZIP_WINDOW_BITS = 16 + zlib.MAX_WBITS
_REGION_NAMES = {Region.US: "Oregon", Region.EU: "Dublin"}


class Unreadable(Exception):
    """The body is broken or too large: answered 400."""


def answer_tracking(
    request: Request, path: tuple[str, ...], region: Region, state: State, store: EventStore
) -> Reply:
    """Answer a request whose path under `/v1` is `path`."""
    if len(path) != 1 or path[0] not in (*EVENT_TYPES, *BATCH_PATHS):
        return refuse(404, "not_found", "There is nothing at this path.")
    if request.method != "POST":
        return refuse(405, "method_not_allowed", "Events are sent by POST.")
    try:
        body = parse_body(request, MAX_BATCH_BYTES if path[0] in BATCH_PATHS else MAX_EVENT_BYTES)
        write_key = find_write_key(request, body)
        owner = state.owner_of(write_key)
        if path[0] in BATCH_PATHS:
            events = _judge_batch(body, _judge_key(write_key, owner, region))
        else:
            event = {"type": path[0], **_without_key(body)}
            events = [_judge_event(event, _judge_key(write_key, owner, region))]
    except Unreadable as error:
        return refuse(400, "invalid_request", str(error))
    store.record(region, write_key, events)
    return _ACCEPTED


def refuse(status: int, code: str, message: str, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    return json_reply(status, {"success": False, "code": code, "message": message}, headers)


def parse_body(request: Request, max_bytes: int) -> dict[str, Any]:
    text = _decompress(request, max_bytes)
    if len(text) > max_bytes:
        raise Unreadable(f"The request is over {max_bytes // 1024} KB.")
    try:
        body = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Unreadable("The body is not valid JSON.") from None
    if not isinstance(body, dict):
        raise Unreadable("The body is not a JSON object.")
    return body


def find_write_key(request: Request, body: Mapping[str, Any]) -> str:
    """From HTTP Basic, or else from the body, as Segment's browser library sends it."""
    in_body = body.get("writeKey")
    return request.basic_user or (in_body if isinstance(in_body, str) else "")


def encode_event(event: object) -> bytes:
    """Compact JSON in UTF-8. A lone surrogate has no UTF-8, so such an event stays escaped."""
    try:
        return json.dumps(event, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    except UnicodeEncodeError:
        return json.dumps(event, separators=(",", ":"), allow_nan=False).encode()
    except ValueError:
        raise Unreadable("The body has a number that is too large.") from None


def _decompress(request: Request, max_bytes: int) -> bytes:
    encoding = request.headers.get("Content-Encoding", "").lower()
    if encoding in ("", "identity"):
        return request.body
    if encoding != "gzip":
        raise Unreadable("The body's Content-Encoding is unknown.")
    unpacker = zlib.decompressobj(_GZIP_WINDOW_BITS)
    try:
        # One byte over the limit is enough to know; a small body may unpack to gigabytes.
        text = unpacker.decompress(request.body, max_bytes + 1)
    except zlib.error:
        raise Unreadable("The body is not valid gzip.") from None
    if len(text) <= max_bytes and not unpacker.eof:
        raise Unreadable("The body's gzip is cut off.")
    return text


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _judge_key(write_key: str, owner: KeyOwner | None, region: Region) -> str:
    if not write_key:
        return "no write key"
    if owner is None:
        return "unknown write key"
    if owner.region is not region:
        return f"wrong region: the write key belongs to {_REGION_NAMES[owner.region]}"
    if not owner.source.is_enabled:
        return "the source is disabled"
    return ""


def _judge_batch(body: dict[str, Any], key_reason: str) -> list[JudgedEvent]:
    events = body.get("batch")
    if not isinstance(events, list):
        return [JudgedEvent(encode_event(_without_key(body)), "", key_reason or "batch is not a list")]
    if len(events) > MAX_BATCH_EVENTS:
        key_reason = key_reason or f"more than {MAX_BATCH_EVENTS:,} events in the batch"
    shared = {key: body[key] for key in ("context", "integrations") if isinstance(body.get(key), dict)}
    return [_judge_event(event, key_reason, shared) for event in events]


def _judge_event(event: Any, key_reason: str, shared: Mapping[str, Any] | None = None) -> JudgedEvent:
    """`shared` is what the batch gives to each of its events that has none of its own."""
    if not isinstance(event, dict):
        return JudgedEvent(encode_event({"value": event}), "", key_reason or "the event is not an object")
    if shared:
        event = {**shared, **event}
    text = encode_event(event)
    if len(text) > MAX_EVENT_BYTES:
        raise Unreadable(f"An event is over {MAX_EVENT_BYTES // 1024} KB.")
    message_id = event.get("messageId")
    return JudgedEvent(
        text, message_id if isinstance(message_id, str) else "", key_reason or judge_event(event)
    )


def judge_event(event: Mapping[str, Any]) -> str:
    """Why Segment would drop this event, or an empty text."""
    kind = event.get("type")
    if not isinstance(kind, str) or kind not in EVENT_TYPES:
        return "bad type"
    if not (_is_id(event.get("userId")) or _is_id(event.get("anonymousId"))):
        return "neither userId nor anonymousId"
    return _judge_kind(kind, event) or _judge_message_id(event.get("messageId")) or _judge_time(event)


def _judge_kind(kind: str, event: Mapping[str, Any]) -> str:
    """What one type of event needs and the others do not."""
    name = event.get("event")
    if kind == "track" and not (isinstance(name, str) and name):
        return "track without event"
    if kind == "group" and not _is_id(event.get("groupId")):
        return "group without groupId"
    if kind == "alias" and not _is_id(event.get("previousId")):
        return "alias without previousId"
    return ""


def _judge_message_id(message_id: object) -> str:
    if message_id is not None and not isinstance(message_id, str):
        return "messageId is not a string"
    if message_id and len(message_id) > MAX_MESSAGE_ID:
        return f"messageId over {MAX_MESSAGE_ID} characters"
    return ""


def _judge_time(event: Mapping[str, Any]) -> str:
    timestamp = event.get("timestamp")
    if timestamp is None:
        return ""
    try:
        datetime.fromisoformat(timestamp)
    except (TypeError, ValueError):
        return "unparsable timestamp"
    return ""


def _is_id(value: object) -> bool:
    if isinstance(value, str):
        return value != ""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _without_key(body: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != "writeKey"}
