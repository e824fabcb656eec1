"""The network off-switch: sockets reach only this machine."""

import ipaddress
import socket
from typing import Any

attempts: list[str] = []
"""Hosts somebody tried to reach since the list was last cleared, also where the refusal was swallowed."""


class NetworkUsed(RuntimeError):
    """Something tried to leave the machine."""


def switch_off() -> None:
    """Let Python's sockets connect only to this machine, and look up only its own names."""
    guard("connect")
    guard("connect_ex")
    lookup = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else str(host or "")
        if name.endswith(".invalid"):  # reserved for names that never resolve
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if name not in {"", "localhost"} and address_of(name) is None:
            refuse(name)
        return lookup(host, *args, **kwargs)

    socket.getaddrinfo = getaddrinfo


def guard(method: str) -> None:
    original = getattr(socket.socket, method)

    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in {socket.AF_INET, socket.AF_INET6}:
            ip = address_of(address[0])
            if address[0] != "localhost" and not (ip and ip.is_loopback):
                refuse(address[0])
        return original(self, address)

    setattr(socket.socket, method, guarded)


def refuse(host: str) -> None:
    attempts.append(host)
    raise NetworkUsed(f"a test tried to reach {host}")


def address_of(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
