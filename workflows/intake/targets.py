"""Which survey a submit key belongs to: all that receiving a submission needs of it, in one query.

A target is remembered, but nothing rests on a remembered one: the writer compares it with a fresh one in the
transaction that stores the submission, and no request is refused before a fresh one says the same. So a
change made by any process on any machine holds for the very next request.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from workflows.models import Survey, SurveyField

_KEY = re.compile(r"[A-Za-z0-9_-]{1,40}")
_REMEMBERED = 500
_READ = """
SELECT s.submit_key, s.id, s.brand_id, s.allowed_origins,
       (SELECT {make_object}(f.key, f.type) FROM {field} f WHERE f.survey_id = s.id)
FROM {survey} s WHERE s.submit_key IN ({places})
"""
_MAKE_OBJECT = {"postgresql": "json_object_agg", "sqlite": "json_group_object"}


@dataclass(frozen=True, slots=True)
class Target:
    """A survey that takes submissions. `types` is the type of each of its fields by key."""

    submit_key: str
    survey_id: int
    brand_id: int
    allowed_origins: tuple[str, ...]
    types: dict[str, str]


def find_target(submit_key: str) -> Target | None:
    """The survey with this key; None for an unknown one. Whether its workflows are on does not matter."""
    if not _KEY.fullmatch(submit_key):
        return None
    target = read_targets([submit_key], connection).get(submit_key)
    remember(submit_key, target)
    return target


def read_targets(
    keys: Collection[str], using: BaseDatabaseWrapper, is_locking: bool = False
) -> dict[str, Target]:
    """The targets of those of `keys` that exist. `is_locking`: they exist until the transaction ends."""
    sql = _READ.format(
        survey=Survey._meta.db_table,
        field=SurveyField._meta.db_table,
        places=", ".join(["%s"] * len(keys)),
        make_object=_MAKE_OBJECT[using.vendor],
    )
    if is_locking and using.vendor == "postgresql":  # SQLite's writer is alone anyway
        sql += "FOR KEY SHARE OF s"
    with using.cursor() as cursor:
        cursor.execute(sql, list(keys))
        return {
            row[0]: Target(row[0], row[1], row[2], tuple(_read_json(row[3]) or ()), _read_json(row[4]) or {})
            for row in cursor.fetchall()
        }


def _read_json(value: Any) -> Any:
    """PostgreSQL's driver has read it already."""
    return json.loads(value) if isinstance(value, str) else value


# Only surveys that exist are remembered, so strangers cannot fill it.
_remembered: dict[str, Target] = {}
_lock = threading.Lock()


def recall(submit_key: str) -> Target | None:
    """The target as it was some time ago: to be compared with a fresh one before anything comes of it."""
    return _remembered.get(submit_key)


def remember(submit_key: str, target: Target | None) -> None:
    """What was just read, None for a survey that is not there (any more)."""
    with _lock:
        _remembered.pop(submit_key, None)
        if target is not None:
            _remembered[submit_key] = target
            if len(_remembered) > _REMEMBERED:
                del _remembered[next(iter(_remembered))]
