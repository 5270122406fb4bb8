"""Fixtures for all tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache

from segment.regions import build_endpoints
from segment.sandbox import RunningSandbox, start_sandbox
from workflows.intake import writer
from workflows.intake.pressure import gauge


@pytest.fixture
def sandbox(settings: object) -> Iterator[RunningSandbox]:
    """A sandbox over real HTTP, to which both regions' addresses point for the length of the test."""
    running = start_sandbox()
    settings.SEGMENT_ENDPOINTS = build_endpoints(running.url)  # type: ignore[attr-defined]
    settings.SANDBOX_URL = running.url  # type: ignore[attr-defined]
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def _forget_cached() -> Iterator[None]:
    """Counters in the cache (failed sign-ins), and what the submit endpoint knows, end with the test."""
    yield
    cache.clear()
    gauge.forget()
    writer.close()
