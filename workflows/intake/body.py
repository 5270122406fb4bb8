"""Reading a request's body without ever taking more than the limit into memory."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from workflows.intake.refusals import Refused

_CHUNK_BYTES = 64 * 1024
_DRAIN_BYTES = 2 * 1024 * 1024


def read_body(request: HttpRequest) -> bytes:
    """The whole body, at most MAX_SUBMISSION_BYTES.

    Refused: too large (by Content-Length, else as soon as the limit is passed), empty, cut short by the
    connection's end, or packed. Of what is too large, a further 2 MB are read and dropped: a sender that
    meets a closed connection while it still writes reports a network error, never the 413, and tries again.
    """
    if request.META.get("HTTP_CONTENT_ENCODING", "identity").strip().lower() not in {"", "identity"}:
        message = _("Send the body as it is, without Content-Encoding.")
        raise Refused("unsupported_encoding", message, status=415)
    limit: int = settings.MAX_SUBMISSION_BYTES
    length = _content_length(request)
    if length is not None and length > limit:
        if length <= _DRAIN_BYTES:
            drop_rest(request.read)
        raise _too_large(limit)
    if length is None and _has_unmeasured_body(request):
        # Django reads nothing without a Content-Length, so the server's own stream is asked.
        body = _read(request.META["wsgi.input"].read, limit + 1)
    else:
        body = _read(request.read, length or 0)
    if len(body) > limit:
        drop_rest(request.META["wsgi.input"].read)
        raise _too_large(limit)
    if length is not None and len(body) < length:
        raise _cut_short()
    if not body:
        raise Refused("empty_body", _("The body is empty. Send the answers in it."))
    return body


def _content_length(request: HttpRequest) -> int | None:
    text = request.META.get("CONTENT_LENGTH") or ""
    if "HTTP_TRANSFER_ENCODING" in request.META or not (text.isascii() and text.isdigit()):
        return None
    return int(text) if len(text) < 20 else settings.MAX_SUBMISSION_BYTES + 1


def _has_unmeasured_body(request: HttpRequest) -> bool:
    is_http2 = str(request.META.get("SERVER_PROTOCOL", "")).startswith("HTTP/2")
    return is_http2 or "HTTP_TRANSFER_ENCODING" in request.META


def _read(read: Callable[[int], bytes], most: int) -> bytes:
    chunks = []
    try:
        while most > 0 and (chunk := read(min(most, _CHUNK_BYTES))):
            chunks.append(chunk)
            most -= len(chunk)
    except OSError:  # the sender hung up
        raise _cut_short() from None
    return b"".join(chunks)


def drop_rest(read: Callable[[int], bytes]) -> None:
    """Read what is left of a body, 2 MB of it at most, so that its sender reads the answer."""
    left = _DRAIN_BYTES
    try:
        while left > 0 and (chunk := read(_CHUNK_BYTES)):
            left -= len(chunk)
    except OSError:  # the sender hung up, which is as good
        return


def _cut_short() -> Refused:
    return Refused("incomplete_body", _("The body ended before its announced length. Send it again."))


def _too_large(limit: int) -> Refused:
    message = _("The body is larger than %(limit)d KB. Send fewer or shorter answers.") % {
        "limit": limit // 1024
    }
    return Refused("body_too_large", message, status=413)
