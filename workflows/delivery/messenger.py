"""Calls that are made soon, in a thread of their own, and never more often than agreed."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)


class Messenger:
    """Calls `send` after `call_soon`, with at least `pause_seconds` between two calls.

    What is asked for during a call or a pause is one further call after it, so that none comes too early to
    tell of what happened meanwhile. The thread starts with the first call, and anew after a fork.
    """

    _is_running: bool

    def __init__(self, send: Callable[[], None], pause_seconds: float) -> None:
        self._send = send
        self._pause_seconds = pause_seconds
        self._begin()

    def call_soon(self) -> None:
        if self._pid != os.getpid():
            self._begin()
        with self._lock:
            if not self._is_running:
                threading.Thread(target=self._run, name="messenger", daemon=True).start()
                self._is_running = True
        self._is_asked.set()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._is_asked = threading.Event()
        self._is_running = False

    def _run(self) -> None:
        while self._is_asked.wait():
            self._is_asked.clear()
            try:
                self._send()
            except Exception as error:
                log.warning("workers not woken: %s", type(error).__name__)
            time.sleep(self._pause_seconds)
