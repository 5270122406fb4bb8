"""`docs/submit.md` names every error code there is, and no other."""

from __future__ import annotations

import re

from tests.product import BASE_DIR


def test_documented_codes_are_those_of_the_code() -> None:
    sources = [path.read_text() for path in (BASE_DIR / "workflows" / "intake").glob("*.py")]
    made = r'(?:(?:Refused|Unavailable)\(\s*|code: str = |code=)"([a-z_0-9]+)"'
    in_code = set(re.findall(made, "\n".join(sources)))
    table = re.findall(
        r"^\| [0-9]{3} \| (.*) \|$", (BASE_DIR / "docs" / "submit.md").read_text(), re.MULTILINE
    )
    assert set(re.findall(r"`([a-z_0-9]+)`", " ".join(table))) == in_code
