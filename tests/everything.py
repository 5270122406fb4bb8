"""`python -m tests.everything`: all tests, as `make test` runs them, in less time than one after the other.

The fault tests mostly wait for processes that were killed, so the others run beside them; those in a browser
measure how quick a page is, and have the machine to themselves.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile

PYTEST = (sys.executable, "-m", "pytest")
BESIDE = ("tests", "--ignore=tests/faults", "--ignore=tests/journeys")


def main() -> int:
    with tempfile.TemporaryFile() as output:
        faults = subprocess.Popen([*PYTEST, "tests/faults"], stdout=output, stderr=subprocess.STDOUT)
        try:
            codes = [_run(*PYTEST, *BESIDE), _run(sys.executable, "-m", "tests.on_postgresql")]
            codes.append(faults.wait())
        finally:
            faults.terminate()
            faults.wait()
        output.seek(0)
        _tell("The fault tests")
        sys.stdout.buffer.write(output.read())
    _tell("In a browser")
    codes.append(_run(*PYTEST, "tests/journeys"))
    return next((code for code in codes if code), 0)


def _run(*command: str) -> int:
    return subprocess.run(command, check=False).returncode


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
