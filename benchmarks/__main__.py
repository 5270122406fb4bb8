"""`python -m benchmarks [--only PREFIX]`: the figures whose name begins so, one JSON object a line."""

from __future__ import annotations

import argparse
import signal
import sys
import traceback
from collections.abc import Iterator

from benchmarks.delivery import delivery_figures
from benchmarks.growth import growth_figures
from benchmarks.intake import intake_figures
from benchmarks.latency import latency_figures
from benchmarks.mapping import mapping_figures
from benchmarks.memory import memory_figures
from benchmarks.product import running
from benchmarks.report import Figure, is_wanted
from benchmarks.speed import page_figures
from benchmarks.start import start_figures
from benchmarks.typing import typing_figures
from benchmarks.weight import weight_figures

STEPS = ("account", "workspace", "source", "event", "region", "mappings")
ON_DATA = ("page.", "preview.", "weight.", *(f"wizard.{step}" for step in STEPS))


def data_figures(prefix: str) -> Iterator[Figure]:
    """What is measured in this process, on its data: last, because it changes the process's environment."""
    if not is_wanted(prefix, *ON_DATA):
        return
    with running() as bench:
        for measured in (page_figures, weight_figures):
            yield from measured(bench, prefix)


GROUPS = (
    start_figures,
    mapping_figures,
    typing_figures,
    intake_figures,
    delivery_figures,
    latency_figures,
    memory_figures,
    growth_figures,
    data_figures,
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", default="", metavar="PREFIX")
    prefix = parser.parse_args().only
    # An exit runs the clean-up: no process and no database is left behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    failed, count = False, 0
    for group in GROUPS:
        try:
            for figure in group(prefix):
                if figure.name.startswith(prefix):
                    figure.print()
                    count += 1
        except Exception:
            # One that cannot be measured does not take the others with it, but the run counts as failed.
            traceback.print_exc()
            failed = True
    if not count and not failed:
        sys.stderr.write(f"No figure's name begins with {prefix!r}, or none can be measured here.\n")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
