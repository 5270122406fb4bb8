"""`python -m config.scaleout worker` and `… beat`: Celery's processes, where CELERY_BROKER_URL is set.

Workers run on as many hosts as needed, the beat on one: a second one would do harm to nothing but the load.
SIGTERM ends a worker within ten seconds: what it holds is finished or given back.
"""

from __future__ import annotations

import os
import socket
import sys


def main(arguments: list[str]) -> int:
    if arguments not in (["worker"], ["beat"]):
        sys.stderr.write("Usage: python -m config.scaleout worker | beat\n")
        return 2
    import django
    from django.conf import settings

    from config.celery import app

    if not settings.CELERY_BROKER_URL:
        sys.stderr.write("CELERY_BROKER_URL says nothing: set it, or use `manage.py run_worker`.\n")
        return 2
    django.setup()
    from config.checks import check_broker

    if errors := check_broker(None):  # a worker makes all checks by itself, the beat makes none
        sys.stderr.write("".join(f"{error.msg} {error.hint}\n" for error in errors))
        return 1
    if arguments == ["beat"]:
        app.start(["--quiet", "beat"])
        return 0
    name = f"tributary-{os.getpid()}@{socket.gethostname()}"
    app.start(
        [
            "--quiet",
            "worker",
            f"--hostname={name}",
            f"--concurrency={settings.CELERY_PROCESSES}",
            # Workers need not know of one another: whoever has a source, has its lease.
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
        ]
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
