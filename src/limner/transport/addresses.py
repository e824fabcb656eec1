"""Which IP addresses are public: everybody's, not this machine's, its network's or its cloud's.

Python's own `is_global` differs between its versions and knows nothing of addresses that carry
another one inside, so the registries are written out here.
"""

import ipaddress
from typing import Final

from limner.transport.urls import IpAddress

# IANA's special-purpose registries of 2024-10-22:
# https://www.iana.org/assignments/iana-ipv4-special-registry and
# https://www.iana.org/assignments/iana-ipv6-special-registry
_NOT_PUBLIC_V4: Final = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carriers' own; some clouds' metadata
        "127.0.0.0/8",  # this machine
        "168.63.129.16/32",  # Azure's platform service, seen from inside
        "169.254.0.0/16",  # link-local; most clouds' metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
_GLOBAL_V6: Final = ipaddress.IPv6Network("2000::/3")
_NOT_PUBLIC_V6: Final = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "3fff::/20",  # documentation
    )
)
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


def is_public(address: IpAddress) -> bool:
    """Whether an address belongs to the public internet, and to nothing nearer.

    Args:
        address: an address that carries an IPv4 address inside (mapped, NAT64, 6to4) is judged by that.

    Example:
        >>> from ipaddress import ip_address
        >>> is_public(ip_address("8.8.8.8")), is_public(ip_address("::ffff:10.0.0.1"))
        (True, False)
    """
    if isinstance(address, ipaddress.IPv6Address):
        inner = _inside(address)
        if inner is None:
            return address in _GLOBAL_V6 and not any(address in network for network in _NOT_PUBLIC_V6)
        address = inner
    return not any(address in network for network in _NOT_PUBLIC_V4)


def _inside(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for. `None`: it stands for itself."""
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
