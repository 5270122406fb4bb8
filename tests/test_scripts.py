"""The shell scripts behind `make`: what a machine that lacks something is told."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.product import BASE_DIR


def run(script: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", script, *arguments],
        cwd=BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def make_command(folder: Path, name: str, body: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def folder_with(tmp_path: Path, *names: str) -> Path:
    """A folder for PATH that has just these of the machine's commands."""
    for name in names:
        (tmp_path / name).symlink_to(shutil.which(name) or "/nowhere")
    return tmp_path


def test_old_python_is_named_with_the_way_out(tmp_path: Path) -> None:
    make_command(tmp_path, "python3", '[ "$1" = --version ] && echo Python 3.9.2')
    result = run("scripts/create_venv.sh", str(tmp_path / "venv"), PATH=str(tmp_path))
    assert result.returncode == 1
    assert result.stderr.splitlines() == [
        "Tributary needs Python 3.11 or newer; this machine has Python 3.9.2.",
        "Install one, or name it: make run PYTHON=/path/to/python3.12",
    ]
    assert not (tmp_path / "venv").exists()


def test_missing_python_is_said(tmp_path: Path) -> None:
    result = run("scripts/create_venv.sh", str(tmp_path / "venv"), PATH=str(tmp_path))
    assert result.returncode == 1
    assert "this machine has no python3." in result.stderr


def test_newer_python_beside_an_old_one_is_used(tmp_path: Path) -> None:
    make_command(tmp_path, "python3", "exit 1")
    make_command(tmp_path, "python3.12", 'case "$*" in *venv*--clear*) echo made > "$4";; esac')
    folder_with(tmp_path, "id")
    result = run("scripts/create_venv.sh", str(tmp_path / "venv"), PATH=str(tmp_path))
    assert (result.returncode, (tmp_path / "venv").read_text()) == (0, "made\n")


def test_browser_that_is_there_is_enough(tmp_path: Path) -> None:
    make_command(tmp_path, "chromium", "exit 0")
    assert run("tests/install_browser.sh", PATH=str(tmp_path)).returncode == 0


def test_missing_browser_skips_but_fails_in_ci(tmp_path: Path) -> None:
    make_command(tmp_path, "id", "echo 1000")
    here = run("tests/install_browser.sh", PATH=str(tmp_path))
    in_ci = run("tests/install_browser.sh", PATH=str(tmp_path), CI="true")
    assert (here.returncode, in_ci.returncode) == (0, 1)
    assert here.stderr.startswith("No Chromium: the browser tests will be skipped.")


def test_missing_faketime_skips_but_fails_in_ci(tmp_path: Path) -> None:
    script = Path(BASE_DIR / "tests/install_faketime.sh").read_text()
    (tmp_path / "install.sh").write_text(script.replace("/usr/lib/", str(tmp_path) + "/"))
    make_command(tmp_path, "id", "echo 1000")
    here = run(str(tmp_path / "install.sh"), PATH=str(tmp_path))
    in_ci = run(str(tmp_path / "install.sh"), PATH=str(tmp_path), CI="true")
    assert (here.returncode, in_ci.returncode) == (0, 1)
    assert here.stderr.startswith("No libfaketime: the tests of the clock will be skipped.")


def test_faketime_that_is_there_is_enough(tmp_path: Path) -> None:
    library = tmp_path / "x86_64-linux-gnu" / "faketime" / "libfaketimeMT.so.1"
    library.parent.mkdir(parents=True)
    library.touch()
    script = Path(BASE_DIR / "tests/install_faketime.sh").read_text()
    (tmp_path / "install.sh").write_text(script.replace("/usr/lib/", str(tmp_path) + "/"))
    assert run(str(tmp_path / "install.sh"), PATH=str(tmp_path)).returncode == 0


def test_ci_script_runs_the_check_with_ci_set(tmp_path: Path) -> None:
    make_command(tmp_path, "make", 'echo "$CI $*"')
    folder_with(tmp_path, "dirname")
    result = run(".ci/run", PATH=str(tmp_path))
    assert result.stdout == "true check\n"
    assert os.access(BASE_DIR / ".ci" / "run", os.X_OK)
