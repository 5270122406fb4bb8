"""`python -m benchmarks.table [--into FILE] < results.jsonl`: the figures as a Markdown table.

Above it, the machine, the date and the commit. With `--into` it replaces what stands between the file's two
marks; else it is printed. Lines that are no figure are passed over: a whole terminal's output may be given.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

KEYS = ("name", "value", "unit", "compared_with", "compared_value", "ratio", "target", "met")
HEAD = "| Figure | Value | Compared with | Its value | Ratio | Target | Met |\n|---|--:|---|--:|--:|--:|---|"
MET = {True: "yes", False: "**no**", None: ""}
GIGABYTE = 1024**3
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"


def read_figures(lines: Iterable[str]) -> list[dict[str, Any]]:
    """In the order measured; of two with one name, the later."""
    figures: dict[str, dict[str, Any]] = {}
    for line in lines:
        try:
            figure = json.loads(line)
        except ValueError:
            continue
        if isinstance(figure, dict) and set(figure) == set(KEYS):
            figures[figure["name"]] = figure
    return list(figures.values())


def format_row(figure: Mapping[str, Any]) -> str:
    unit = figure["unit"]
    cells = [
        f"`{figure['name']}`",
        f"{format_number(figure['value'])} {unit}",
        figure["compared_with"],
        format_number(figure["compared_value"]),
        f"{figure['ratio']:.2f}",
        "" if figure["target"] is None else format_number(figure["target"]),
        MET[figure["met"]],
    ]
    return f"| {' | '.join(cells)} |"


def format_number(value: float) -> str:
    """Three digits or more, and no more decimals than mean something."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}".rstrip("0").rstrip(".")


def describe_machine() -> str:
    """The processor, cores, memory, system, date and commit in one line."""
    models = [
        line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")
    ]
    model = models[0].partition(":")[2].strip() if models else platform.machine()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIGABYTE
    command = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or "unknown"
    return (
        f"{model}, {os.cpu_count()} cores, {memory:.0f} GB, Linux {platform.release().split('-')[0]}, "
        f"Python {platform.python_version()}; {datetime.now(UTC):%Y-%m-%d}; commit {commit}."
    )


def insert(text: str, table: str) -> str:
    """`text` with `table` between its marks. Raises `ValueError` where they are missing."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"there is no {BEGIN} followed by {END}")
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.table", description=__doc__)
    parser.add_argument("--into", type=Path, metavar="FILE")
    into = parser.parse_args().into
    rows = [format_row(figure) for figure in read_figures(sys.stdin)]
    table = "\n".join([describe_machine(), "", HEAD, *rows])
    if into is None:
        sys.stdout.write(f"{table}\n")
    else:
        into.write_text(insert(into.read_text(encoding="utf-8"), table), encoding="utf-8")


if __name__ == "__main__":
    main()
