"""The PostgreSQL database that takes the installation: reached, found empty, and given the tables."""

from __future__ import annotations

from typing import Any

import environ
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from accounts.models import KeyCanary
from config.moving.errors import MoveError
from config.moving.tables import tables_to_move

ALIAS = "move_target"
# Rows that `migrate` itself makes: the source's take their place.
MADE_BY_MIGRATE = (Permission, ContentType, KeyCanary)


def connect_target(url: str) -> BaseDatabaseWrapper:
    """The database at `url`, as `ALIAS`. Errors never show the URL, which may have a password."""
    config = _read_url(url)
    connections.databases[ALIAS] = connections.configure_settings({"default": config})["default"]
    target = connections[ALIAS]
    try:
        target.ensure_connection()
    except Error as error:
        raise MoveError(f"The target cannot be reached: {str(error).strip()}") from None
    return target


def _read_url(url: str) -> dict[str, Any]:
    wrong = MoveError("The target must be an address such as postgres://user@host/name.")
    if not url.startswith(("postgres://", "postgresql://")):
        raise wrong
    try:
        config: dict[str, Any] = environ.Env.db_url_config(url)
    except ValueError:  # its port, or its brackets
        raise wrong from None
    if not config.get("NAME"):
        raise wrong
    return config | {"CONN_MAX_AGE": None}


def prepare_target(target: BaseDatabaseWrapper) -> None:
    """Make the tables; raises `MoveError` unless the database is empty, or has them and nothing in them."""
    names = set(target.introspection.table_names())
    if names and "workflows_submission" not in names:
        raise MoveError("The target has tables of something else. Give Tributary a database of its own.")
    try:
        call_command("migrate", database=target.alias, interactive=False, verbosity=0)
    except Error as error:
        raise MoveError(f"The tables cannot be made there: {str(error).strip()}") from None
    full = [
        table.name
        for table in tables_to_move()
        if table.model not in MADE_BY_MIGRATE and table.model._base_manager.using(target.alias).exists()
    ]
    if full:
        raise MoveError(f"The target is not empty: it has rows in {', '.join(full)}. Give it an empty one.")


def clear_made_rows(target: BaseDatabaseWrapper) -> None:
    """Remove what `migrate` made, in the transaction that puts the source's rows there."""
    for model in MADE_BY_MIGRATE:
        model._base_manager.using(target.alias).all()._raw_delete(target.alias)


def disconnect_target() -> None:
    if ALIAS in connections.databases:
        connections[ALIAS].close()
        del connections[ALIAS]
        del connections.databases[ALIAS]
