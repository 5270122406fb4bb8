"""Parts of a page that poll for news: can be paused, and answer 204 while nothing has changed."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse, QueryDict

from accounts.web import BrandRequest


@dataclass(frozen=True, slots=True)
class Live:
    """Where a live part gets its news (`poll_url`, empty while paused) and the addresses that switch it."""

    poll_url: str
    pause_url: str
    resume_url: str

    @property
    def is_on(self) -> bool:
        return bool(self.poll_url)


def make_live(request: BrandRequest, fingerprint: str) -> Live:
    """`?live=off` pauses; every poll says what it has seen in `?seen=`."""
    is_paused = request.GET.get("live") == "off"
    return Live(
        poll_url="" if is_paused else _address(request, seen=fingerprint),
        pause_url=_address(request, live="off"),
        resume_url=_address(request, live=""),
    )


def is_unchanged(request: BrandRequest, fingerprint: str) -> bool:
    """Whether this is a poll by someone who has seen just that already."""
    return bool(request.htmx) and request.GET.get("seen") == fingerprint


def answer_unchanged() -> HttpResponse:
    """204: htmx leaves the page as it is, and asks again."""
    return HttpResponse(status=204, headers={"Vary": "HX-Request"})


def _address(request: BrandRequest, **changes: str) -> str:
    query = QueryDict(mutable=True)
    query.update(request.GET)
    query.pop("seen", None)
    for name, value in changes.items():
        query[name] = value
        if not value:
            del query[name]
    return f"{request.path}?{query.urlencode()}" if query else request.path
