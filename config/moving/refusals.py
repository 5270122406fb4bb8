"""What SQLite took and PostgreSQL would not, found before anything is written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

from config.moving.tables import Column, Table

MOST_TOLD = 20
# Whole numbers are checked by size: SQLite's have 64 bits, whatever the column says.
LARGEST = {
    "IntegerField": 2**31 - 1,
    "PositiveIntegerField": 2**31 - 1,
    "AutoField": 2**31 - 1,
    "SmallIntegerField": 2**15 - 1,
    "PositiveSmallIntegerField": 2**15 - 1,
}


def find_refused(source: sqlite3.Connection, tables: Iterable[Table]) -> list[str]:
    """The first MOST_TOLD values that would be refused: table, column, id and why, never the value."""
    found: list[str] = []
    for line in _find_all(source, tables):
        found.append(line)
        if len(found) == MOST_TOLD:
            break
    return found


def _find_all(source: sqlite3.Connection, tables: Iterable[Table]) -> Iterator[str]:
    for table in tables:
        for column in table.columns:
            for key, why in _find_in_column(source, table, column):
                yield f"{table.name}.{column.name} of id {key} {why}"
    for name, rowid, parent, _number in source.execute("PRAGMA foreign_key_check"):
        yield f"{name}, row {rowid} refers to a row of {parent} that is not there"


def _find_in_column(source: sqlite3.Connection, table: Table, column: Column) -> Iterator[tuple[object, str]]:
    name = f'"{column.name}"'
    if column.is_text:
        for key, _ in _select(source, table, f"instr(CAST({name} AS BLOB), x'00')", "NULL"):
            yield key, "holds a NUL character"
        if column.max_length and column.kind != "TextField":
            limit = int(column.max_length)
            for key, length in _select(source, table, f"length({name}) > {limit}", f"length({name})"):
                yield key, f"has {length} characters, and {limit} are the most"
    elif column.kind in LARGEST:
        largest = LARGEST[column.kind]
        for key, _ in _select(source, table, f"{name} NOT BETWEEN {-largest - 1} AND {largest}", "NULL"):
            yield key, "is a number too large for its column"


def _select(
    source: sqlite3.Connection, table: Table, condition: str, value: str
) -> Iterator[tuple[object, object]]:
    sql = f'SELECT "{table.key}", {value} FROM "{table.name}" WHERE {condition}'  # noqa: S608 (our names)
    yield from source.execute(sql)
