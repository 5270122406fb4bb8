"""Settings for tests and type checks: the product's own, with keys of their own and the sandbox's address."""

from __future__ import annotations

import os

from tests.data_dir import make_data_dir

os.environ.setdefault("SECRET_KEY", "a key for tests only")
os.environ.setdefault("FIELD_ENCRYPTION_KEY", "2u5tQjxW9SxVvFkZ0BzJkzI3vYxq0Yt8Qx7cTnR1b0E=")
if "DATA_DIR" not in os.environ:
    os.environ["DATA_DIR"] = make_data_dir()
os.environ.setdefault("TRIBUTARY_SANDBOX", "1")
os.environ.setdefault(
    "TRIBUTARY_SANDBOX_URL", "http://127.0.0.1:9"
)  # the discard port: each test says its own

from config.databases import SQLITE
from config.settings import *  # noqa: F403

# A file, as in the product: SQLite in memory knows neither WAL nor waiting for a lock.
if DATABASES["default"]["ENGINE"] == SQLITE:  # noqa: F405
    DATABASES["default"].setdefault("TEST", {})["NAME"] = str(DATA_DIR / "test.sqlite3")  # noqa: F405
else:
    DATABASES["default"]["OPTIONS"]["options"] += " -c synchronous_commit=off"  # noqa: F405 (no test cuts the power)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405 (WhiteNoise warns of a missing one)
