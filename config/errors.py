"""What is answered to requests that no view is asked for."""

from __future__ import annotations

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse
from django.views import defaults

from workflows.wizard.oversize import refuse_oversize


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Too large a form is told how to become smaller; anything else makes no sense to the server."""
    if isinstance(exception, (RequestDataTooBig, TooManyFieldsSent)):
        return refuse_oversize(request)
    return defaults.bad_request(request, exception)
