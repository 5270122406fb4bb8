"""Form bodies, urlencoded and multipart, read strictly: nothing is dropped or replaced in silence.

A body is at most 256 KB and in memory, so both readers are plain splits. The charset is the one that the
content type names, else UTF-8; in multipart a part may name its own (RFC 7578).
"""

from __future__ import annotations

import codecs
from typing import Any
from urllib.parse import unquote_to_bytes

from django.utils.http import parse_header_parameters
from django.utils.translation import gettext as _

from workflows.intake.refusals import Refused

MAX_VALUES = 5_000
# Python knows many more codecs, some of them slow or no charsets at all.
_CHARSETS = {
    "utf-8", "utf-8-sig", "ascii", "iso8859-1", "iso8859-2", "iso8859-15", "cp1250", "cp1251", "cp1252",
    "cp1253", "cp1254", "cp1255", "cp1256", "koi8-r", "gb2312", "gbk", "gb18030", "big5", "shift_jis",
    "euc_jp", "euc_kr",
}  # fmt: skip


def decode_urlencoded(body: bytes, charset: str) -> list[tuple[str, str]]:
    """The pairs in the order sent. A value may be missing (`a&b`): it is then the empty text."""
    codec = _find_codec(charset)
    pieces = [piece for piece in body.split(b"&") if piece]
    _refuse_many(len(pieces))
    pairs = []
    for piece in pieces:
        name, _equals, value = piece.replace(b"+", b" ").partition(b"=")
        pairs.append((_to_text(unquote_to_bytes(name), codec), _to_text(unquote_to_bytes(value), codec)))
    return pairs


def decode_multipart(body: bytes, boundary: str, charset: str) -> list[tuple[str, str]]:
    """The pairs in the order sent. An empty file input (no file chosen) is left out; a file is refused."""
    codec = _find_codec(charset)
    parts = _split_parts(body, boundary)
    _refuse_many(len(parts))
    pairs = [_read_part(part, codec) for part in parts]
    return [pair for pair in pairs if pair is not None]


def group_pairs(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Answers by key; a key that is there more than once holds the list of its values."""
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return {name: found[0] if len(found) == 1 else found for name, found in values.items()}


def _split_parts(body: bytes, boundary: str) -> list[bytes]:
    if not boundary or len(boundary) > 200 or not boundary.isascii():
        raise _unreadable(_("the content type names no boundary"))
    sections = (b"\r\n" + body).split(b"\r\n--" + boundary.encode())
    ends = [index for index, section in enumerate(sections) if index and section.startswith(b"--")]
    if not ends:
        raise _unreadable(_("the closing boundary is missing"))
    return sections[1 : ends[0]]


def _read_part(part: bytes, codec: str) -> tuple[str, str] | None:
    padding, line_end, rest = part.partition(b"\r\n")
    head, blank_line, content = rest.partition(b"\r\n\r\n")
    if padding.strip() or not line_end or not blank_line:
        raise _unreadable(_("a part has no headers"))
    headers = _read_headers(head, codec)
    kind, params = headers.get("content-disposition", ("", {}))
    if kind != "form-data" or "name" not in params:
        raise _unreadable(_("a part has no name"))
    if headers.get("content-transfer-encoding", ("binary", {}))[0] not in {"7bit", "8bit", "binary"}:
        raise _unreadable(_("a part is packed; send it as it is"))
    if "filename" in params:
        _refuse_file(params["filename"], content)
        return None
    own_charset = headers.get("content-type", ("", {}))[1].get("charset")
    return params["name"], _to_text(content, _find_codec(own_charset) if own_charset else codec)


def _read_headers(head: bytes, codec: str) -> dict[str, tuple[str, dict[str, str]]]:
    headers = {}
    for line in head.split(b"\r\n"):
        name, _colon, value = _to_text(line, codec).partition(":")
        try:
            main, params = parse_header_parameters(value.strip())
        except ValueError:
            raise _unreadable(_("a part's header is not readable")) from None
        headers[name.strip().lower()] = (main.lower(), params)
    return headers


def _refuse_file(name: str, content: bytes) -> None:
    if name or content:
        message = _(
            "Files are not taken. Send the answers without the file; an empty file input does no harm."
        )
        raise Refused("file_refused", message)


def _find_codec(charset: str) -> str:
    try:
        name = codecs.lookup(charset or "utf-8").name
    except (LookupError, ValueError):
        name = ""
    if name not in _CHARSETS:
        raise Refused("unsupported_charset", _("This charset is not known. Send UTF-8."), status=415)
    return name


def _to_text(data: bytes, codec: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        raise _unreadable(_("a value is not in its charset; name the charset in the content type")) from None


def _refuse_many(count: int) -> None:
    if count > MAX_VALUES:
        message = _("The form holds more than %(limit)d values. Send fewer.") % {"limit": MAX_VALUES}
        raise Refused("too_many_values", message)


def _unreadable(reason: str) -> Refused:
    return Refused("unreadable_body", _("Not readable as a form: %(reason)s.") % {"reason": reason})
