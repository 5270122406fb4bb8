"""What every view of the product shares: whose request it is, who may pass, and page or partial."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from accounts.models import User


class BrandRequest(HttpRequest):
    """A signed-in person's request. Objects are always looked up through `request.user.brand`."""

    user: User
    htmx: HtmxDetails


View = TypeVar("View", bound=Callable[..., HttpResponse])


def admin_required(view: View) -> View:
    """Lets brand admins through; a member gets 403."""

    @wraps(view)
    def checked(request: BrandRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_admin:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return cast(View, checked)


def render_page_or_partial(
    request: HttpRequest, page: str, partial: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """The partial for a real htmx request; else the whole page, also when boosted or restoring history."""
    htmx: HtmxDetails = request.htmx  # type: ignore[attr-defined]
    wants_partial = htmx and not htmx.boosted and not htmx.history_restore_request
    response = render(request, partial if wants_partial else page, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def redirect_to(request: HttpRequest, name: str, *args: Any) -> HttpResponse:
    """After a write, to the page called `name`; htmx is told to load it as a page."""
    url = reverse(name, args=args)
    htmx: HtmxDetails = request.htmx  # type: ignore[attr-defined]
    return HttpResponseClientRedirect(url) if htmx else HttpResponseRedirect(url)
