"""Run the official `segment-analytics-python` against a sandbox.

It shares the name `segment` with our own package, which wins wherever the repository's root is on `sys.path`.
So it runs in a process of its own, from another directory, with `-P` and without PYTHONPATH: then only
site-packages are searched.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def run_sdk(code: str, host: str, write_key: str, directory: Path) -> str:
    """Run `code` with a configured `analytics`, flush, and return what it printed."""
    script = directory / "sdk_script.py"
    script.write_text(
        "import segment.analytics as analytics\n"
        f"analytics.write_key = {write_key!r}\n"
        f"analytics.host = {host!r}\n"
        "analytics.max_retries = 0\n"
        f"{code}\n"
        "analytics.shutdown()\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-P", str(script)],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout
