"""The sandbox's pages in a real browser: accessible, not too wide, and live."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from segment.sandbox import RunningSandbox

ROOT = Path(__file__).parents[3]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

pytestmark = pytest.mark.journey


@pytest.fixture
def browser_path() -> str:
    path = os.environ.get("TRIBUTARY_TEST_BROWSER") or next(filter(None, map(shutil.which, NAMES)), "")
    if not path and os.environ.get("CI") != "true":
        pytest.skip("there is no Chromium on this machine")
    return path


def test_the_pages_are_accessible_and_the_debugger_is_live(
    sandbox: RunningSandbox, browser_path: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.segment.sandbox.browser_probe", browser_path, sandbox.url],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)

    fine = {"violations": [], "is_too_wide": False}
    assert {
        (look, path): found
        for look, pages in seen["looks"].items()
        for path, found in pages.items()
        if found != fine
    } == {}
    assert len(seen["looks"]) == 4
    assert seen["console"] == []
    assert seen["watched"] == {
        "rows": ["3", "2", "1"],
        "current": 1,
        "has_kept_focus": True,
        "shows_newest": True,
        "news": "1 new event",
        "stays_on_chosen": True,
    }
