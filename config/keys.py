"""The keys that `make run` makes for a new data directory, and never changes afterwards."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

NAMES = ("SECRET_KEY", "FIELD_ENCRYPTION_KEY")


class KeysMissingError(Exception):
    """There is a database, but not the keys it was written with."""


def ensure_keys(data_dir: Path, environment: Mapping[str, str]) -> None:
    """Make `keys.env` (mode 0600) unless it exists or the environment has both keys.

    Raises `KeysMissingError` when a database is there without it: new keys could not decrypt its tokens.
    """
    path = data_dir / "keys.env"
    if path.exists() or all(environment.get(name) for name in NAMES):
        return
    if (data_dir / "tributary.sqlite3").exists():
        raise KeysMissingError(
            f"{path} is missing, but the database beside it was written with its keys. "
            "Restore it from the backup."
        )
    _write_once(path, f"SECRET_KEY={secrets.token_urlsafe(50)}\nFIELD_ENCRYPTION_KEY={_new_fernet_key()}\n")


def _new_fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def _write_once(path: Path, text: str) -> None:
    """The file appears whole or not at all, and one that came first is left alone."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
