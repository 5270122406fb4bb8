"""Thousands of rows in one statement, on SQLite and PostgreSQL: what the ORM builds row by row.

Measured with 40,000 deliveries on SQLite: claiming, sending and recording by the ORM took 187 µs of processor
time each, of which the database had 45.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import Model
from django.db.models.expressions import RawSQL

Row = Sequence[Any]


def is_sqlite() -> bool:
    return connection.vendor == "sqlite"


def ids_query() -> str:
    """A subquery for `id IN (…)` with one parameter, `ids_value`, however many ids there are."""
    if is_sqlite():
        return "SELECT value FROM json_each(%s)"
    return "SELECT unnest(string_to_array(%s, ' ')::uuid[])"  # a list would be written item by item


def ids_value(ids: Iterable[str]) -> str:
    """`ids` as 32 hex digits each, which SQLite keeps as they are."""
    return json.dumps(list(ids)) if is_sqlite() else " ".join(ids)


def among(ids: Iterable[uuid.UUID]) -> RawSQL:
    """For `filter(pk__in=…)`: one parameter, however many ids there are."""
    return RawSQL(ids_query(), [ids_value(pk.hex for pk in ids)])  # noqa: S611 (nothing of anybody's in it)


def hex_id(column: str) -> str:
    """An expression for a column's id as 32 hex digits."""
    return column if is_sqlite() else f"encode(uuid_send({column}), 'hex')"


def write_time(moment: datetime | None) -> Any:
    """As a parameter for a column of times."""
    return connection.ops.adapt_datetimefield_value(moment)


def read_time(value: Any) -> datetime | None:
    """A column's time, also as text. SQLite's are in UTC and have no zone."""
    moment: datetime | None = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def insert_rows(model: type[Model], columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Insert; a row whose primary key is there already is left as it was.

    Values are UUIDs, aware datetimes, numbers, texts and None; JSON is text.
    """
    if not rows:
        return
    table, names, kinds = model._meta.db_table, ", ".join(columns), _column_types(model, columns)
    # On the primary key alone: another constraint that is broken is a mistake, and must be told.
    unless_there = f"ON CONFLICT ({model._meta.pk.column}) DO NOTHING"
    by_column = list(zip(kinds, zip(*rows, strict=True), strict=True))
    with connection.cursor() as cursor:
        if is_sqlite():
            places = ", ".join(["%s"] * len(columns))
            statement = f"INSERT INTO {table} ({names}) VALUES ({places}) {unless_there}"
            values = [_as_sqlite_takes(kind, column) for kind, column in by_column]
            cursor.executemany(statement, list(zip(*values, strict=True)))
            return
        # A text for each column: the driver would write a list item by item.
        sources = ", ".join(_SOURCES.get(kind, f"unnest(%s::{kind}[])") for kind in kinds)
        statement = f"INSERT INTO {table} ({names}) SELECT {{}} FROM ROWS FROM ({sources}) AS r({names})"
        chosen = ", ".join(f"{name}::{kind}" for name, kind in zip(columns, kinds, strict=True))
        parameters = [_as_postgresql_reads(kind, column) for kind, column in by_column]
        cursor.execute(f"{statement.format(chosen)} {unless_there}", parameters)


_SOURCES = dict.fromkeys(("text", "json"), "json_array_elements_text(%s::json)")


def _column_types(model: type[Model], columns: Sequence[str]) -> list[str]:
    types = {field.column: str(field.db_type(connection)) for field in model._meta.concrete_fields}
    # A cast to varchar(10) would cut a longer text in silence; the column itself refuses it.
    return ["text" if types[column].startswith("varchar") else types[column] for column in columns]


def _as_sqlite_takes(kind: str, values: Sequence[Any]) -> Sequence[Any]:
    if kind == "char(32)":  # a UUID
        return [value.hex if value else None for value in values]
    if kind == "datetime":  # many are the same
        texts = {moment: write_time(moment) for moment in set(values)}
        return [texts[moment] for moment in values]
    return values


def _as_postgresql_reads(kind: str, values: Sequence[Any]) -> str:
    """A column as JSON where it holds any text; else as an array's literal, whose items need no quotes."""
    if kind in _SOURCES:
        return json.dumps(values)
    if kind == "uuid":
        texts = ["NULL" if value is None else value.hex for value in values]
    else:  # few of them differ
        known = {value: "NULL" if value is None else str(value) for value in set(values)}
        texts = [known[value] for value in values]
    return f"{{{','.join(texts)}}}"
