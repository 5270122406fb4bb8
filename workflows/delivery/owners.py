"""Who holds a lease: a name for each worker, by which others on the same machine see that it is gone."""

from __future__ import annotations

import hashlib
import os
import secrets
import socket
from functools import cache
from pathlib import Path

# Linux: one boot of one machine, and one view of its process numbers (a container has its own).
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_PID_NAMESPACE = Path("/proc/self/ns/pid")


def make_owner() -> str:
    """A name for this process, at most 64 characters: host, processes' home, number, and a random part."""
    return f"{socket.gethostname()[:20]}-{_home()}-{os.getpid()}-{secrets.token_hex(3)}"


def is_gone(owner: str) -> bool:
    """Whether `owner` was a process of this machine that is no more. Of others nothing is known: False."""
    home, pid, *_ = [*owner.split("-")[-3:], "", ""]
    if home != _home() or home == _NOWHERE or not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


_NOWHERE = "0"


@cache
def _home() -> str:
    try:
        text = _BOOT_ID.read_text() + str(_PID_NAMESPACE.readlink())
    except OSError:
        return _NOWHERE
    return hashlib.sha256(text.encode()).hexdigest()[:8]
