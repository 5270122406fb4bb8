"""Senders that submit as real ones do: the same again, under the same Idempotency-Key, until a 202 comes."""

from __future__ import annotations

import http.client
import itertools
import json
import threading
import time
from collections import Counter
from dataclasses import dataclass
from types import TracebackType
from uuid import UUID

REQUEST_SECONDS = 30.0
PAUSE_AFTER_TROUBLE_SECONDS = 0.1

_loads = itertools.count(1)


@dataclass(frozen=True)
class Form:
    """A survey's submit key, and the ids of the tasks to which each of its submissions owes an event."""

    submit_key: str
    tasks: tuple[int, ...]


@dataclass(frozen=True)
class Promise:
    """A submission that was answered 202. `sent_at` and `answered_at` are of `time.time()`."""

    submission: UUID
    number: int
    form: Form
    sender: str
    sent_at: float
    answered_at: float


def make_answers(number: int) -> dict[str, object]:
    return {"email": f"user-{number}", "name": "Ada", "score": number}


class Load:
    """`senders` clients, each with one connection kept alive and one submission under way at a time.

    As a context: they send until it is left, or until `count` submissions are answered 202.
    """

    def __init__(
        self,
        port: int,
        form: Form,
        *,
        senders: int = 4,
        count: int | None = None,
        pause_seconds: float = 0.0,
        patience_seconds: float = 60.0,
    ) -> None:
        self.port = port
        self.form = form
        self.promises: list[Promise] = []
        self.troubles: Counter[str] = Counter()  # by status or error: tries that brought no 202
        self.under_way: set[str] = set()  # senders that wait for an answer
        self._pause_seconds = pause_seconds
        self._patience_seconds = patience_seconds
        self._name = f"load-{next(_loads)}"
        self._numbers = iter(range(1, count + 1)) if count else itertools.count(1)
        self._lock = threading.Lock()
        self._is_over = threading.Event()
        self._errors: list[BaseException] = []
        names = [f"{self._name}-{number}" for number in range(1, senders + 1)]
        self._threads = [threading.Thread(target=self._run, args=(name,), name=name) for name in names]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        self.join(check=error is None)

    def join(self, check: bool = True) -> None:
        """Wait for what is under way: all of it, where `count` was given."""
        for thread in self._threads:
            thread.join()
        if check and self._errors:
            raise self._errors[0]

    def _next_number(self) -> int | None:
        with self._lock:
            return None if self._is_over.is_set() or self._errors else next(self._numbers, None)

    def _run(self, sender: str) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=REQUEST_SECONDS)
        try:
            while (number := self._next_number()) is not None:
                self._submit(connection, sender, number)
                self._is_over.wait(self._pause_seconds)
        except BaseException as error:  # told to whoever joins
            self._errors.append(error)
        finally:
            connection.close()

    def _submit(self, connection: http.client.HTTPConnection, sender: str, number: int) -> None:
        headers = {"Content-Type": "application/json", "Idempotency-Key": f"{self._name}-{number}"}
        body = json.dumps(make_answers(number))
        sent_at = time.time()
        deadline = time.monotonic() + self._patience_seconds
        unanswered = 0
        while time.monotonic() < deadline:
            try:
                connection.request("POST", f"/submit/{self.form.submit_key}/", body, headers)
                self.under_way.add(sender)
                answer = connection.getresponse()
                text = answer.read()
                self.under_way.discard(sender)
            except (OSError, http.client.HTTPException) as error:
                self.under_way.discard(sender)
                connection.close()
                unanswered += 1
                self._note_trouble(type(error).__name__)
                continue
            if answer.status == 202:
                told = json.loads(text)
                # Nobody stored it before this try, unless a try went without an answer.
                assert unanswered or not told["duplicate"], f"{sender}: {number} was there before it was sent"
                promise = Promise(UUID(told["submission"]), number, self.form, sender, sent_at, time.time())
                self.promises.append(promise)
                return
            assert answer.status in {429, 503}, f"{answer.status}: {text.decode(errors='replace')}"
            self._note_trouble(str(answer.status))
        raise AssertionError(f"{sender}: {number} was not answered 202 in time; {dict(self.troubles)}")

    def _note_trouble(self, what: str) -> None:
        with self._lock:
            self.troubles[what] += 1
        time.sleep(PAUSE_AFTER_TROUBLE_SECONDS)
