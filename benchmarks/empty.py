"""Settings of the yardstick for intake: the same Django and web server, one empty view, nothing around it."""

from __future__ import annotations

from config.settings import *  # noqa: F403

MIDDLEWARE = []
ROOT_URLCONF = "benchmarks.empty_urls"
