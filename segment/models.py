"""What the Public API's answers say, read from their JSON.

Missing and unknown fields are taken as they come: Segment adds fields without notice, and only what
identifies a thing (`id`) is indispensable. `UnexpectedAnswer` is raised where even that is absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from segment.errors import UnexpectedAnswer
from segment.regions import RegionKey


@dataclass(frozen=True)
class Workspace:
    id: str
    slug: str
    name: str


@dataclass(frozen=True)
class Source:
    """`write_keys` is empty when the token lacks Source Admin; they are left out of the repr."""

    id: str
    slug: str
    name: str
    workspace_id: str
    enabled: bool
    write_keys: tuple[str, ...] = field(repr=False)
    metadata_name: str


@dataclass(frozen=True)
class SourcePage:
    """`next_cursor` is None on the last page; `total` is None where Segment does not say it."""

    sources: tuple[Source, ...]
    next_cursor: str | None
    total: int | None


@dataclass(frozen=True)
class TokenCheck:
    """What a token proved.

    `has_source_admin` is None for a workspace without sources: nothing there to tell by.
    """

    region: RegionKey
    workspace: Workspace
    has_source_admin: bool | None


def parse_workspace(data: Mapping[str, Any]) -> Workspace:
    raw = _object(data, "workspace")
    slug = _text(raw, "slug")
    return Workspace(id=_id(raw, "workspace"), slug=slug, name=_text(raw, "name") or slug)


def parse_source(data: Mapping[str, Any]) -> Source:
    """`data` is an object with the key `source`."""
    return _source(_object(data, "source"))


def parse_source_page(data: Mapping[str, Any]) -> SourcePage:
    sources = data.get("sources")
    if not isinstance(sources, list) or not all(isinstance(raw, dict) for raw in sources):
        raise UnexpectedAnswer("Segment's answer has no list of sources")
    raw_pagination = data.get("pagination")
    pagination = raw_pagination if isinstance(raw_pagination, dict) else {}
    total = pagination.get("totalEntries")
    return SourcePage(
        sources=tuple(_source(raw) for raw in sources),
        next_cursor=_text(pagination, "next") or None,
        total=total if isinstance(total, int) and not isinstance(total, bool) else None,
    )


def parse_write_key(data: Mapping[str, Any]) -> str:
    """`data` is an object with the key `writeKey`."""
    write_key = _text(data, "writeKey")
    if not write_key:
        raise UnexpectedAnswer("Segment's answer has no write key")
    return write_key


def _source(raw: Mapping[str, Any]) -> Source:
    metadata = raw.get("metadata")
    keys = raw.get("writeKeys")
    slug = _text(raw, "slug")
    return Source(
        id=_id(raw, "source"),
        slug=slug,
        name=_text(raw, "name") or slug,
        workspace_id=_text(raw, "workspaceId"),
        enabled=raw.get("enabled") is not False,
        write_keys=tuple(key for key in keys if isinstance(key, str)) if isinstance(keys, list) else (),
        metadata_name=_text(metadata, "name") if isinstance(metadata, dict) else "",
    )


def _object(data: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = data.get(key)
    if not isinstance(value, dict):
        raise UnexpectedAnswer(f"Segment's answer has no {key}")
    return value


def _id(raw: Mapping[str, Any], what: str) -> str:
    value = _text(raw, "id")
    if not value:
        raise UnexpectedAnswer(f"Segment's answer has a {what} without an id")
    return value


def _text(raw: Mapping[str, Any], key: str) -> str:
    value = raw.get(key)
    return value if isinstance(value, str) else ""
