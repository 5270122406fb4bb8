"""The yardstick for delivery: the official `segment-analytics-python`, sending the same events from memory.

It shares the name `segment` with our own package, so it runs by `python -P` with only site-packages on the
path: `python -P sdk_events.py HOST EVENTS`, where each line of EVENTS is {"write_key", "event"}. One client
for each source, with the SDK's own defaults but for a queue that holds everything.

Prints two moments, in seconds since the epoch: when the first event was handed to the SDK, and when all had
been. The second is where an SDK would begin whose work of building the messages were done beforehand.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime
from typing import Any

from segment.analytics.client import Client


def main(host: str, path: str) -> None:
    with open(path, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    calls = [(line["write_key"], make_arguments(line["event"])) for line in lines]
    clients = {key: Client(key, host=host, max_queue_size=len(calls)) for key in {key for key, _ in calls}}
    begun = time.time()
    for key, (name, arguments) in calls:
        getattr(clients[key], name)(**arguments)
    handed_over = time.time()
    for client in clients.values():
        client.flush()
    print(json.dumps({"begun": begun, "handed_over": handed_over}))
    for client in clients.values():
        client.join()


def make_arguments(event: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The SDK's method for the event, and what it is called with."""
    arguments = {
        "user_id": event.get("userId"),
        "anonymous_id": event.get("anonymousId"),
        "context": event.get("context"),
        "timestamp": datetime.fromisoformat(event["timestamp"]),
        "integrations": event.get("integrations"),
        "message_id": event["messageId"],
    }
    if event["type"] == "identify":
        return "identify", arguments | {"traits": event["traits"]}
    return "track", arguments | {"event": event["event"], "properties": event["properties"]}


if __name__ == "__main__":
    main(*sys.argv[1:])
