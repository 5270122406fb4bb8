"""Segment's reserved traits and properties: which names its spec knows, and what it expects of their values.

Source: Segment's "Spec: Identify" (traits) and "Spec: Track" (properties). Traits are understood in camelCase
and in snake_case; the spec's own spelling stands first.
"""

from __future__ import annotations

from workflows.mapping.keys import Path

# A trait in the other spelling, and the spec's own.
OTHER_SPELLINGS: dict[Path, Path] = {
    ("first_name",): ("firstName",),
    ("last_name",): ("lastName",),
    ("created_at",): ("createdAt",),
    ("address", "postal_code"): ("address", "postalCode"),
    ("company", "employeeCount"): ("company", "employee_count"),
}

_TEXTS = (
    "avatar birthday createdAt description email firstName gender id lastName name phone title username "
    "website"
)
_ADDRESS_TEXTS = "city country postalCode state street"
_COMPANY_TEXTS = "name id industry plan"

_SPELLED: dict[Path, str] = {
    **{(name,): "string" for name in _TEXTS.split()},
    **{("address", name): "string" for name in _ADDRESS_TEXTS.split()},
    **{("company", name): "string" for name in _COMPANY_TEXTS.split()},
    ("age",): "number",
    ("address",): "object",
    ("company",): "object",
    ("company", "employee_count"): "number",
}

# The JSON type (`values.name_type`) that each is expected to have.
TRAITS: dict[Path, str] = {
    **_SPELLED,
    **{other: _SPELLED[own] for other, own in OTHER_SPELLINGS.items()},
}
PROPERTIES: dict[Path, str] = {("revenue",): "number", ("value",): "number", ("currency",): "string"}
RESERVED = {"traits": TRAITS, "properties": PROPERTIES}

# The texts among them that are ISO 8601 dates, and those that are web addresses.
DATES: frozenset[Path] = frozenset({("birthday",), ("createdAt",), ("created_at",)})
ADDRESSES: frozenset[Path] = frozenset({("avatar",), ("website",)})
