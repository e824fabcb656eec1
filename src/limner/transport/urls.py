"""One strict reading of URLs.

Two programs that read a URL differently are how keys and requests end up at the wrong host. So a
URL is taken apart once, here; what is ambiguous is refused; and what is sent is written anew from
the parts.
"""

import ipaddress
import re
from dataclasses import dataclass, replace
from typing import Final, Literal
from urllib.parse import quote, urljoin, urlsplit

from limner.core.errors import UserError

_PORTS: Final = {"http": 80, "https": 443}
_NAME: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_UNSAFE: Final = re.compile(r"[\x00-\x20\x7f\\]")
_LONGEST_NAME: Final = 253
# What RFC 3986 allows in a path or query, and the brackets that some vendors leave bare.
_SAFE: Final = "!$&()*+,;=:@/?%~[]"

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Url:
    """An absolute http or https URL without user information and fragment.

    Example:
        >>> str(Url.parse("HTTPS://Example.com:443/a?x=1#top"))
        'https://example.com/a?x=1'
    """

    scheme: Literal["http", "https"]
    host: str
    """In lower case, international names in their ASCII form, IPv6 without brackets."""
    port: int
    path: str
    query: str = ""
    """Without the question mark."""

    @classmethod
    def parse(cls, text: str) -> "Url":
        """Read a URL.

        Args:
            text: as it came from a person, a setting or a vendor.

        Raises:
            UserError: it is not an http or https URL, or programs would read it in different ways.
        """
        _check(text)
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError:
            raise _wrong("cannot be read") from None
        if parts.scheme not in _PORTS:
            raise _wrong("does not begin with http:// or https://")
        if "@" in parts.netloc:
            raise _wrong("has a user name or password in it")
        if port == 0:
            raise _wrong("names a port that does not exist")
        return cls(
            scheme="https" if parts.scheme == "https" else "http",
            host=_host(parts.hostname or "", bracketed="[" in parts.netloc),
            port=port or _PORTS[parts.scheme],
            path=_quoted(parts.path or "/"),
            query=_quoted(parts.query),
        )

    @property
    def address(self) -> IpAddress | None:
        """The host as an IP address. Absent: it is a name."""
        return _ip(self.host)

    @property
    def authority(self) -> str:
        """Host and port, the port also where it is the usual one: `example.com:443`, `[::1]:80`."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def netloc(self) -> str:
        """Host and port as the `Host` header has them: without the usual port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> tuple[str, str, int]:
        """What two URLs have in common that lie on one server."""
        return (self.scheme, self.host, self.port)

    @property
    def is_loopback(self) -> bool:
        """Whether it can only mean this machine."""
        address = self.address
        return self.host == "localhost" or (address is not None and address.is_loopback)

    def join(self, location: str) -> "Url":
        """Follow a link from here: a path, or a URL of its own.

        Raises:
            UserError: it leads to something that is not a proper URL.
        """
        _check(location)
        return Url.parse(urljoin(str(self), location))

    def below(self, path: str) -> "Url":
        """The same URL with more of a path behind its own.

        Raises:
            UserError: the path has something in it that belongs in none.
        """
        return replace(self, path=self.path.rstrip("/") + _quoted(path))

    def with_query(self, extra: str) -> "Url":
        """The same URL with more of a query behind its own.

        Raises:
            UserError: the query has something in it that belongs in none.
        """
        if not extra:
            return self
        extra = _quoted(extra)
        return replace(self, query=f"{self.query}&{extra}" if self.query else extra)

    def __str__(self) -> str:
        """The URL as it goes over the wire."""
        query = f"?{self.query}" if self.query else ""
        return f"{self.scheme}://{self.netloc}{self.path}{query}"

    def __repr__(self) -> str:
        """Host and path only: a query may hold a signature."""
        query = "?…" if self.query else ""
        return f"Url({self.scheme}://{self.netloc}{self.path}{query})"


def _host(host: str, *, bracketed: bool) -> str:
    """A host's one spelling."""
    try:
        name = host.lower() if host.isascii() else host.encode("idna").decode().lower()
    except UnicodeError:
        raise _wrong("has a host name that cannot be read") from None
    address = _ip(name)
    if bracketed != isinstance(address, ipaddress.IPv6Address) or "%" in name:
        raise _wrong("has a host name that cannot be read")
    if address is not None:
        return str(address)
    name = name.removesuffix(".")
    # A name that ends in a number is an IPv4 address to browsers and to some libraries: 127.1, 0x7f.0.0.1.
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME or _NUMBER.fullmatch(name.rpartition(".")[2]):
        raise _wrong("has a host name that cannot be read")
    return name


def _check(text: str) -> None:
    if _UNSAFE.search(text):
        raise _wrong("has white space, a control character or a backslash in it")


def _quoted(text: str) -> str:
    """A path or query in ASCII, what is encoded already left as it is."""
    _check(text)
    try:
        return quote(text, safe=_SAFE)
    except UnicodeEncodeError:
        raise _wrong("cannot be read") from None


def _ip(host: str) -> IpAddress | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _wrong(what: str) -> UserError:
    """The URL is left out of the message, because it may hold a signature or a key."""
    return UserError(f"The URL {what}.", code="bad_url", remedy="Check the URL.")
