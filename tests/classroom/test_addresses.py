"""An address that only this machine understands becomes one that a phone in the room reaches."""

import socket
from types import SimpleNamespace

import psutil
import pytest

from tl_core.classroom import addresses
from tl_core.classroom.addresses import for_others, in_url, is_here, lan_addresses, own_names
from tl_core.errors import LabError

LAN = ("192.168.1.20", "10.0.0.5")


@pytest.mark.parametrize(
    ("url", "allowed", "found"),
    [
        ("http://localhost:8501/train", (), "http://192.168.1.20:8501/train"),
        ("https://127.0.0.1:8443/", (), "https://192.168.1.20:8443/"),
        ("http://[::1]:8501", (), "http://192.168.1.20:8501"),
        ("http://0.0.0.0:8501", (), "http://192.168.1.20:8501"),  # as Streamlit may print it
        ("http://lab.localhost", (), "http://192.168.1.20"),
        ("http://localhost:8501", ("localhost", "10.0.0.5"), "http://10.0.0.5:8501"),
        ("http://localhost:8501", ("*",), "http://192.168.1.20:8501"),
        ("http://localhost:8501", ("localhost", "lab.school"), "http://lab.school:8501"),
        # What others may reach already stays, with its path and its name.
        ("http://192.168.7.7:8501/lab/train", (), "http://192.168.7.7:8501/lab/train"),
        ("https://lab.streamlit.app/train", (), "https://lab.streamlit.app/train"),
        ("http://[fd00::2]:8501", (), "http://[fd00::2]:8501"),
    ],
)
def test_others_get_an_address_that_they_reach(
    url: str, allowed: tuple[str, ...], found: str
) -> None:
    assert for_others(url, LAN, allowed) == found


@pytest.mark.parametrize(
    ("known", "allowed"),
    [((), ()), (LAN, ("localhost",)), ((), ("127.0.0.1", "*.school")), ((), ("*",))],
)
def test_where_no_other_device_comes_a_sentence_says_so(
    known: tuple[str, ...], allowed: tuple[str, ...]
) -> None:
    with pytest.raises(LabError, match="Other devices do not reach this page: it is open as loc"):
        for_others("http://localhost:8501", known, allowed)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.2", "::1", "0.0.0.0", "a.localhost"])
def test_what_only_this_machine_understands_is_known(host: str) -> None:
    assert is_here(host)


@pytest.mark.parametrize("host", ["192.168.1.20", "localhost.example", "", "fd00::2", "vm.local"])
def test_what_others_may_reach_is_not_taken_for_it(host: str) -> None:
    assert not is_here(host)


def test_this_machine_answers_at_the_addresses_that_are_said() -> None:
    """Really: a server at every address is reached at each of them."""
    with socket.create_server(("", 0)) as server:
        for address in lan_addresses():
            with socket.create_connection((address, server.getsockname()[1]), timeout=5):
                pass


def machine(monkeypatch: pytest.MonkeyPatch, way_out: str, **found: str) -> None:
    """Give this machine networks: name -> address; an address after ``off`` belongs to one that is down."""
    of = {
        name: [SimpleNamespace(family=socket.AF_INET, address=text.removeprefix("off "))]
        for name, text in found.items()
    }
    up = {name: SimpleNamespace(isup=not text.startswith("off")) for name, text in found.items()}
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: of)
    monkeypatch.setattr(psutil, "net_if_stats", lambda: up)
    monkeypatch.setattr(addresses, "_on_the_way_out", lambda: way_out)


def test_the_network_of_the_room_comes_before_those_of_containers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    networks = {
        "lo": "127.0.0.1",
        "docker0": "172.17.0.1",
        "eth1": "off 10.9.9.9",
        "wlan0": "10.42.0.1",  # a hotspot of its own has no way out
        "eth0": "192.168.1.20",
        "eth2": "169.254.3.4",  # nobody gave it an address
    }
    machine(monkeypatch, "", **networks)
    assert lan_addresses() == ("10.42.0.1", "192.168.1.20", "172.17.0.1")
    machine(monkeypatch, "192.168.1.20", **networks)
    assert lan_addresses() == ("192.168.1.20", "10.42.0.1", "172.17.0.1")


@pytest.mark.parametrize(
    ("host", "names"), [("vm", ["vm", "vm.local"]), ("교실", []), ("a_b", []), ("-x", [])]
)
def test_only_a_name_that_a_browser_can_ask_for_is_one(
    host: str, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: host)
    found = own_names()
    assert {"localhost", "127.0.0.1", "::1"} <= set(found) and set(lan_addresses()) <= set(found)
    assert [name for name in found if name in (host, f"{host}.local")] == names


def test_ipv6_stands_in_brackets() -> None:
    assert (in_url("fd00::2"), in_url("vm.local")) == ("[fd00::2]", "vm.local")
