from __future__ import annotations

import os
import subprocess
import sys

import pytest

from workflows.delivery import owners
from workflows.delivery.owners import is_gone, make_owner
from workflows.models import Lease


def test_a_name_is_its_own_and_fits_its_column() -> None:
    first, second = make_owner(), make_owner()
    assert first != second
    assert len(first) <= Lease._meta.get_field("owner").max_length


def test_a_host_with_a_long_name_full_of_dashes_is_read_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "a-very-long-host-name-1234-with-dashes-5678")
    assert len(make_owner()) <= 64
    assert not is_gone(make_owner())


def test_a_process_that_lives_is_not_gone_and_one_that_ended_is() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    name = make_owner().replace(f"-{os.getpid()}-", f"-{child.pid}-")
    assert not is_gone(name)
    child.communicate(b"\n", timeout=20)
    assert is_gone(name)


@pytest.mark.parametrize("name", ["", "w1", "w1-2", "host-home-pid-x", "elsewhere-0123abcd-999999999-aaaaaa"])
def test_of_others_nothing_is_known(name: str) -> None:
    assert not is_gone(name)


def test_where_a_machine_tells_nothing_of_itself_nobody_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owners, "_home", lambda: owners._NOWHERE)
    assert not is_gone(make_owner().replace(f"-{os.getpid()}-", "-999999999-"))
