"""The last admin: also when two admins act at the same moment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from accounts.errors import EmailTakenError, LastAdminError
from accounts.models import Brand, User
from accounts.services.people import change_role, create_brand, remove_person
from tests.factories import make_user

ROOT = Path(__file__).resolve().parents[2]


def test_what_was_read_before_does_not_count(admin):
    other = make_user(admin.brand, "admin")
    seen_before = User.objects.get(pk=other.pk)
    change_role(other, "member")

    with pytest.raises(LastAdminError):
        remove_person(admin, by=seen_before)
    with pytest.raises(LastAdminError):
        change_role(admin, "member")


def test_a_removed_admin_is_no_other_admin(admin):
    make_user(admin.brand, "admin", is_active=False)
    with pytest.raises(LastAdminError):
        change_role(admin, "member")


def test_another_brand_s_admin_is_no_other_admin(admin, stranger):
    with pytest.raises(LastAdminError):
        change_role(admin, "member")


def test_a_brand_with_a_taken_address_is_not_made(member):
    with pytest.raises(EmailTakenError):
        create_brand("Second", member.email.upper(), "wide river bend")
    assert not Brand.objects.filter(name="Second").exists()


RACE = """
import threading
import django
django.setup()
from django.core.management import call_command
from django.db import connection
from accounts.errors import LastAdminError
from accounts.models import User
from accounts.services.people import change_role, remove_person
from tests.factories import make_brand, make_user

call_command("migrate", verbosity=0)
brand = make_brand()
first, second = make_user(brand, "admin"), make_user(brand, "admin")
refusals = []

def act(barrier, step):
    barrier.wait()
    try:
        step()
    except LastAdminError:
        refusals.append(step)
    finally:
        connection.close()

for number in range(20):
    User.objects.update(role="admin", is_active=True)
    barrier = threading.Barrier(2)
    steps = [
        lambda: change_role(first, "member") if number % 2 else remove_person(second, by=first),
        lambda: change_role(second, "member") if number % 2 else remove_person(first, by=second),
    ]
    threads = [threading.Thread(target=act, args=(barrier, step)) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    admins = User.objects.filter(role="admin", is_active=True).count()
    assert (admins, len(refusals)) == (1, number + 1), (number, admins, len(refusals))
"""


def test_two_admins_cannot_remove_each_other_at_the_same_moment(tmp_path):
    """In a process of its own, since it needs a database file and a connection for each thread."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATA_DIR": str(tmp_path),
        "PYTHONPATH": str(ROOT),
    }
    environment.pop("DATABASE_URL", None)
    done = subprocess.run(
        [sys.executable, "-c", RACE], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
