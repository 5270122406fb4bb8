"""`python -m benchmarks [--only PREFIX]`: the figures whose name begins so, one JSON object a line."""

from __future__ import annotations

import argparse
import itertools

from benchmarks.mapping import mapping_figures
from benchmarks.product import running
from benchmarks.speed import page_figures
from benchmarks.start import start_figures
from benchmarks.typing import typing_figures
from benchmarks.weight import weight_figures

STEPS = ("account", "workspace", "source", "event", "region", "mappings")
ON_DATA = ("page.", "preview.", "weight.", *(f"wizard.{step}" for step in STEPS))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", default="", metavar="PREFIX")
    prefix = parser.parse_args().only
    for figure in itertools.chain(start_figures(prefix), mapping_figures(prefix), typing_figures(prefix)):
        figure.print()
    if not any(name.startswith(prefix) or prefix.startswith(name) for name in ON_DATA):
        return
    with running() as bench:
        for measured in (page_figures, weight_figures):
            for figure in measured(bench, prefix):
                figure.print()


if __name__ == "__main__":
    main()
