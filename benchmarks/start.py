"""How long `make run` takes until it is ready, when everything is installed already."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.report import Figure, percentile_95
from tests.product import start

TARGET_SECONDS = 5.0
ROUNDS = 3


def start_figures(prefix: str) -> Iterator[Figure]:
    if not "start.second".startswith(prefix):
        return
    directory = Path(tempfile.mkdtemp(prefix="tributary-bench-"))
    try:
        first, *later = [timed_start(directory / "data") for _ in range(1 + ROUNDS)]
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    yield Figure("start.second", percentile_95(later), "s", "first start", first, TARGET_SECONDS)


def timed_start(data_dir: Path) -> float:
    begun = time.perf_counter()
    product = start(data_dir)
    spent = time.perf_counter() - begun
    product.stop()
    return spent
