"""Our `segment` and the SDK's namespace package `segment.analytics` live side by side."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import segment
from tests.segment.sdk import run_sdk

ROOT = Path(__file__).parents[2]


def test_ours_wins_where_the_repository_is_on_the_path() -> None:
    assert Path(segment.__file__) == ROOT / "segment" / "__init__.py"
    assert importlib.util.find_spec("segment.analytics") is None


def test_the_sdk_is_found_where_it_is_not(tmp_path: Path) -> None:
    printed = run_sdk("print(analytics.__file__)", "http://127.0.0.1:9", "key", tmp_path)

    assert Path(printed.strip()).match("site-packages/segment/analytics/__init__.py")
