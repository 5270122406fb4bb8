"""What the environment tells the launcher, and what the launcher tells its children."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_TRUE = {"1", "true", "yes", "on", "y", "ok"}  # as django-environ reads them
_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound


class LaunchError(Exception):
    """Why Tributary cannot start, as a sentence for its operator."""


@dataclass(frozen=True)
class Options:
    """`sandbox_url` is the sandbox to use; empty in sandbox mode: start one of our own."""

    host: str
    port: int
    data_dir: Path
    is_sandbox: bool
    sandbox_url: str
    is_dev: bool

    @property
    def local_host(self) -> str:
        """Where the server is reached from this machine."""
        return _ANY_ADDRESS.get(self.host, self.host)

    @property
    def url(self) -> str:
        host = f"[{self.local_host}]" if ":" in self.local_host else self.local_host
        return f"http://{host}:{self.port}"

    def children_environment(self, environment: Mapping[str, str], sandbox_url: str) -> dict[str, str]:
        """The environment that the web server, the worker and `prepare` share."""
        values = dict(environment) | {
            "HOST": self.host,
            "PORT": str(self.port),
            "DATA_DIR": str(self.data_dir),
            "TRIBUTARY_SANDBOX": "1" if self.is_sandbox else "0",
            "TRIBUTARY_SANDBOX_URL": sandbox_url,
        }
        values.setdefault("PUBLIC_URL", self.url)
        if self.is_dev:
            values["DEBUG"] = "1"
        if self.is_sandbox:
            _exempt_from_proxy(values)
        return values


def read_options(environment: Mapping[str, str], base_dir: Path, is_dev: bool = False) -> Options:
    """Raises `LaunchError` for a PORT that is no port. DATA_DIR is relative to the project's folder."""
    is_sandbox = environment.get("TRIBUTARY_SANDBOX", "1").strip().lower() in _TRUE
    return Options(
        host=environment.get("HOST") or "127.0.0.1",
        port=_read_port(environment.get("PORT") or "8000"),
        data_dir=(base_dir / (environment.get("DATA_DIR") or "var")).resolve(),
        is_sandbox=is_sandbox,
        sandbox_url=environment.get("TRIBUTARY_SANDBOX_URL", "").rstrip("/") if is_sandbox else "",
        is_dev=is_dev,
    )


def _read_port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise LaunchError(f"PORT is {text!r}, but must be a number from 1 to 65535.")
    return int(text)


def _exempt_from_proxy(values: dict[str, str]) -> None:
    """A sandbox on this machine is not behind the proxy that the rest of the world may be behind."""
    for name in ("no_proxy", "NO_PROXY"):
        values[name] = ",".join(filter(None, [values.get(name), "127.0.0.1", "localhost"]))
