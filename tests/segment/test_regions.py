from __future__ import annotations

import pytest

from segment.regions import Endpoints, RegionKey, build_endpoints


def test_without_a_sandbox_the_urls_are_segments_own() -> None:
    assert build_endpoints() == {
        RegionKey.OREGON: Endpoints(
            RegionKey.OREGON, "https://api.segmentapis.com", "https://api.segment.io/v1"
        ),
        RegionKey.DUBLIN: Endpoints(
            RegionKey.DUBLIN, "https://eu1.api.segmentapis.com", "https://events.eu1.segmentapis.com/v1"
        ),
    }


@pytest.mark.parametrize("sandbox_url", ["http://127.0.0.1:8099", "http://127.0.0.1:8099/"])
def test_with_a_sandbox_both_regions_are_under_it(sandbox_url: str) -> None:
    assert build_endpoints(sandbox_url) == {
        RegionKey.OREGON: Endpoints(
            RegionKey.OREGON, "http://127.0.0.1:8099/us", "http://127.0.0.1:8099/us/v1"
        ),
        RegionKey.DUBLIN: Endpoints(
            RegionKey.DUBLIN, "http://127.0.0.1:8099/eu", "http://127.0.0.1:8099/eu/v1"
        ),
    }


def test_region_keys_are_the_words_stored_elsewhere() -> None:
    assert [str(region) for region in RegionKey] == ["oregon", "dublin"]
