"""`python -m segment.sandbox`: serve until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from segment.sandbox.events import DEFAULT_KEEP
from segment.sandbox.server import make_server

STOP_SIGNALS = {signal.SIGTERM, signal.SIGINT}


def _parse_arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m segment.sandbox",
        description="A stand-in for Segment's Public API and Tracking API in both regions.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8099, help="0 takes a free one (default: %(default)s)")
    parser.add_argument("--data-dir", type=Path, help="keep events and created sources here across restarts")
    parser.add_argument(
        "--keep", type=_positive, default=DEFAULT_KEEP, help="events kept in memory (default: %(default)s)"
    )
    parser.add_argument("--rate", type=_positive, help="requests a second and workspace (default: no limit)")
    return parser.parse_args(arguments)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def main(arguments: list[str] | None = None) -> int:
    options = _parse_arguments(arguments)
    # Waited for, not handled: a handler that sets an Event can strike while wait() holds the Event's own
    # lock, and then hangs for ever. Blocked before any thread starts, so that every thread inherits it.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        server = make_server(options.host, options.port, options.data_dir, options.keep, options.rate)
    except OSError as error:
        place = f"{options.host}:{options.port}"
        sys.stderr.write(f"The Segment sandbox cannot start at {place}: {error}\n")
        return 1
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    sys.stdout.write(f"The Segment sandbox is ready at {server.url}\n")
    sys.stdout.flush()
    signal.sigwait(STOP_SIGNALS)
    server.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
