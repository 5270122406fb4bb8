"""Which survey a submit key belongs to: all that receiving a submission needs of it, in one query."""

from __future__ import annotations

import re
from dataclasses import dataclass

from workflows.models import Survey

_KEY = re.compile(r"[A-Za-z0-9_-]{1,40}")


@dataclass(frozen=True, slots=True)
class Target:
    """A survey that takes submissions. `types` is the type of each of its fields by key."""

    survey_id: int
    brand_id: int
    allowed_origins: tuple[str, ...]
    types: dict[str, str]


def find_target(submit_key: str) -> Target | None:
    """The survey with this key; None for an unknown one. Whether its workflows are on does not matter."""
    if not _KEY.fullmatch(submit_key):
        return None
    rows = list(
        Survey.objects.filter(submit_key=submit_key).values_list(
            "id", "brand_id", "allowed_origins", "fields__key", "fields__type"
        )
    )
    if not rows:
        return None
    survey_id, brand_id, origins, _key, _type = rows[0]
    return Target(survey_id, brand_id, tuple(origins or ()), {row[3]: row[4] for row in rows if row[3]})
