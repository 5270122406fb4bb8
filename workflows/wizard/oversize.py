"""A form that is too large for the server: said in words where the person is looking, never a bare 400.

Django refuses such a request before any view sees it, so nothing stored is touched, and what was typed is
still in the browser.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django_htmx.http import reswap, retarget
from django_htmx.middleware import HtmxDetails

from workflows.intake.body import drop_rest
from workflows.wizard.mapping_pages import Notice


def refuse_oversize(request: HttpRequest) -> HttpResponse:
    """The preview's place, or the notice's, for htmx in the wizard; else a page."""
    drop_rest(request.read)
    htmx: HtmxDetails | None = getattr(request, "htmx", None)
    match = request.resolver_match
    name = match.url_name if match is not None else ""
    if htmx and name == "task_preview":
        return render(request, "wizard/_preview_refused.html", {"text": _describe()})
    if htmx and name and name.startswith("task_"):
        response = render(request, "wizard/_notice.html", {"notice": Notice(_describe())})
        return reswap(retarget(response, "#step-notice"), "outerHTML")
    return render(request, "413.html", status=413)


def _describe() -> str:
    return _(
        "This is more than the server takes at once: 1 MB, or 5,000 inputs. Nothing was kept of it, and "
        "nothing that was kept before is changed. Shorten the longest values, or remove fields."
    )
