"""The settings are all documented, and the tree holds nothing of a machine or a person."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

BASE_DIR = Path(__file__).resolve().parent.parent
PRODUCT = ("accounts", "config", "segment", "workflows")
READERS = {"str", "bool", "int", "float", "list", "db_url", "email_url", "get"}
# DJANGO_SETTINGS_MODULE is Django's; it says which file has the settings.
NOT_SETTINGS = {"DJANGO_SETTINGS_MODULE", "NO_PROXY", "no_proxy"}


def tree_files() -> list[Path]:
    """What a clone has, and what is new and not ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    output = subprocess.run(command, cwd=BASE_DIR, capture_output=True, check=True).stdout
    paths = [BASE_DIR / name for name in output.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]


def read_variables(source: str) -> set[str]:
    """Names read through `env.kind("NAME")`, `environ.get("NAME")` and `environ["NAME"]`."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(
                func=ast.Attribute(value=owner, attr=attr), args=[ast.Constant(value=str(name)), *_]
            ):
                if attr in READERS and ast.unparse(owner) in {"env", "os.environ", "environment"}:
                    found.add(name)
            case ast.Subscript(value=owner, slice=ast.Constant(value=str(name)), ctx=ast.Load()):
                if ast.unparse(owner) == "os.environ":
                    found.add(name)
    return found


def read_by_product() -> set[str]:
    sources = [path for app in PRODUCT for path in (BASE_DIR / app).rglob("*.py")]
    return set().union(*(read_variables(path.read_text()) for path in sources)) - NOT_SETTINGS


def documented() -> list[str]:
    return re.findall(r"^(?:# )?([A-Z][A-Z0-9_]+)=", (BASE_DIR / ".env.example").read_text(), re.MULTILINE)


def test_variables_are_found_in_all_spellings() -> None:
    source = (
        'env.str("A"); env.bool("B", default=False); os.environ.get("C"); os.environ["D"]; other.get("E")'
    )
    assert read_variables(source) == {"A", "B", "C", "D"}


def test_env_example_lists_exactly_what_is_read() -> None:
    assert sorted(documented()) == sorted(read_by_product())


def test_env_example_has_no_value_in_force() -> None:
    lines = (BASE_DIR / ".env.example").read_text().splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == []


def test_requirements_are_pinned_exactly() -> None:
    pins = []
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = (BASE_DIR / name).read_text().splitlines()
        pins += [line for line in lines if line and not line.startswith(("#", "-r "))]
    assert [pin for pin in pins if not re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][A-Za-z0-9.]*", pin)] == []
    assert len(pins) == len({pin.partition("==")[0].lower() for pin in pins})


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("a machine's path", r"/home/\w|/Users/\w|/roo[t]/|/wor[k]/|C:\\Users"),
        ("a private key", r"-----BEGIN [A-Z ]*PRIVATE KE[Y]"),
        ("a package registry other than the default", r"index-ur[l]|extra-inde[x]"),
        ("a cloud access key", r"\bAKIA[0-9A-Z]{16}\b"),
    ],
)
def test_tree_has_none_of(what: str, pattern: str) -> None:
    found = [
        f"{path.relative_to(BASE_DIR)}: {match[0]}"
        for path in tree_files()
        if path.suffix not in {".png", ".ico"}
        for match in [re.search(pattern, path.read_text(errors="ignore"))]
        if match
    ]
    assert found == [], what


def test_tree_has_no_data_of_a_run() -> None:
    names = {"keys.env", ".env", "demo.json", "tributary.sqlite3"}
    assert [path for path in tree_files() if path.name in names or path.suffix == ".sqlite3"] == []
