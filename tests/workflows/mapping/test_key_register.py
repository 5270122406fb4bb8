from __future__ import annotations

import pytest

from workflows.mapping.key_register import KeyRegister, name_clash
from workflows.mapping.keys import parse_key


def test_keys_clash_as_values_and_objects() -> None:
    register = KeyRegister()
    register.take(("a", "b"), 0)
    register.take(("c",), 1)
    assert register.find_clash(("a", "b")) == (("a", "b"), 0)
    assert register.find_clash(("a",)) == (("a", "b"), 0)
    assert register.find_clash(("a", "b", "x")) == (("a", "b"), 0)
    assert register.find_clash(("c", "d")) == (("c",), 1)
    assert register.find_clash(("a", "x")) is None
    assert register.find_clash(("b",)) is None


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        ("a", "a", "key_repeated"),
        ("a[0]", "a[0]", "key_repeated"),
        ("a[].b", "a[].b", "key_repeated"),
        ("a[]", "a[]", None),
        ("a[0]", "a[1]", None),
        ("a[].b", "a[].c", None),
        ("a[0].b", "a[0].c", None),
        ("a[][]", "a[][]", None),
        ("a", "a[0]", "key_collision"),
        ("a[]", "a", "key_collision"),
        ("a[]", "a[].b", "key_collision"),
        ("a[].b", "a[]", "key_collision"),
        ("a.b", "a[0]", "key_shapes"),
        ("a[].b", "a.c", "key_shapes"),
        ("x.a[0].b", "x.a[0][0]", "key_shapes"),
        ("a[0]", "a[]", "key_mixed_array"),
        ("a[].b", "a[1].b", "key_mixed_array"),
    ],
)
def test_what_two_keys_are_to_each_other(first: str, second: str, code: str | None) -> None:
    register = KeyRegister()
    register.take(parse_key(first), 0)
    clash = register.find_clash(parse_key(second))
    assert (clash and name_clash(parse_key(second), clash[0])) == code
