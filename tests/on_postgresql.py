"""`python -m tests.on_postgresql`: what depends on the database, tested once more on a PostgreSQL.

TEST_DATABASE_URL says where; its user must be allowed to create databases. Without a PostgreSQL the run is
skipped, saying so; under CI=true it fails. Arguments go to pytest; without a path among them, all is tested.
"""

from __future__ import annotations

import os
import sys
from urllib.parse import urlsplit

import psycopg

DEFAULT_URL = "postgres://postgres@127.0.0.1:5432/tributary_tests"
CHOSEN = [
    "tests/accounts/test_services_people.py",
    "tests/accounts/test_services_segment.py",
    "tests/config/test_databases.py",
    "tests/config/test_flusher.py",
    "tests/config/test_health.py",
    "tests/workflows/delivery",
    "tests/workflows/intake",
    "tests/workflows/metrics",
    "tests/workflows/retention",
    "tests/workflows/selectors",
    "tests/workflows/services",
    "tests/workflows/surveys",
    "tests/workflows/test_demo.py",
    "tests/workflows/test_migrations.py",
    "tests/workflows/wizard/test_extras.py",
    "tests/workflows/wizard/test_views.py",
]


def main() -> int:
    url = os.environ.get("TEST_DATABASE_URL") or DEFAULT_URL
    if trouble := describe_trouble(url):
        is_ci = os.environ.get("CI") == "true"
        sys.stderr.write(f"Tests on PostgreSQL {'failed' if is_ci else 'skipped'}: {trouble}\n")
        return int(is_ci)
    environment = os.environ | {"DATABASE_URL": url}
    sys.stdout.write("Once more on PostgreSQL: what depends on the database\n")
    sys.stdout.flush()
    arguments = sys.argv[1:]
    if not any(argument.startswith("tests") for argument in arguments):
        arguments += CHOSEN
    os.execve(sys.executable, [sys.executable, "-m", "pytest", *arguments], environment)


def describe_trouble(url: str) -> str:
    """Why the server cannot be used; empty when it can."""
    maintenance = urlsplit(url)._replace(path="/postgres", query="").geturl()
    try:
        psycopg.connect(maintenance, connect_timeout=5).close()
    except psycopg.OperationalError as error:
        return f"no PostgreSQL at {urlsplit(url).hostname} ({type(error).__name__}); set TEST_DATABASE_URL"
    return ""


if __name__ == "__main__":
    sys.exit(main())
