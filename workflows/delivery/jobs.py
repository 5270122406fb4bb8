"""What a worker takes on at once: deliveries of one source, claimed and put into batches."""

from __future__ import annotations

from dataclasses import dataclass, field

from accounts.fields import SecretUnreadableError
from workflows.delivery import outbox
from workflows.delivery.batches import Batch

CLAIM_LIMIT = 2_500  # deliveries


@dataclass(frozen=True, slots=True)
class Job:
    """Batches of one lease, to be sent one after the other."""

    source_id: int
    write_key: str = field(repr=False)
    batches: tuple[Batch, ...]

    @property
    def lease(self) -> int:
        return self.batches[0].lease


def take_job(owner: str, source_id: int) -> tuple[Job | None, bool]:
    """Claim what the source is owed and due; the job, and whether there was anything to do.

    No job: others were quicker, or without its write key nothing can be sent, and what was due is settled.
    """
    write_key: str | None
    try:
        write_key = outbox.read_write_key(source_id)
    except SecretUnreadableError:
        write_key = None
    claimed = outbox.claim(owner, CLAIM_LIMIT, [source_id])
    if not claimed:
        return None, False
    if write_key:
        return Job(source_id, write_key, tuple(outbox.group(claimed))), True
    if write_key is None:
        outbox.postpone(owner, claimed, "secret_unreadable")
    else:
        outbox.reject(owner, claimed, "source_gone")
    return None, True
