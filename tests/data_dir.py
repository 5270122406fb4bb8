"""Where a process of the tests keeps its files, unless DATA_DIR says so."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile


def make_data_dir() -> str:
    """A new folder, which goes with this process, not with one that it forks."""
    folder, owner = tempfile.mkdtemp(prefix="tributary-tests-"), os.getpid()

    def remove() -> None:
        if os.getpid() == owner:
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return folder
