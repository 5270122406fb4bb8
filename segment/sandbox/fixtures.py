"""What the sandbox knows from the start: its workspaces, their sources and write keys, and the tokens.

Ids and write keys are derived from names, so they are the same on every machine and after every restart. None
of them is a secret: they work nowhere but here.
"""

from __future__ import annotations

import hashlib
import string
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache


class Region(StrEnum):
    """A region as the sandbox's URLs and its debugger name it."""

    US = "us"
    EU = "eu"


@dataclass(frozen=True)
class WorkspaceSeed:
    id: str
    slug: str
    name: str
    region: Region


@dataclass(frozen=True)
class SourceSeed:
    id: str
    slug: str
    workspace_id: str
    write_key: str
    is_enabled: bool = True


class Manner(StrEnum):
    """How the Public API treats a token: as Segment does, always 429, or slowly."""

    NORMAL = "normal"
    LIMITED = "limited"
    SLOW = "slow"


@dataclass(frozen=True)
class TokenSeed:
    """`is_source_admin` False: no write keys are shown, and nothing can be created or changed."""

    token: str
    workspace: WorkspaceSeed
    purpose: str
    is_source_admin: bool = True
    manner: Manner = Manner.NORMAL


LIMITED_RETRY_AFTER_SECONDS = 7
SLOW_SECONDS = 30.0
LARGE_SOURCE_COUNT = 2_000

_ALPHABET = string.ascii_letters + string.digits


def _derive(length: int, *names: str) -> str:
    """Letters and digits that look as Segment's do and depend on the names only."""
    number = int.from_bytes(hashlib.sha512("/".join(("tributary sandbox", *names)).encode()).digest(), "big")
    characters = []
    for _ in range(length):
        number, index = divmod(number, len(_ALPHABET))
        characters.append(_ALPHABET[index])
    return "".join(characters)


def source_id(workspace_slug: str, source_slug: str) -> str:
    """The id of one of the sources that are there from the start."""
    return _derive(22, "source", workspace_slug, source_slug)


def write_key(workspace_slug: str, source_slug: str) -> str:
    """The write key of one of the sources that are there from the start."""
    return _derive(32, "write key", workspace_slug, source_slug)


def _workspace(slug: str, name: str, region: Region) -> WorkspaceSeed:
    return WorkspaceSeed(_derive(22, "workspace", slug), slug, name, region)


ACME = _workspace("acme", "Acme", Region.US)
ACME_EU = _workspace("acme-eu", "Acme EU", Region.EU)
GLOBEX = _workspace("globex", "Globex", Region.US)
WORKSPACES = (ACME, ACME_EU, GLOBEX)

ACME_SLUGS = ("website", "mobile-app", "survey-responses", "old-site")
DISABLED_SLUG = "old-site"


@cache
def seed_sources() -> tuple[SourceSeed, ...]:
    """All sources that are there from the start, by workspace."""
    return tuple(_make_sources())


def _make_sources() -> Iterator[SourceSeed]:
    for workspace in (ACME, ACME_EU):
        for slug in ACME_SLUGS:
            yield _source(workspace, slug, is_enabled=slug != DISABLED_SLUG)
    for number in range(1, LARGE_SOURCE_COUNT + 1):
        yield _source(GLOBEX, f"store-{number:04d}")


def _source(workspace: WorkspaceSeed, slug: str, is_enabled: bool = True) -> SourceSeed:
    return SourceSeed(
        source_id(workspace.slug, slug), slug, workspace.id, write_key(workspace.slug, slug), is_enabled
    )


_TOKENS = (
    TokenSeed("sandbox-oregon-owner", ACME, "Workspace Owner: everything works."),
    TokenSeed(
        "sandbox-oregon-readonly",
        ACME,
        "No Source Admin permission: sources come without write keys, and creating one is forbidden (403).",
        is_source_admin=False,
    ),
    TokenSeed(
        "sandbox-oregon-large",
        GLOBEX,
        f"Workspace Owner of a workspace with {LARGE_SOURCE_COUNT:,} sources.",
    ),
    TokenSeed(
        "sandbox-oregon-limited",
        ACME,
        f"Always rate-limited: 429 with Retry-After: {LIMITED_RETRY_AFTER_SECONDS}.",
        manner=Manner.LIMITED,
    ),
    TokenSeed(
        "sandbox-oregon-slow",
        ACME,
        f"Answers after {SLOW_SECONDS:.0f} seconds, so that a time-out can be seen.",
        manner=Manner.SLOW,
    ),
    TokenSeed("sandbox-dublin-owner", ACME_EU, "Workspace Owner in Dublin: everything works."),
    TokenSeed(
        "sandbox-dublin-readonly",
        ACME_EU,
        "No Source Admin permission, in Dublin.",
        is_source_admin=False,
    ),
)
TOKENS = {seed.token: seed for seed in _TOKENS}

DEMO_TOKEN = "sandbox-oregon-owner"  # noqa: S105 - it opens nothing but the sandbox
DEMO_WORKSPACE = ACME
DEMO_SOURCE_SLUG = "website"
DEMO_WRITE_KEY = write_key(ACME.slug, DEMO_SOURCE_SLUG)
