"""`python -m tests.faults.plan`: plan all that came in, its events as small as Segment takes them.

Run in a process with an installation's settings, before its workers are. The product's own events are never
so small that 2,500 of them fit into 500 KB, Segment's two limits of a batch; without what Segment can do
without, they do.
"""

from __future__ import annotations

import json

import django

SPARED = ("timestamp", "context", "integrations")
AT_A_TIME = 500


def main() -> None:
    django.setup()
    from workflows.delivery.plan import plan_submissions
    from workflows.models import Delivery

    while plan_submissions(AT_A_TIME):
        pass
    deliveries = list(Delivery.objects.only("body"))
    for delivery in deliveries:
        delivery.body = make_small(delivery.body)
    Delivery.objects.bulk_update(deliveries, ["body"], batch_size=AT_A_TIME)


def make_small(body: str) -> str:
    event = {name: value for name, value in json.loads(body).items() if name not in SPARED}
    return json.dumps(event, separators=(",", ":"))


if __name__ == "__main__":
    main()
