"""Wake-ups on one machine: each worker binds a Unix datagram socket in a folder, and each is sent a byte."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

log = logging.getLogger(__name__)

SUFFIX = ".sock"
# A socket's address has room for 107 bytes (Linux; macOS 103), the file's name included.
_FOLDER_BYTES = 64


def send_to_all(folder: Path) -> None:
    """A byte to every socket in `folder`; sockets that nobody reads any more are removed. Never raises."""
    try:
        with short_path(folder) as short, _new_socket() as sender:
            for entry in os.scandir(short):
                if entry.name.endswith(SUFFIX):
                    _send(sender, entry.path)
    except FileNotFoundError:
        return  # no worker has ever run here
    except OSError as error:
        log.warning("workers not woken: %s", type(error).__name__)


def _send(sender: socket.socket, path: str) -> None:
    try:
        sender.sendto(b"!", path)
    except ConnectionRefusedError:
        # Its worker was killed. A name is never used twice, so no new worker's socket is removed.
        with suppress(OSError):
            os.unlink(path)
    except (BlockingIOError, FileNotFoundError):
        return  # it has plenty to wake up for; or it has just ended


class SocketListener:
    """Calls `on_wake` after each byte, or several. Without a socket (a file system that knows none) never."""

    def __init__(self, folder: Path, name: str, on_wake: Callable[[], None]) -> None:
        self._path = folder / f"{name[-20:]}-{secrets.token_hex(4)}{SUFFIX}"
        self._on_wake = on_wake
        self._is_stopping = False
        try:
            self._socket: socket.socket | None = self._bind()
        except OSError as error:
            log.warning("no wake-ups, work begins up to a second later: %s", type(error).__name__)
            self._socket = None
            return
        self._thread = threading.Thread(target=self._run, args=[self._socket], name="wake", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread and remove the socket."""
        if self._socket is None:
            return
        self._is_stopping = True
        with suppress(OSError), short_path(self._path.parent) as short, _new_socket() as sender:
            sender.sendto(b"!", str(short / self._path.name))
        self._thread.join(1.0)
        self._path.unlink(missing_ok=True)
        self._socket.close()

    def _bind(self) -> socket.socket:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            with short_path(self._path.parent) as short:
                receiver.bind(str(short / self._path.name))
        except OSError:
            receiver.close()
            raise
        return receiver

    def _run(self, receiver: socket.socket) -> None:
        while not self._is_stopping:
            try:
                receiver.recv(1)
                with suppress(BlockingIOError):
                    while True:
                        receiver.recv(1, socket.MSG_DONTWAIT)
            except OSError as error:
                log.warning("no wake-ups any more: %s", type(error).__name__)
                return
            self._on_wake()


@contextmanager
def short_path(folder: Path) -> Iterator[Path]:
    """A path to `folder` that leaves room for a name in a socket's address; use it inside only.

    A long one is reached through its descriptor, which Linux has; elsewhere OSError.
    """
    if len(os.fsencode(folder)) <= _FOLDER_BYTES:
        yield folder
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield Path(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)


def _new_socket() -> socket.socket:
    sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sender.setblocking(False)
    return sender
