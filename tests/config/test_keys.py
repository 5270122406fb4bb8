from __future__ import annotations

import stat
from pathlib import Path

import environ
import pytest
from cryptography.fernet import Fernet

from config.keys import KeysMissingError, ensure_keys


def read(path: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in path.read_text().splitlines())


def test_makes_a_file_that_the_settings_can_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.delenv("FIELD_ENCRYPTION_KEY", raising=False)
    ensure_keys(tmp_path, {})
    assert stat.S_IMODE((tmp_path / "keys.env").stat().st_mode) == 0o600
    env = environ.Env()
    env.read_env(tmp_path / "keys.env", overwrite=True)
    assert len(env.str("SECRET_KEY")) >= 50
    [key] = env.list("FIELD_ENCRYPTION_KEY")
    assert Fernet(key).decrypt(Fernet(key).encrypt(b"token")) == b"token"
    assert [path.name for path in tmp_path.iterdir()] == ["keys.env"]


def test_two_directories_get_different_keys(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        ensure_keys(tmp_path / name, {})
    first, second = read(tmp_path / "a" / "keys.env"), read(tmp_path / "b" / "keys.env")
    assert not set(first.values()) & set(second.values())


def test_never_changes_a_file_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "keys.env").write_text("SECRET_KEY=mine\n")
    ensure_keys(tmp_path, {})
    assert (tmp_path / "keys.env").read_text() == "SECRET_KEY=mine\n"


def test_makes_none_when_the_environment_has_both(tmp_path: Path) -> None:
    ensure_keys(tmp_path, {"SECRET_KEY": "a", "FIELD_ENCRYPTION_KEY": "b"})
    assert list(tmp_path.iterdir()) == []


def test_refuses_new_keys_for_an_old_database(tmp_path: Path) -> None:
    (tmp_path / "tributary.sqlite3").touch()
    with pytest.raises(KeysMissingError, match="Restore it from the backup"):
        ensure_keys(tmp_path, {})
