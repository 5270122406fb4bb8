"""`python -m config.launch` (what `make run` runs): everything on this machine, also from nothing.

Web server, worker and, in sandbox mode, the stand-in for Segment: started in order, looked after, stopped in
order by Ctrl-C or SIGTERM. Standard output gets `Tributary is ready at …`; logs go to standard error.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import environ

from config.keys import KeysMissingError, ensure_keys
from config.launch_options import LaunchError, Options, read_options
from config.logs import choose_formatter
from config.loopback import fetch, find_free_port, is_port_free
from config.supervisor import Program, Supervisor

log = logging.getLogger("tributary")

BASE_DIR = Path(__file__).resolve().parent.parent
READY_SECONDS = 60.0
STOP_SECONDS = 12.0  # a worker takes up to ten to finish or give back what it is at
PORT_SECONDS = 3.0  # a server that was killed a moment ago may still hold its port


def main(arguments: list[str]) -> int:
    if (BASE_DIR / ".env").exists():
        environ.Env.read_env(BASE_DIR / ".env")
    handler = logging.StreamHandler()
    handler.setFormatter(choose_formatter(os.environ)())
    logging.basicConfig(handlers=[handler], level=logging.INFO)
    supervisor = Supervisor()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, supervisor.ask_to_stop)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as under nohup
        signal.signal(signal.SIGHUP, supervisor.ask_to_stop)
    try:
        run(read_options(os.environ, BASE_DIR, is_dev="--dev" in arguments), supervisor)
    except (LaunchError, KeysMissingError) as error:
        sys.stderr.write(f"Tributary did not start. {error}\n")
        return 1
    finally:
        supervisor.stop()
    return 0


def run(options: Options, supervisor: Supervisor) -> None:
    """Start everything, say so, and look after it until a stop is asked for."""
    require_free_port(options, supervisor)
    prepare_data_dir(options)
    sandbox_url = start_sandbox(options, supervisor)
    environment = options.children_environment(os.environ, sandbox_url)
    prepare = Program("prepare", [sys.executable, "manage.py", "prepare"], environment, BASE_DIR)
    code = supervisor.run_once(prepare)
    if code:
        raise LaunchError("The reason is above.")
    if code is None:
        return
    for name, command in choose_workers(environment).items():
        supervisor.add(
            Program(name, [sys.executable, *command], environment, BASE_DIR, stop_seconds=STOP_SECONDS)
        )
    web_command = [sys.executable, "-m", "config.web", *(["--dev"] if options.is_dev else [])]
    # The port must be free at once for the next start; a 202 is committed already, so nothing is lost.
    supervisor.add(Program("web", web_command, environment, BASE_DIR, orphan_signal=signal.SIGKILL))
    if wait_until(lambda: is_healthy(options), supervisor, "The web server and worker"):
        announce(options)
    while supervisor.wait():
        pass


def choose_workers(environment: Mapping[str, str]) -> dict[str, list[str]]:
    """What sends: one worker, or Celery's with its beat where there is a broker."""
    if not environment.get("CELERY_BROKER_URL"):
        return {"worker": ["manage.py", "run_worker"]}
    return {"worker": ["-m", "config.scaleout", "worker"], "beat": ["-m", "config.scaleout", "beat"]}


def require_free_port(options: Options, supervisor: Supervisor) -> None:
    deadline = time.monotonic() + PORT_SECONDS
    while not is_port_free(options.host, options.port):
        if not supervisor.wait(0.1) or time.monotonic() > deadline:
            raise LaunchError(
                f"PORT {options.port} of {options.host} is taken. Stop what uses it, or choose another, "
                f"for example PORT={options.port + 1}."
            )


def prepare_data_dir(options: Options) -> None:
    """It holds keys, passwords and answers: what we and our children make there is its owner's alone."""
    os.umask(0o077)
    try:
        options.data_dir.mkdir(parents=True, exist_ok=True)
        ensure_keys(options.data_dir, os.environ)
    except OSError as error:
        raise LaunchError(f"DATA_DIR {options.data_dir} cannot be used: {error.strerror}.") from None


def start_sandbox(options: Options, supervisor: Supervisor) -> str:
    """The sandbox's root address: the given one, or one of our own; empty outside sandbox mode."""
    if not options.is_sandbox or options.sandbox_url:
        return options.sandbox_url
    directory = options.data_dir / "sandbox"
    port = remember_port(directory)
    arguments = ["--port", str(port), "--data-dir", str(directory)]
    command = [sys.executable, "-m", "segment.sandbox", *arguments]
    supervisor.add(Program("sandbox", command, dict(os.environ), BASE_DIR, stop_seconds=5.0))
    wait_until(lambda: fetch("127.0.0.1", port, "/debugger/events") is not None, supervisor, "The sandbox")
    return f"http://127.0.0.1:{port}"


def remember_port(directory: Path) -> int:
    """The sandbox keeps its port across restarts, unless something else has taken it."""
    directory.mkdir(exist_ok=True)
    path = directory / "port"
    if path.exists() and path.read_text().isdecimal() and is_port_free("127.0.0.1", int(path.read_text())):
        return int(path.read_text())
    port = find_free_port()
    path.write_text(str(port))
    return port


def wait_until(condition: Callable[[], bool], supervisor: Supervisor, name: str) -> bool:
    """False when a stop was asked for; raises when it takes longer than READY_SECONDS."""
    deadline = time.monotonic() + READY_SECONDS
    while not condition():
        if not supervisor.wait():
            return False
        if time.monotonic() > deadline:
            raise LaunchError(
                f"{name} did not answer within {READY_SECONDS:.0f} seconds; the log above says why."
            )
    return True


def is_healthy(options: Options) -> bool:
    """The web server takes submissions, and a worker that lives sends them on."""
    body = fetch(options.local_host, options.port, "/healthz")
    return body is not None and bool(json.loads(body)["worker"]["alive"])


def announce(options: Options) -> None:
    sys.stdout.write(f"Tributary is ready at {options.url}\n")
    demo = options.data_dir / "demo.json"
    if options.is_sandbox and demo.exists():
        people = json.loads(demo.read_text())
        sys.stdout.write(
            f"Sign in as {people['admin']['email']} or {people['member']['email']}; "
            f"the passwords are in {demo}\n"
        )
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
