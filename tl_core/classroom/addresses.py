"""What other devices call this machine, and how an address that only it understands becomes one of theirs."""

import ipaddress
import re
import socket
from collections.abc import Iterable, Sequence
from contextlib import suppress
from urllib.parse import urlsplit

import psutil

from tl_core.errors import LabError

HERE = ("localhost", "127.0.0.1", "::1")
"""What this machine calls itself."""
BEHIND = ("docker", "br-", "veth", "virbr", "vboxnet", "vmnet", "vEthernet", "tun", "tap", "utun")
"""How the networks are called that no phone in the room is in: of containers, virtual machines, tunnels."""
SOMEWHERE = ("192.0.2.1", 9)
"""An address that belongs to nobody (RFC 5737): asking the way to it sends nothing."""
LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
"""What stands between the dots of a host name (RFC 1123)."""


def lan_addresses() -> tuple[str, ...]:
    """Return this machine's IPv4 addresses in its networks, the likeliest for a phone in the room first."""
    up = {name for name, stats in psutil.net_if_stats().items() if stats.isup}
    found = [
        (name, each.address)
        for name, addresses in psutil.net_if_addrs().items()
        for each in addresses
        if name in up and each.family == socket.AF_INET and _is_for_others(each.address)
    ]
    first = _on_the_way_out()
    found.sort(key=lambda one: (one[1] != first, one[0].startswith(BEHIND)))
    return tuple(dict.fromkeys(address for _, address in found))


def own_names() -> tuple[str, ...]:
    """Return every name and address that this machine may be asked for, in a browser's words."""
    host = socket.gethostname()
    named = (host.lower(), f"{host.partition('.')[0]}.local".lower()) if is_name(host) else ()
    return tuple(dict.fromkeys((*HERE, *named, *lan_addresses())))


def is_here(host: str) -> bool:
    """Whether `host` is understood on the machine itself only.

    Example:
        >>> is_here("127.0.0.1"), is_here("192.168.1.20")
        (True, False)
    """
    if host == "localhost" or host.endswith(".localhost"):
        return True
    with suppress(ValueError):
        address = ipaddress.ip_address(host)
        return address.is_loopback or address.is_unspecified
    return False


def is_name(text: str) -> bool:
    """Whether a browser can ask for a machine by this host name or address."""
    with suppress(ValueError):
        return bool(ipaddress.ip_address(text))
    return len(text) < 254 and all(map(LABEL.fullmatch, text.split(".")))


def for_others(url: str, addresses: Iterable[str], allowed: Sequence[str] = ()) -> str:
    """Return `url` as other devices in the room reach it.

    Args:
        url: as this machine's browser has it.
        addresses: of this machine, see `lan_addresses`.
        allowed: the only names that the lab answers to; empty if it answers to all.

    Raises:
        LabError: no other device reaches it.
    """
    parts = urlsplit(url)
    if not is_here(parts.hostname or ""):
        return url
    fit = [one for one in addresses if not allowed or one in allowed or "*" in allowed]
    fit += [one for one in allowed if is_name(one) and not is_here(one)]
    if not fit:
        raise LabError(
            "Other devices do not reach this page: it is open as {host}, and this machine has no other "
            "address that the lab answers to. Connect it to the network of the class, and start the lab "
            "again.",
            host=parts.hostname or "",
        )
    port = f":{parts.port}" if parts.port else ""
    return parts._replace(netloc=f"{fit[0]}{port}").geturl()


def in_url(host: str) -> str:
    """Return `host` as it stands in an address: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def _is_for_others(address: str) -> bool:
    found = ipaddress.ip_address(address)
    return not (found.is_loopback or found.is_link_local or found.is_unspecified)


def _on_the_way_out() -> str:
    """Return the address that this machine would use towards the internet; empty without such a way."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking, suppress(OSError):
        asking.connect(SOMEWHERE)
        return str(asking.getsockname()[0])
    return ""
