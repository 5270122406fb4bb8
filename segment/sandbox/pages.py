"""The sandbox's HTML: templates filled in, the files beside them, and the root page."""

from __future__ import annotations

from html import escape
from pathlib import Path
from string import Template

from segment.sandbox import faults
from segment.sandbox.fixtures import ACME, ACME_EU, ACME_SLUGS, DISABLED_SLUG, TOKENS, write_key
from segment.sandbox.http import HTML, Reply, Request, json_reply

_STATIC = Path(__file__).parent / "static"
_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_SAFETY_HEADERS = (
    ("Content-Security-Policy", _CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
)
_FILES = {"sandbox.css": "text/css; charset=utf-8", "debugger.js": "text/javascript; charset=utf-8"}


def answer_page(request: Request, path: tuple[str, ...]) -> Reply:
    """The root page and the files that the pages load."""
    if request.method == "GET" and not path:
        return render("root.html", tokens=_token_rows(), sources=_source_rows(), rules=escape(_fault_rules()))
    if request.method == "GET" and len(path) == 1 and path[0] in _FILES:
        return Reply(200, (_STATIC / path[0]).read_bytes(), _FILES[path[0]], _SAFETY_HEADERS)
    return json_reply(404, {"errors": [{"type": "not-found", "message": "There is nothing at this path."}]})


def render(name: str, **values: str) -> Reply:
    """A template with its `$names` filled in; the values are HTML, so their texts are escaped already."""
    template = Template((_STATIC / name).read_text("utf-8"))
    return Reply(200, template.substitute(values).encode("utf-8", "replace"), HTML, _SAFETY_HEADERS)


def _token_rows() -> str:
    return "\n".join(
        f"<tr><th scope='row'><code>{escape(seed.token)}</code></th>"
        f"<td>{escape(seed.workspace.name)}</td><td>/{seed.workspace.region}</td>"
        f"<td>{escape(seed.purpose)}</td></tr>"
        for seed in TOKENS.values()
    )


def _source_rows() -> str:
    return "\n".join(
        f"<tr><th scope='row'>{escape(slug)}{' (disabled)' if slug == DISABLED_SLUG else ''}</th>"
        f"<td>{escape(workspace.name)}</td><td>/{workspace.region}</td>"
        f"<td><code>{write_key(workspace.slug, slug)}</code></td></tr>"
        for workspace in (ACME, ACME_EU)
        for slug in ACME_SLUGS
    )


def _fault_rules() -> str:
    return (faults.__doc__ or "").partition("\n\n")[2].strip("\n")
