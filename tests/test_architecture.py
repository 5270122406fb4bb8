"""The rules of the house: who may import whom, what a template may hold, how long a file may grow."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("segment", "accounts", "workflows", "config")  # each may import those before it, and itself
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 40


def modules() -> list[str]:
    """The product's Python files but for migrations, as paths from the root."""
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return sorted(str(path.relative_to(ROOT)) for path in files if "migrations" not in path.parts)


def templates() -> list[str]:
    """The product's templates and the sandbox's, as paths from the root."""
    files = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "segment").rglob("*.html")]
    return sorted(str(path.relative_to(ROOT)) for path in files)


@cache
def tree(module: str) -> ast.Module:
    return ast.parse((ROOT / module).read_text(encoding="utf-8"))


def imported(module: str) -> set[str]:
    """The dotted names a module imports, wherever it does: `from a.b import c` is both `a.b` and `a.b.c`."""
    names: set[str] = set()
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import"
            names |= {str(node.module)} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def importers_of(*names: str) -> set[str]:
    return {module for module in modules() if any(_is_in(name, names) for name in imported(module))}


def _is_in(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def under(*folders: str) -> set[str]:
    return {module for module in modules() if module.startswith(folders)}


def test_there_is_something_to_check() -> None:
    assert {module.split("/")[0] for module in modules()} == set(PACKAGES)
    assert "templates/base.html" in templates()


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_import_only_those_before_them(package: str) -> None:
    later = PACKAGES[PACKAGES.index(package) + 1 :]
    assert importers_of(*later) & under(f"{package}/") == set()


def test_segment_knows_nothing_of_django() -> None:
    assert importers_of("django", "encrypted_model_fields") & under("segment/") == set()


def test_the_mapping_uses_neither_the_database_nor_http() -> None:
    forbidden = ("django.db", "workflows.models", "accounts", "requests", "urllib.request", "urllib3", "http")
    assert importers_of(*forbidden) & under("workflows/mapping/") == set()


def test_models_import_no_services_or_views() -> None:
    layers = ("selectors", "services", "forms", "views", "wizard", "intake", "delivery", "urls")
    found = {
        (module, name)
        for module in under("accounts/models/", "workflows/models/")
        for name in imported(module)
        if any(part == layer or part.endswith(f"_{layer}") for part in name.split(".") for layer in layers)
    }
    assert found == set()


def test_reading_and_writing_know_nothing_of_views() -> None:
    below = {module for module in modules() if re.search(r"(selectors|services)(/|\.py)", module)}
    assert below
    above = ("workflows.views", "workflows.wizard", "workflows.intake", "accounts.views", "accounts.forms")
    assert importers_of(*above) & below == set()


def test_only_the_delivery_talks_to_the_tracking_api() -> None:
    outside = importers_of("segment.tracking") - under("segment/", "workflows/delivery/")
    assert outside == set()


def test_only_accounts_decrypts_and_the_delivery_asks_it_for_write_keys() -> None:
    outside = importers_of("accounts.secrets") - under("accounts/")
    assert outside <= under("workflows/delivery/")
    asked_for = {name for module in outside for name in imported(module) if "accounts.secrets." in name}
    assert asked_for <= {"accounts.secrets.source_write_keys"}


SECRET_COLUMNS = {"secret", "write_key"}


def test_only_accounts_reads_the_columns_of_secrets() -> None:
    """`account.secret` and `source.write_key` decrypt as they are read."""
    columns = {
        (module, node.lineno)
        for module in under("workflows/", "config/")
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Attribute) and node.attr in SECRET_COLUMNS and _is_read_of_a_model(node)
    }
    assert columns == set()


def _is_read_of_a_model(node: ast.Attribute) -> bool:
    """Whether it hangs on something called account or source: `task.source.write_key`, `account.secret`."""
    owner = node.value
    name = owner.attr if isinstance(owner, ast.Attribute) else owner.id if isinstance(owner, ast.Name) else ""
    return name.endswith(("account", "source"))


@pytest.mark.parametrize("module", [name for name in modules() if name != "workflows/json_html.py"])
def test_only_json_html_marks_text_as_safe(module: str) -> None:
    names = {node.func.id for node in ast.walk(tree(module)) if _is_call_of_a_name(node)}
    assert not names & {"mark_safe", "SafeString", "SafeText"}
    assert not {name for name in imported(module) if name.endswith(".mark_safe")}


def _is_call_of_a_name(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name)


# What the Content-Security-Policy would block, and what would switch the escaping off.
FORBIDDEN_MARKUP = {
    "inline script": r"<script(?![^>]*\bsrc=)[^>]*>",
    "inline style sheet": r"<style\b",
    "style attribute": r"<[^>]*\sstyle\s*=",
    "event attribute": r"<[^>]*\son[a-z]+\s*=",
    "script address": r"""(href|src|action)\s*=\s*["']?\s*javascript:""",
    "htmx that evaluates": r"\bhx-on\b|\bhx-on:|\bjs:|hx-trigger=\"[^\"]*\[",
    "unescaped text": r"\|\s*safe(seq)?\b|\{%\s*autoescape\s+off",
    "another host": r"""<(script|link|img|iframe)\b[^>]*(src|href)\s*=\s*["']?(https?:)?//""",
}


@pytest.mark.parametrize("template", templates())
def test_templates_hold_nothing_that_a_strict_policy_forbids(template: str) -> None:
    text = (ROOT / template).read_text(encoding="utf-8")
    assert list(find_forbidden(text)) == []


def find_forbidden(text: str) -> Iterator[str]:
    text = re.sub(r"\{#.*?#\}", "", text)
    for name, pattern in FORBIDDEN_MARKUP.items():
        if found := re.search(pattern, text, re.IGNORECASE):
            yield f"{name}: {found[0][:80]}"


@pytest.mark.parametrize(
    ("markup", "name"),
    [
        ("<script>go()</script>", "inline script"),
        ('<script type="module">go()</script>', "inline script"),
        ("<style>p {}</style>", "inline style sheet"),
        ('<p class="a" style="color: red">', "style attribute"),
        ('<button onclick="go()">', "event attribute"),
        ('<a href="javascript:go()">', "script address"),
        ('<p hx-on::after-request="go()">', "htmx that evaluates"),
        ('<p hx-get="/" hx-trigger="keyup[ctrlKey]">', "htmx that evaluates"),
        ("{{ answer|safe }}", "unescaped text"),
        ("{% autoescape off %}", "unescaped text"),
        ('<link rel="stylesheet" href="https://cdn.example/a.css">', "another host"),
    ],
)
def test_forbidden_markup_is_found(markup: str, name: str) -> None:
    assert [found.split(":")[0] for found in find_forbidden(markup)] == [name]


def test_allowed_markup_is_not_found() -> None:
    markup = (
        """<script type="module" src="{% static 'js/a.js' %}"></script> <input name="only" value="on=1">"""
    )
    assert list(find_forbidden(markup)) == []


def test_partials_have_one_root_element() -> None:
    """A partial that a view answers with is swapped whole: text beside its root would be doubled."""
    swapped = {
        str(node.value)
        for module in modules()
        for call in ast.walk(tree(module))
        if _is_call_of_a_name(call) and call.func.id == "render_page_or_partial"  # type: ignore[attr-defined]
        for node in call.args[2:3]  # type: ignore[attr-defined]
        if isinstance(node, ast.Constant)
    }
    assert "runs/_list.html" in swapped
    for name in swapped:
        text = (ROOT / "templates" / name).read_text(encoding="utf-8")
        bare = re.sub(r"\{[%#].*?[%#]\}", "", text, flags=re.DOTALL).strip()
        tag = re.match(r"<(\w+)\b[^>]*\bid=", bare)
        assert tag, f"{name} does not begin with an element that has an id"
        assert bare.endswith(f"</{tag[1]}>"), name


def source_files() -> list[str]:
    files = [
        *modules(),
        *templates(),
        *(str(path.relative_to(ROOT)) for path in (ROOT / "static").rglob("*.[jc]s*")),
        *(str(path.relative_to(ROOT)) for path in (ROOT / "tests").rglob("*.py")),
    ]
    return [name for name in files if "/vendor/" not in name]


def test_files_stay_small() -> None:
    long = {
        name: count
        for name in source_files()
        if (count := len((ROOT / name).read_text(encoding="utf-8").splitlines())) > MAX_FILE_LINES
    }
    assert long == {}


def test_functions_stay_small() -> None:
    long = {
        f"{module}:{node.name}": lines
        for module in modules()
        for node in ast.walk(tree(module))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and (lines := count_lines(node)) > MAX_FUNCTION_LINES
    }
    assert long == {}


def count_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """From its first line to its last, without the docstring."""
    first = function.body[0]
    docstring = first if ast.get_docstring(function, clean=False) is not None else None
    hidden = (docstring.end_lineno or 0) - docstring.lineno + 1 if docstring else 0
    return (function.end_lineno or 0) - function.lineno + 1 - hidden
