"""The Public API's part of the sandbox: one workspace a token, its sources, in Segment's envelopes."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Any

from segment.limits import MAX_PAGE_COUNT, is_source_slug
from segment.public_api import HTTP_API_METADATA_ID
from segment.sandbox.fixtures import (
    LIMITED_RETRY_AFTER_SECONDS,
    SLOW_SECONDS,
    TOKENS,
    Manner,
    Region,
    TokenSeed,
)
from segment.sandbox.http import Reply, Request, json_reply, rate_limit_headers
from segment.sandbox.state import SandboxSource, SlugTaken, State

_DEFAULT_COUNT = 100
_CURSOR_PREFIX = "sandbox-offset:"

_METADATA = {
    "id": HTTP_API_METADATA_ID,
    "name": "HTTP API",
    "slug": "http-api",
    "description": "Send events over HTTP.",
    "categories": ["Server"],
    "logos": {"default": "", "mark": "", "alt": ""},
    "options": [],
    "isCloudEventSource": False,
}


class Refused(Exception):
    """Ends a request with one error of Segment's envelope."""

    def __init__(self, status: int, code: str, message: str, field: str = "") -> None:
        super().__init__(message)
        self.reply = error_reply(status, code, message, field)


def error_reply(
    status: int, code: str, message: str, field: str = "", headers: tuple[tuple[str, str], ...] = ()
) -> Reply:
    error = {"type": code, "message": message}
    if field:
        error["field"] = field
    return json_reply(status, {"errors": [error]}, headers)


def find_token(request: Request, region: Region) -> TokenSeed | None:
    """A token is known in its own region only."""
    seed = TOKENS.get(request.bearer_token)
    return seed if seed and seed.workspace.region is region else None


def answer_public(
    request: Request, path: tuple[str, ...], region: Region, state: State, wait: Callable[[float], object]
) -> Reply:
    """Answer a request whose path under the region is `path`; `wait` sleeps, and wakes when the sandbox
    stops."""
    token = find_token(request, region)
    if token is None:
        return error_reply(401, "unauthenticated", "The token is unknown or has expired.")
    if token.manner is Manner.LIMITED:
        headers = rate_limit_headers(LIMITED_RETRY_AFTER_SECONDS)
        return error_reply(429, "rate-limited", "Too many requests.", headers=headers)
    if token.manner is Manner.SLOW:
        wait(SLOW_SECONDS)
    try:
        return _route(request, path, token, state)
    except Refused as refusal:
        return refusal.reply


def _route(request: Request, path: tuple[str, ...], token: TokenSeed, state: State) -> Reply:
    match (request.method, *path):
        case ("GET",):
            return _show_workspace(token)
        case ("GET", "sources"):
            return _list_sources(request, token, state)
        case ("POST", "sources"):
            return _create_source(request, token, state)
        case ("GET", "sources", source_id):
            return _data(200, source=_render(_find(source_id, token, state), token))
        case ("PATCH", "sources", source_id):
            return _change_source(request, source_id, token, state)
        case ("POST", "sources", source_id, "writekey"):
            _require_source_admin(token)
            return _data(200, writeKey=state.add_write_key(_find(source_id, token, state)))
        case (_,) | (_, "sources") | (_, "sources", _) | (_, "sources", _, "writekey"):
            raise Refused(405, "method-not-allowed", f"{request.method} is not possible here.")
        case _:
            raise Refused(404, "not-found", "There is nothing at this path.")


def _show_workspace(token: TokenSeed) -> Reply:
    workspace = token.workspace
    return _data(200, workspace={"id": workspace.id, "slug": workspace.slug, "name": workspace.name})


def _list_sources(request: Request, token: TokenSeed, state: State) -> Reply:
    sources = state.sources(token.workspace.id)
    count = _read_count(_page_param(request, "count"))
    offset = _read_cursor(_page_param(request, "cursor"), len(sources))
    shown = sources[offset : offset + count]
    return _data(
        200,
        sources=[_render(source, token) for source in shown],
        pagination=_paginate(sources, offset, count),
    )


def _create_source(request: Request, token: TokenSeed, state: State) -> Reply:
    _require_source_admin(token)
    body = _read_body(request)
    slug = _read_slug(body)
    if body.get("metadataId") != HTTP_API_METADATA_ID:
        raise Refused(422, "unprocessable-entity", "No catalog source has this metadataId.", "metadataId")
    is_enabled = _read_enabled(body)
    if is_enabled is None:
        raise Refused(422, "unprocessable-entity", "enabled is required.", "enabled")
    if not isinstance(body.get("settings", {}), dict):
        raise Refused(422, "unprocessable-entity", "settings must be an object.", "settings")
    try:
        source = state.create(token.workspace.id, slug, is_enabled)
    except SlugTaken:
        raise _slug_taken() from None
    return _data(201, source=_render(source, token))


def _change_source(request: Request, source_id: str, token: TokenSeed, state: State) -> Reply:
    _require_source_admin(token)
    source = _find(source_id, token, state)
    body = _read_body(request)
    slug = _read_slug(body) if "slug" in body else None
    name = body.get("name")
    if name is not None and not isinstance(name, str):
        raise Refused(422, "unprocessable-entity", "name must be a string.", "name")
    try:
        changed = state.change(source, slug, name, _read_enabled(body))
    except SlugTaken:
        raise _slug_taken() from None
    return _data(200, source=_render(changed, token))


def _slug_taken() -> Refused:
    return Refused(409, "conflict", "A source with this slug exists already.", "slug")


def _require_source_admin(token: TokenSeed) -> None:
    if not token.is_source_admin:
        raise Refused(403, "permission-denied", "The token lacks the Source Admin permission.")


def _find(source_id: str, token: TokenSeed, state: State) -> SandboxSource:
    source = state.source(token.workspace.id, source_id)
    if source is None:
        raise Refused(404, "not-found", "The workspace has no source with this id.")
    return source


def _read_body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(request.body or b"{}")
    except (ValueError, RecursionError):
        raise Refused(400, "bad-request", "The body is not valid JSON.") from None
    if not isinstance(body, dict):
        raise Refused(400, "bad-request", "The body is not a JSON object.")
    return body


def _read_slug(body: dict[str, Any]) -> str:
    slug = body.get("slug")
    if slug is None or slug == "":
        raise Refused(422, "unprocessable-entity", "slug is required.", "slug")
    if not isinstance(slug, str) or not is_source_slug(slug):
        message = "slug may have lower-case letters, digits, periods, dashes and underscores only."
        raise Refused(422, "unprocessable-entity", message, "slug")
    return slug


def _read_enabled(body: dict[str, Any]) -> bool | None:
    is_enabled = body.get("enabled")
    if is_enabled is not None and not isinstance(is_enabled, bool):
        raise Refused(422, "unprocessable-entity", "enabled must be true or false.", "enabled")
    return is_enabled


def _page_param(request: Request, name: str) -> str:
    """Both spellings are in use: `pagination[count]` in Segment's TypeScript SDK, `pagination.count`
    elsewhere."""
    return request.query.get(f"pagination[{name}]") or request.query.get(f"pagination.{name}", "")


def _read_count(text: str) -> int:
    if not text:
        return _DEFAULT_COUNT
    count = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if not 1 <= count <= MAX_PAGE_COUNT:
        message = f"pagination.count must be a number from 1 to {MAX_PAGE_COUNT}."
        raise Refused(422, "unprocessable-entity", message, "pagination.count")
    return count


def _read_cursor(text: str, total: int) -> int:
    if not text:
        return 0
    try:
        prefix, _, offset = base64.urlsafe_b64decode(text).decode().rpartition(":")
        if prefix + ":" == _CURSOR_PREFIX and 0 <= int(offset) <= total:
            return int(offset)
    except (binascii.Error, ValueError):
        pass
    raise Refused(400, "bad-request", "The cursor is not one of ours.", "pagination.cursor")


def _cursor(offset: int) -> str:
    return base64.urlsafe_b64encode(f"{_CURSOR_PREFIX}{offset}".encode()).decode()


def _paginate(sources: Sequence[SandboxSource], offset: int, count: int) -> dict[str, Any]:
    pagination: dict[str, Any] = {"current": _cursor(offset), "totalEntries": len(sources)}
    if offset + count < len(sources):
        pagination["next"] = _cursor(offset + count)
    if offset > 0:
        pagination["previous"] = _cursor(max(0, offset - count))
    return pagination


def _render(source: SandboxSource, token: TokenSeed) -> dict[str, Any]:
    return {
        "id": source.id,
        "slug": source.slug,
        "name": source.name,
        "workspaceId": source.workspace_id,
        "enabled": source.is_enabled,
        "writeKeys": list(source.write_keys) if token.is_source_admin else [],
        "metadata": _METADATA,
        "settings": {},
        "labels": [],
    }


def _data(status: int, **data: Any) -> Reply:
    return json_reply(status, {"data": data})
