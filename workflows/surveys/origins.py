"""Allowed origins as people type them, and as browsers send them."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

ANY = "*"
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\]")
# Browsers leave these ports out of the Origin header.
_DEFAULT_PORTS = {"http": 80, "https": 443}
MOST_ORIGINS = 100


def read_origins(text: str) -> list[str]:
    """One origin a line, blank lines aside, as browsers write them; a ValidationError names the line."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if len(lines) > MOST_ORIGINS:
        raise ValidationError(_("At most %(limit)d origins."), params={"limit": MOST_ORIGINS})
    origins: list[str] = []
    for number, line in lines:
        origin = ANY if line == ANY else write_origin(line)
        if origin is None:
            raise ValidationError(
                _("Line %(number)d: %(hint)s"), params={"number": number, "hint": _hint(line)}
            )
        if origin not in origins:
            origins.append(origin)
    return [ANY] if ANY in origins else origins


def write_origin(text: str) -> str | None:
    """`scheme://host[:port]` in lower case, without a default port, a host beyond ASCII as punycode."""
    try:
        parts = urlsplit(text.lower())
        host = (parts.hostname or "").encode("idna").decode() if not text.isascii() else parts.hostname or ""
        port = parts.port
    except (ValueError, UnicodeError):
        return None
    host = f"[{host}]" if ":" in host else host
    has_more = parts.path not in {"", "/"} or parts.query or parts.fragment or "@" in parts.netloc
    if has_more or not _SCHEME.fullmatch(parts.scheme) or not _HOST.fullmatch(host):
        return None
    return f"{parts.scheme}://{host}" + (
        f":{port}" if port and port != _DEFAULT_PORTS.get(parts.scheme) else ""
    )


def _hint(line: str) -> str:
    if "://" not in line:
        return _("start with the scheme, such as https://%(host)s.") % {"host": "www.example.com"}
    return _("give only scheme, host and port, such as https://www.example.com or http://localhost:3000.")
