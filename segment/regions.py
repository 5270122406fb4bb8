"""Segment's two regions and the base URLs of their two APIs.

Source: Segment's documentation, "Regional Segment". A workspace lives in one region for ever; an event sent
to the other region may be answered 200 and dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RegionKey(StrEnum):
    OREGON = "oregon"
    DUBLIN = "dublin"


@dataclass(frozen=True)
class Endpoints:
    """The base URLs of one region, both without a slash at the end."""

    region: RegionKey
    public_api_url: str
    tracking_url: str


_SEGMENT = {
    RegionKey.OREGON: ("https://api.segmentapis.com", "https://api.segment.io/v1"),
    RegionKey.DUBLIN: ("https://eu1.api.segmentapis.com", "https://events.eu1.segmentapis.com/v1"),
}
_SANDBOX_PATHS = {RegionKey.OREGON: "/us", RegionKey.DUBLIN: "/eu"}


def build_endpoints(sandbox_url: str = "") -> dict[RegionKey, Endpoints]:
    """Segment's own base URLs, or those under `sandbox_url` (any base URL that serves `/us` and `/eu`)."""
    if not sandbox_url:
        return {
            region: Endpoints(region, public, tracking) for region, (public, tracking) in _SEGMENT.items()
        }
    root = sandbox_url.rstrip("/")
    return {
        region: Endpoints(region, f"{root}{path}", f"{root}{path}/v1")
        for region, path in _SANDBOX_PATHS.items()
    }
