"""Segment's Public API: workspaces and sources, by an API token. Server-side only.

Source: Segment's Public API reference and its official SDKs. Every method raises
`segment.errors.SegmentError`.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import quote, urlsplit

import requests

from segment.errors import (
    BadToken,
    NotFound,
    PermissionDenied,
    SegmentError,
    TimedOut,
    UnexpectedAnswer,
    Unreachable,
    error_from_answer,
)
from segment.models import (
    Source,
    SourcePage,
    TokenCheck,
    Workspace,
    parse_source,
    parse_source_page,
    parse_workspace,
    parse_write_key,
)
from segment.regions import Endpoints, RegionKey
from segment.transport import (
    NETWORK_ERRORS,
    AnswerTooLarge,
    HeaderAuth,
    Timeouts,
    is_time_out,
    new_session,
    read_bounded,
)

__all__ = ["PublicApi", "Source", "SourcePage", "TokenCheck", "Workspace", "detect_account"]

# 3.05 s to connect: just over the first TCP retransmission, as the documentation of requests advises.
PUBLIC_API_TIMEOUTS = Timeouts(connect_seconds=3.05, read_seconds=10.0)

# A page of 1,000 sources with their settings and catalog metadata stays well under it.
MAX_ANSWER_BYTES = 16 * 1024 * 1024

# The catalog id of the "HTTP API" source, which takes events in both regions.
HTTP_API_METADATA_ID = "iUM16Md8P2"

_ACCEPT = "application/vnd.segment.v1+json"
# Creating a write key is an alpha operation in Segment's own SDKs.
_ACCEPT_ALPHA = "application/vnd.segment.v1alpha+json"


class PublicApi:
    """One token at one region's Public API.

    Not for sharing between threads; `close()` ends its connection.
    """

    def __init__(self, base_url: str, token: str, timeouts: Timeouts = PUBLIC_API_TIMEOUTS) -> None:
        self._base_url = base_url.rstrip("/")
        self._token = token.strip()
        self._timeouts = timeouts
        self._session = new_session()

    def __repr__(self) -> str:
        return f"PublicApi({self._base_url!r}, token=***)"

    def __enter__(self) -> PublicApi:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._session.close()

    def workspace(self) -> Workspace:
        """The one workspace of the token."""
        return parse_workspace(self._call("GET", "/"))

    def sources(self, cursor: str | None = None, count: int = 100) -> SourcePage:
        """One page of the workspace's sources; `cursor` is the page before's `next_cursor`, `count` 1 to
        1,000.
        """
        params = {"pagination[count]": str(count)}
        if cursor:
            params["pagination[cursor]"] = cursor
        return parse_source_page(self._call("GET", "/sources", params=params))

    def source(self, source_id: str) -> Source:
        return parse_source(self._call("GET", f"/sources/{_quote(source_id)}"))

    def create_source(self, slug: str) -> Source:
        """Create an "HTTP API" source. It writes to the workspace's audit trail."""
        body = {"slug": slug, "enabled": True, "metadataId": HTTP_API_METADATA_ID, "settings": {}}
        return parse_source(self._call("POST", "/sources", body=body))

    def create_write_key(self, source_id: str) -> str:
        """Create one further write key of a source and return it."""
        return parse_write_key(
            self._call("POST", f"/sources/{_quote(source_id)}/writekey", accept=_ACCEPT_ALPHA)
        )

    def _call(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None = None,
        body: object = None,
        accept: str = _ACCEPT,
    ) -> Mapping[str, Any]:
        """The `data` of the answer's envelope."""
        if not _could_be_token(self._token):
            raise BadToken("The token is empty or has characters that no token has")
        try:
            return self._exchange(method, path, params, body, accept)
        except AnswerTooLarge:
            raise UnexpectedAnswer(f"{self._host}'s answer is over {MAX_ANSWER_BYTES:,} bytes") from None
        except NETWORK_ERRORS as error:
            # The cause's text stays out: it may quote what was sent.
            if is_time_out(error):
                raise TimedOut(f"{self._host} did not answer in time") from None
            raise Unreachable(f"{self._host} cannot be reached: {type(error).__name__}") from None

    def _exchange(
        self, method: str, path: str, params: Mapping[str, str] | None, body: object, accept: str
    ) -> Mapping[str, Any]:
        deadline = time.monotonic() + self._timeouts.connect_seconds + self._timeouts.read_seconds
        with self._session.request(
            method,
            self._base_url + path,
            params=params,
            json=body,
            headers={"Accept": accept},
            auth=HeaderAuth(f"Bearer {self._token}"),
            timeout=self._timeouts.as_tuple(),
            allow_redirects=False,
            stream=True,
        ) as response:
            content = read_bounded(response, MAX_ANSWER_BYTES, deadline)
        if not 200 <= response.status_code < 300:
            raise error_from_answer(response.status_code, response.headers, content, self._token)
        return _unwrap(content, response)

    @property
    def _host(self) -> str:
        return urlsplit(self._base_url).netloc.rpartition("@")[2]


def _unwrap(content: bytes, response: requests.Response) -> Mapping[str, Any]:
    try:
        data = json.loads(content)["data"]
    except (ValueError, TypeError, KeyError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise UnexpectedAnswer("Segment's answer is not the JSON it should be", status=response.status_code)
    return data


def _quote(source_id: str) -> str:
    """One path segment. Dots alone mean "here" and "up" in a path even when escaped, so they are no id."""
    if not source_id.strip("."):
        raise NotFound("No source has this id", code="not-found")
    return quote(source_id, safe="")


def _could_be_token(token: str) -> bool:
    """Whether it can stand in a header at all:

    requests would otherwise raise an error that quotes the token.
    """
    return bool(token) and token.isascii() and token.isprintable() and " " not in token


def detect_account(
    endpoints: Mapping[RegionKey, Endpoints], token: str, timeouts: Timeouts = PUBLIC_API_TIMEOUTS
) -> TokenCheck:
    """Find a token's region and workspace by asking all regions at once, and whether it may see write keys.

    The first region that answers 200 wins, without waiting for the others. Where none does, the error is the
    one that leaves the question open (time-out, 429, …) rather than the 401 of the region that said no;
    `BadToken` only when every region said 401.
    """
    errors: list[SegmentError] = []
    for region, answer in _ask_all(endpoints, token, timeouts):
        if isinstance(answer, Workspace):
            url = endpoints[region].public_api_url
            return TokenCheck(region, answer, _has_source_admin(url, token, timeouts))
        errors.append(answer)
    raise _most_telling(errors)


def _ask_all(
    endpoints: Mapping[RegionKey, Endpoints], token: str, timeouts: Timeouts
) -> Iterator[tuple[RegionKey, Workspace | SegmentError]]:
    """Each region's answer, as they come in."""
    answers: SimpleQueue[tuple[RegionKey, Workspace | SegmentError]] = SimpleQueue()

    def ask(region: RegionKey, url: str) -> None:
        answers.put((region, _ask(url, token, timeouts)))

    for region, endpoint in endpoints.items():
        # Daemon threads: a region that hangs must delay neither the caller nor the end of the process.
        threading.Thread(target=ask, args=(region, endpoint.public_api_url), daemon=True).start()
    for region in endpoints:
        try:
            yield answers.get(timeout=timeouts.connect_seconds + 2 * timeouts.read_seconds)
        except Empty:
            yield region, TimedOut("A region did not answer in time")


def _ask(base_url: str, token: str, timeouts: Timeouts) -> Workspace | SegmentError:
    try:
        with PublicApi(base_url, token, timeouts) as api:
            return api.workspace()
    except SegmentError as error:
        return error


def _has_source_admin(base_url: str, token: str, timeouts: Timeouts) -> bool | None:
    """False where one source comes without write keys, or the list is forbidden; None without any source."""
    try:
        with PublicApi(base_url, token, timeouts) as api:
            sources = api.sources().sources
    except PermissionDenied:
        return False
    return all(source.write_keys for source in sources) if sources else None


def _most_telling(errors: Iterable[SegmentError]) -> SegmentError:
    """An error that leaves the question open before a 403, and both before a 401."""

    def certainty(error: SegmentError) -> int:
        if isinstance(error, BadToken):
            return 2
        return 1 if isinstance(error, PermissionDenied) else 0

    return min(errors, key=certainty)
