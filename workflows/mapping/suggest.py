"""*Map all fields*: a row for each field of the survey that the mapping does not use yet."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from workflows.mapping.definition import Definition, Field, Row
from workflows.mapping.fields import write_pipe
from workflows.mapping.freeze import texts_of
from workflows.mapping.key_names import MAX_NAME_CHARACTERS, name_field, name_key
from workflows.mapping.key_register import KeyRegister
from workflows.mapping.keys import KeyRefused, Path, parse_key, print_key
from workflows.mapping.pipes import parse_template
from workflows.mapping.reserved import DATES, OTHER_SPELLINGS, PROPERTIES, TRAITS
from workflows.mapping.values import replace_surrogates_in_text

# A trait of Segment's (`reserved.py`) and what fields with it are called, as `name_key` writes that.
TRAIT_NAMES = {
    "email": "email e_mail mail email_address e_mail_address mail_address",
    "firstName": "first_name firstname given_name forename",
    "lastName": "last_name lastname surname family_name",
    "name": "name full_name fullname",
    "phone": "phone phone_number telephone telephone_number tel mobile mobile_phone mobile_number",
    "age": "age age_in_years",
    "birthday": "birthday birth_date birthdate date_of_birth dob",
    "gender": "gender",
    "title": "title job_title",
    "username": "username user_name",
    "website": "website web_site homepage",
    "avatar": "avatar avatar_url profile_picture",
    "description": "bio",
    "createdAt": "created_at",
    "company.name": "company company_name organisation organization organization_name employer",
    "company.industry": "industry company_industry",
    "company.employee_count": "employees employee_count number_of_employees company_employee_count",
    "address.street": "street street_address address_street",
    "address.city": "city town address_city",
    "address.state": "state province address_state",
    "address.postalCode": "postal_code postalcode postcode zip zip_code zipcode address_postal_code",
    "address.country": "country address_country",
}  # fmt: skip
_TRAITS_BY_NAME = {name: parse_key(key) for key, names in TRAIT_NAMES.items() for name in names.split()}
_ADDRESSED = re.compile(r"(?:(?:what_is|whats|enter|please_enter)_)?(?:(?:your|my|recipient|contact)_)?(.+)")
_OTHER_SPELLINGS = OTHER_SPELLINGS | {own: other for other, own in OTHER_SPELLINGS.items()}
_HUMP = re.compile(r"[a-z][A-Z]")
_SNAKE_SPELLINGS = {own: other for other, own in OTHER_SPELLINGS.items() if "_" in str(other[-1])}

_ROW_TYPES = {"number": "number", "boolean": "boolean", "date": "date"}
_TEXT_TYPES = frozenset({"text", "long_text", "email", "url"})


def suggest_rows(definition: Definition, fields: Sequence[Field]) -> tuple[Row, ...]:
    """A row for each of `fields` that no row, id or extra of `definition` pipes, in their order.

    The keys are free in `definition`, the values are what the {a} menu inserts. For identify, a field whose
    name or type says so gets a trait that Segment reserves. Fields that no pipe can name are left out. Never
    raises, and the rows bring no error into the mapping.
    """
    missing = _find_missing(definition, fields)
    wanted = [field for field, _pipe in missing]
    keys = _FreeKeys(definition)
    expected = PROPERTIES if definition.event_type == "track" else TRAITS
    traits = {} if expected is PROPERTIES else _find_traits(wanted, keys)
    paths = [traits.get(field.key) or keys.take_name(name_field(field.key, field.label)) for field in wanted]
    spellings = keys.find_spellings()
    rows: list[Row] = []
    for (field, pipe), path in zip(missing, paths, strict=True):
        row_type = _find_type(field, expected.get(path, ""))
        rows.append(Row(print_key(spellings.get(path, path)), pipe, row_type))
    return tuple(rows)


class _FreeKeys:
    """The keys that the mapping's rows have left free."""

    def __init__(self, definition: Definition) -> None:
        self._register = KeyRegister()
        self._next_numbers: dict[str, int] = {}
        self._taken: list[Path] = []
        for row in definition.rows:
            try:
                self.take(parse_key(replace_surrogates_in_text(row.key).strip()))
            except KeyRefused:
                continue
        self._row_count = len(self._taken)

    def take(self, path: Path) -> bool:
        """Whether `path` was free, in either of its spellings; it is not afterwards."""
        spellings = (path, _OTHER_SPELLINGS.get(path, path))
        if any(self._register.find_clash(spelling) for spelling in spellings):
            return False
        self._register.take(path, 0)
        self._taken.append(path)
        return True

    def find_spellings(self) -> dict[Path, Path]:
        """The traits that are spelled otherwise beside keys in snake_case, unless a row was in camelCase."""
        has_snake = any("_" in str(step) for path in self._taken for step in path)
        has_camel = any(_HUMP.search(str(step)) for path in self._taken[: self._row_count] for step in path)
        return _SNAKE_SPELLINGS if has_snake and not has_camel else {}

    def take_name(self, name: str) -> Path:
        """`name`, or the first of `name_2`, `name_3` that is free."""
        number = self._next_numbers.get(name, 1)
        while not self.take(path := (_number(name, number),)):
            number += 1
        self._next_numbers[name] = number + 1
        return path


def _number(name: str, number: int) -> str:
    suffix = "" if number == 1 else f"_{number}"
    return name[: MAX_NAME_CHARACTERS - len(suffix)].rstrip("_") + suffix


def _find_missing(definition: Definition, fields: Sequence[Field]) -> list[tuple[Field, str]]:
    """The fields whose answers the mapping does not ask for, one of each key, with the pipe for each."""
    counts = Counter(field.key for field in fields)
    known = {
        key
        for text in texts_of(definition)
        for pipe in parse_template(replace_surrogates_in_text(text), "").pipes
        if pipe.origin != "label"
        for key in (pipe.key, *pipe.alternates)
    }
    missing: list[tuple[Field, str]] = []
    for field in fields:
        pipe = write_pipe(field, counts[field.key] > 1)
        if field.key not in known and _reads(pipe, field.key):
            known.add(field.key)
            missing.append((field, pipe))
    return missing


def _reads(pipe: str, key: str) -> bool:
    """Whether `pipe` is one, for the answer `key`: no pipe names a key with a lone surrogate."""
    single = parse_template(replace_surrogates_in_text(pipe), "").single
    return single is not None and single.key == key


def _find_traits(fields: Sequence[Field], keys: _FreeKeys) -> dict[str, Path]:
    """Each field's trait, by the field's key: those of their names first, then the one of their type."""
    found: dict[str, Path] = {}
    for field in fields:
        for trait in _name_traits(field):
            if _fits(field, trait) and keys.take(trait):
                found[field.key] = trait
                break
    for field in fields:
        if field.type == "email" and field.key not in found and keys.take(("email",)):
            found[field.key] = ("email",)
    return found


def _name_traits(field: Field) -> Iterator[Path]:
    for text in (field.key, field.label):
        match = _ADDRESSED.fullmatch(name_key(text))
        if match and match[1] in _TRAITS_BY_NAME:
            yield _TRAITS_BY_NAME[match[1]]


def _fits(field: Field, trait: Path) -> bool:
    """Whether the field's answers can be what Segment expects of the trait."""
    if TRAITS[trait] == "number":
        return field.type in ("number", "text")
    if trait in DATES:
        return field.type in ("date", "text")
    return field.type in _TEXT_TYPES or field.type == "number"


def _find_type(field: Field, expected: str) -> str:
    """The row's type: what Segment expects of its key, or what the field's answers are."""
    if expected == "number" and field.type == "text":
        return "number"
    if expected == "string" and field.type == "number":
        return "string"
    return _ROW_TYPES.get(field.type, "auto")
