"""The workspaces' sources and write keys, as they are now.

With a data directory, what was created or changed is kept in `sources.json` there (mode 0600) across
restarts.
"""

from __future__ import annotations

import json
import os
import secrets
import string
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from segment.sandbox.fixtures import WORKSPACES, Region, WorkspaceSeed, seed_sources

_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True)
class SandboxSource:
    id: str
    slug: str
    name: str
    workspace_id: str
    is_enabled: bool
    write_keys: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True)
class KeyOwner:
    """Whose write key it is."""

    workspace: WorkspaceSeed
    source: SandboxSource

    @property
    def region(self) -> Region:
        return self.workspace.region


class SlugTaken(Exception):
    """The workspace has a source with this slug already."""


class State:
    """Reads need no lock: sources are immutable and replaced as a whole."""

    def __init__(self, data_dir: Path | None = None) -> None:
        self._path = data_dir / "sources.json" if data_dir else None
        self._lock = threading.Lock()
        self._workspaces = {workspace.id: workspace for workspace in WORKSPACES}
        self._sources: dict[str, dict[str, SandboxSource]] = {workspace.id: {} for workspace in WORKSPACES}
        self._owners: dict[str, KeyOwner] = {}
        self._changed: dict[str, SandboxSource] = {}
        for seed in seed_sources():
            self._put(
                SandboxSource(
                    seed.id, seed.slug, seed.slug, seed.workspace_id, seed.is_enabled, (seed.write_key,)
                )
            )
        self._load()

    def sources(self, workspace_id: str) -> Sequence[SandboxSource]:
        """In the order of their creation."""
        return tuple(self._sources[workspace_id].values())

    def source(self, workspace_id: str, source_id: str) -> SandboxSource | None:
        return self._sources[workspace_id].get(source_id)

    def all_sources(self) -> list[KeyOwner]:
        """Every source with its workspace, in the order of creation within each workspace."""
        return [
            KeyOwner(self._workspaces[workspace_id], source)
            for workspace_id, sources in self._sources.items()
            for source in tuple(sources.values())
        ]

    def owner_of(self, write_key: str) -> KeyOwner | None:
        return self._owners.get(write_key)

    def create(self, workspace_id: str, slug: str, is_enabled: bool) -> SandboxSource:
        with self._lock:
            self._require_free(workspace_id, slug)
            source = SandboxSource(_random(22), slug, slug, workspace_id, is_enabled, (_random(32),))
            self._change(source)
        return source

    def change(
        self, source: SandboxSource, slug: str | None, name: str | None, is_enabled: bool | None
    ) -> SandboxSource:
        """Set what is not None."""
        with self._lock:
            current = self._sources[source.workspace_id][source.id]
            if slug is not None and slug != current.slug:
                self._require_free(source.workspace_id, slug)
            changed = replace(
                current,
                slug=current.slug if slug is None else slug,
                name=current.name if name is None else name,
                is_enabled=current.is_enabled if is_enabled is None else is_enabled,
            )
            self._change(changed)
        return changed

    def add_write_key(self, source: SandboxSource) -> str:
        write_key = _random(32)
        with self._lock:
            current = self._sources[source.workspace_id][source.id]
            self._change(replace(current, write_keys=(*current.write_keys, write_key)))
        return write_key

    def _require_free(self, workspace_id: str, slug: str) -> None:
        if any(source.slug == slug for source in self._sources[workspace_id].values()):
            raise SlugTaken(slug)

    def _change(self, source: SandboxSource) -> None:
        self._put(source)
        self._changed[source.id] = source
        self._save()

    def _put(self, source: SandboxSource) -> None:
        self._sources[source.workspace_id][source.id] = source
        owner = KeyOwner(self._workspaces[source.workspace_id], source)
        self._owners.update(dict.fromkeys(source.write_keys, owner))

    def _save(self) -> None:
        if self._path is None:
            return
        text = json.dumps([asdict(source) for source in self._changed.values()], indent=1)
        draft = self._path.with_suffix(".tmp")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        draft.replace(self._path)

    def _load(self) -> None:
        if self._path is None or not self._path.exists():
            return
        for raw in json.loads(self._path.read_text()):
            source = SandboxSource(**{**raw, "write_keys": tuple(raw["write_keys"])})
            self._put(source)
            self._changed[source.id] = source


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
