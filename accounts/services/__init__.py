"""Writes: Segment accounts and their sources; people and invitations have modules of their own."""

from __future__ import annotations

from accounts.services.segment import (
    check_account,
    connect_account,
    connect_write_key,
    remove_account,
    rename_account,
    replace_secret,
)
from accounts.services.sources import (
    create_source,
    fetch_source,
    list_sources,
    remember_source,
    write_key_source,
)

__all__ = [
    "check_account",
    "connect_account",
    "connect_write_key",
    "create_source",
    "fetch_source",
    "list_sources",
    "remember_source",
    "remove_account",
    "rename_account",
    "replace_secret",
    "write_key_source",
]
