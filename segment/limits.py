"""Segment's limits, with their units.

Source, where a line names no other: Segment's documentation, "HTTP API source" and "Product limits".
"""

from __future__ import annotations

import re

# Bytes of one event's JSON. Past it the whole request is answered 400.
MAX_EVENT_BYTES = 32 * 1024

# Bytes of one batch request's body before gzip. Past it: 400.
MAX_BATCH_BYTES = 500 * 1024

# Bytes the body of a batch needs beside its events and the commas between them: `{"batch":[`, sentAt, the
# write key.
BATCH_ENVELOPE_BYTES = 512

# Events in one batch. Past it: 200, and all of them are dropped.
MAX_BATCH_EVENTS = 2_500

# Properties (or traits) of one event.
MAX_EVENT_PROPERTIES = 10_000

# Traits or properties of one source that Segment's schema page shows (Segment's "Schema" page).
MAX_SCHEMA_PROPERTIES = 300

# Characters of a messageId. The documentation says "under 100" in one place and "up to 100" in another.
MAX_MESSAGE_ID = 100

# Seconds for which a second event with the same messageId is dropped, at least ("Handling duplicate data").
DEDUPLICATION_SECONDS = 24 * 60 * 60

# Requests a second and workspace, about.
MAX_REQUESTS_PER_SECOND = 1_000

# Sources in one page of the Public API's list (Public API, "Pagination").
MAX_PAGE_COUNT = 1_000

# Tries after the first one, and seconds to wait for an answer, in Segment's own SDKs.
SDK_RETRIES = 10
SDK_TIME_OUT_SECONDS = 15.0

# A source's slug, which is also the name that the user types.
SOURCE_SLUG_PATTERN = r"[a-z0-9._-]+"
# Characters. Our own bound: Segment names none, and its interface cuts longer names off.
MAX_SOURCE_SLUG = 100

_source_slug = re.compile(SOURCE_SLUG_PATTERN)


def is_source_slug(text: str) -> bool:
    """Whether Segment takes `text` as a source's name: lower-case letters, digits, `.`, `-`, `_` only."""
    return len(text) <= MAX_SOURCE_SLUG and _source_slug.fullmatch(text) is not None
