"""What the web server serves."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def guard_content_type(serve: WsgiApplication) -> WsgiApplication:
    """Django fails on a Content-Type such as `a/b; charset*=none''x` before any view: a 500 with no words.

    Such a header is taken away, so that the view answers as it does to a type that it does not take.
    """

    def guarded(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if "*" in environ.get("CONTENT_TYPE", ""):
            try:
                parse_header_parameters(environ["CONTENT_TYPE"])
            except ValueError:
                environ["CONTENT_TYPE"] = ""
        return serve(environ, start_response)

    return guarded


def make_application() -> WsgiApplication:
    serve = get_wsgi_application()
    from workflows.intake.gateway import with_short_way  # needs Django's apps

    return guard_content_type(with_short_way(serve))


application = make_application()
