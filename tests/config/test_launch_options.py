from __future__ import annotations

from pathlib import Path

import pytest

from config.launch_options import LaunchError, read_options

BASE = Path("/srv/tributary")


def test_defaults_are_loopback_and_the_sandbox() -> None:
    options = read_options({}, BASE)
    assert (options.url, options.data_dir) == ("http://127.0.0.1:8000", BASE / "var")
    assert (options.is_sandbox, options.sandbox_url) == (True, "")


def test_empty_variables_count_as_unset() -> None:
    assert read_options({"HOST": "", "PORT": "", "DATA_DIR": ""}, BASE) == read_options({}, BASE)


@pytest.mark.parametrize("text", ["0", "false", "no", "off"])
def test_sandbox_can_be_turned_off(text: str) -> None:
    options = read_options({"TRIBUTARY_SANDBOX": text, "TRIBUTARY_SANDBOX_URL": "http://there"}, BASE)
    assert (options.is_sandbox, options.sandbox_url) == (False, "")


@pytest.mark.parametrize("port", ["0", "65536", "-1", "8000x"])
def test_port_out_of_range_is_refused(port: str) -> None:
    with pytest.raises(LaunchError, match="must be a number from 1 to 65535"):
        read_options({"PORT": port}, BASE)


@pytest.mark.parametrize(
    ("host", "url"),
    [("0.0.0.0", "http://127.0.0.1:8000"), ("::", "http://[::1]:8000"), ("10.1.2.3", "http://10.1.2.3:8000")],
)
def test_address_to_open_follows_host(host: str, url: str) -> None:
    assert read_options({"HOST": host}, BASE).url == url


def test_children_learn_the_public_address_unless_it_is_given() -> None:
    options = read_options({"PORT": "9000"}, BASE)
    assert options.children_environment({}, "")["PUBLIC_URL"] == "http://127.0.0.1:9000"
    given = {"PUBLIC_URL": "https://tributary.example.com"}
    assert options.children_environment(given, "")["PUBLIC_URL"] == "https://tributary.example.com"


def test_children_reach_the_sandbox_past_a_proxy() -> None:
    environment = read_options({}, BASE).children_environment({"NO_PROXY": "intranet"}, "http://127.0.0.1:1")
    assert environment["NO_PROXY"] == "intranet,127.0.0.1,localhost"
    assert environment["TRIBUTARY_SANDBOX_URL"] == "http://127.0.0.1:1"
