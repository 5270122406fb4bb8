"""The lanes of `make test`: each is heard, and none fails unseen."""

from __future__ import annotations

import subprocess
import sys

from tests.product import BASE_DIR

LANES = """
import sys
from tests.everything import run_beside

def say(text, code):
    return [sys.executable, "-c", f"print({text!r}); raise SystemExit({code})"]

codes = run_beside([{"A": say("a", 0)}, {"B": say("b", 3), "C": say("c", 0)}, {"D": say("d", 1)}])
print(codes)
"""


def test_each_part_is_told_in_turn_and_its_code_is_kept() -> None:
    command = [sys.executable, "-c", LANES]
    done = subprocess.run(command, cwd=BASE_DIR, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["A", "a", "B", "b", "C", "c", "D", "d", "[0, 3, 0, 1]"]


def test_one_part_that_fails_fails_the_whole() -> None:
    lanes = "[{'A': ['true']}, {'B': ['true'], 'C': ['false']}]"
    code = f"from tests import everything as it; it.LANES = {lanes}; it.ALONE = {{'D': ['true']}}"
    command = [sys.executable, "-c", f"{code}; raise SystemExit(it.main())"]
    assert subprocess.run(command, cwd=BASE_DIR, check=False).returncode == 1
