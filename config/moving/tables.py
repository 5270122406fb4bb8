"""The tables that move, and how a column's values are written to PostgreSQL and compared there.

Values are moved as they are stored, past the models: ids and times stay, and ciphertexts are not opened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.apps import apps
from django.contrib.sessions.models import Session
from django.db.models import Field, Model

from config.moving.errors import MoveError
from workflows.models import WorkerBeat
from workflows.models.fields import WrittenJSONField

TEXTS = {"CharField", "SlugField", "TextField"}
AS_IT_IS = TEXTS | {
    "AutoField", "BigAutoField", "BigIntegerField", "FloatField", "IntegerField", "PositiveBigIntegerField",
    "PositiveIntegerField", "PositiveSmallIntegerField", "SmallIntegerField",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """`kind` is Django's name for the type, of a foreign key that of what it points to."""

    name: str
    kind: str
    max_length: int | None

    @property
    def is_text(self) -> bool:
        return self.kind in TEXTS

    @property
    def write(self) -> Callable[[Any], Any] | None:
        """From SQLite's value to what PostgreSQL reads as text; None where nothing is to be done."""
        return {"DateTimeField": _write_moment}.get(self.kind)

    @property
    def normalise(self) -> Callable[[Any], Any] | None:
        """The same for either database's value of it; None where both have it alike."""
        return _NORMAL.get(self.kind)


@dataclass(frozen=True, slots=True)
class Table:
    model: type[Model]
    name: str
    key: str  # the column of the primary key
    columns: tuple[Column, ...]

    @property
    def column_list(self) -> str:
        return ", ".join(f'"{column.name}"' for column in self.columns)

    @property
    def columns_as_stored(self) -> str:
        """To select from PostgreSQL, whose driver would parse JSON."""
        return ", ".join(
            f'"{column.name}"' + ("::text" if column.kind == "JSONField" else "") for column in self.columns
        )


class Checksum:
    """Of a table's rows, in whatever order they come."""

    def __init__(self, table: Table) -> None:
        self._normal = [(n, c.normalise) for n, c in enumerate(table.columns) if c.normalise is not None]
        self._sum = self.count = 0

    def add(self, row: tuple[Any, ...]) -> None:
        values = list(row)
        for number, normalise in self._normal:
            if values[number] is not None:
                values[number] = normalise(values[number])
        digest = hashlib.blake2b(repr(values).encode(errors="surrogatepass"), digest_size=16).digest()
        self._sum = (self._sum + int.from_bytes(digest, "big")) % (1 << 128)
        self.count += 1

    @property
    def text(self) -> str:
        return f"{self._sum:032x}"


def tables_to_move(has_sessions: bool = True) -> list[Table]:
    """All tables but the workers' signs of life; raises `MoveError` for a type that is not known here."""
    left_out = {WorkerBeat} if has_sessions else {WorkerBeat, Session}
    models = [model for model in apps.get_models(include_auto_created=True) if model not in left_out]
    return [_describe(model) for model in models if model._meta.managed and not model._meta.proxy]


def _describe(model: type[Model]) -> Table:
    meta = model._meta
    columns = tuple(_describe_column(field) for field in meta.concrete_fields)
    return Table(model, meta.db_table, str(meta.pk.column), columns)


def _describe_column(field: Field[Any, Any]) -> Column:
    target = field
    while target.is_relation:
        target = target.target_field  # type: ignore[attr-defined]
    kind = target.get_internal_type()
    is_written_json = isinstance(target, WrittenJSONField)  # jsonb would store something else
    if not is_written_json and kind not in AS_IT_IS | {"BooleanField", "DateTimeField", "UUIDField"}:
        raise MoveError(f"This version cannot move {field.model._meta.db_table}.{field.column} ({kind}).")
    return Column(str(field.column), kind, target.max_length)


def _write_moment(text: str) -> str:
    return f"{text}+00"  # SQLite's have no zone, and are UTC


def _normal_moment(value: str | datetime) -> str:
    moment = datetime.fromisoformat(value).replace(tzinfo=UTC) if isinstance(value, str) else value
    return moment.astimezone(UTC).isoformat()


_NORMAL: dict[str, Callable[[Any], Any]] = {
    "DateTimeField": _normal_moment,
    "UUIDField": lambda value: str(value).replace("-", ""),
    "BooleanField": int,
}
