"""Which addresses are public, and how a process keeps to them."""

from __future__ import annotations

import ipaddress
import socket
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

# What is reachable from here, but is nobody's public address. `is_global` knows the other ones.
NOT_PUBLIC = [
    ipaddress.ip_network(network)
    for network in (
        *("192.0.0.0/24", "192.88.99.0/24"),
        "168.63.129.16/32",  # answers inside of Azure's machines
        *("2001::/23", "2002::/16", "3fff::/20"),  # tunnels, and examples of documentation
    )
]
GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
CONNECTIONS = {"socket.connect", "socket.sendto", "socket.sendmsg"}
PROGRAMS = {
    *("subprocess.Popen", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn"),
    *("os.startfile", "os.system", "pty.spawn"),
}


def public(address: str) -> bool:
    """Whether an IP address belongs to the public internet, and not to a network around here.

    An IPv6 address that stands for an IPv4 address is judged by that. What is no address, such as a
    name, is not public.
    """
    with suppress(ValueError):
        return _public(ipaddress.ip_address(address))
    return False


def guard(allowed_networks: list[str], report: Callable[[str], None]) -> None:
    """Keep this process, from now on, from private addresses and from starting programs.

    Python reports each connection, by whichever library and for each redirect, just before it is
    made. A name is refused, as nobody knows what it would lead to; libraries look names up first.
    What is refused raises a `PermissionError`.

    Parameters
    ----------
    allowed_networks
        Private networks that are not refused.
    report
        Is called with each refused address.
    """
    allowed = [ipaddress.ip_network(network) for network in allowed_networks]

    def look(event: str, args: tuple[Any, ...]) -> None:
        if event in PROGRAMS:
            raise PermissionError("No other program may be started.")
        if event in CONNECTIONS and args[1] is not None:
            address = _ip(*args[:2])
            if not public(address) and not _within(address, allowed):
                report(address)
                raise PermissionError(f"{address} is not a public address.")

    sys.addaudithook(look)


def _public(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped or ip in NAT64:
            return _public(ipaddress.IPv4Address(int(ip) % 2**32))
        if ip not in GLOBAL_V6:
            return False
    return ip.is_global and not ip.is_multicast and not any(ip in net for net in NOT_PUBLIC)


def _within(address: str, networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    with suppress(ValueError):
        return any(ipaddress.ip_address(address) in network for network in networks)
    return False


def _ip(sock: socket.socket, address: Any) -> str:
    """Where a socket connects to; of what is no IP address, words that are none either."""
    # Not `address[0]` of any family: a number of another family reads like an IP address.
    internet = sock.family in (socket.AF_INET, socket.AF_INET6)
    return str(address[0]) if internet else "a socket of this machine"
