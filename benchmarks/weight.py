"""What a first visit loads, uncompressed: the page, its styles, scripts and what those import, its icons."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from benchmarks.product import Bench
from benchmarks.report import Figure

TARGET_KB = 150.0
HTMX = re.compile(r"(?:^|/)htmx-2\.min\.js$")
IN_HTML = re.compile(r"""(?:src|href)="/static/([^"#?]+)""")
IN_CSS = re.compile(r"""url\(["']?([^"')#?]+)""")
IN_JS = re.compile(r"""(?:from|import)\s*["'](\.[^"']+)["']""")


def weight_figures(bench: Bench, prefix: str) -> Iterator[Figure]:
    paths = {f"weight.{name}": path for name, path in bench.page_paths().items() if name != "healthz"}
    paths |= {f"weight.wizard.{name}": path for name, path in bench.step_paths().items()}
    manifest = json.loads((bench.static_root / "staticfiles.json").read_text())["paths"]
    htmx = next(path for name, path in manifest.items() if HTMX.search(name))
    htmx_kb = (bench.static_root / htmx).stat().st_size / 1024
    for name, path in paths.items():
        if name.startswith(prefix):
            yield Figure(name, weigh(bench, path), "KB", "htmx alone", htmx_kb, TARGET_KB)


def weigh(bench: Bench, path: str) -> float:
    html = bench.client.get(path).content
    files: set[Path] = set()
    for name in IN_HTML.findall(html.decode()):
        collect(bench.static_root / name, files)
    return (len(html) + sum(file.stat().st_size for file in files)) / 1024


def collect(file: Path, files: set[Path]) -> None:
    """The file and, without end, what it loads."""
    file = file.resolve()
    if file in files or not file.is_file():
        return
    files.add(file)
    pattern = {".css": IN_CSS, ".js": IN_JS}.get(file.suffix)
    for name in pattern.findall(file.read_text()) if pattern else ():
        if not name.startswith("data:"):
            collect(file.parent / name, files)
