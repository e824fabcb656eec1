"""Puts the address and the key on a call. The key is only ever written for hosts that may see it."""

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl, unquote, urlencode

from limner.core.adapter import Profile
from limner.core.errors import Malformed, UserError
from limner.core.http import HttpCall, no_headers
from limner.core.secret import Secret
from limner.transport.encode import encode
from limner.transport.port import WireRequest
from limner.transport.timeouts import SECONDS
from limner.transport.urls import Url

_BASIC: Final = "Basic "
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\U0010ffff]*")


@dataclass(frozen=True, slots=True)
class Credential:
    """What somebody needs to use a provider.

    Example:
        >>> Credential(Secret("sk-1"), base_url="https://eu.api.example.com/v1")
        Credential(secret=Secret(••••), base_url='https://eu.api.example.com/v1')
    """

    secret: Secret | None = None
    """Absent: the provider asks for none."""
    base_url: str | None = None
    """Where the provider is reached instead of the profile's address. Absent: there."""
    headers: Mapping[str, str] = field(default_factory=no_headers, repr=False)
    """More headers, such as the organisation. They go where the key goes and nowhere else."""


def authorize(
    call: HttpCall,
    profile: Profile,
    credential: Credential | None,
    *,
    allow: frozenset[str] = frozenset(),
    boundary: str | None = None,
) -> WireRequest:
    """Make a call ready to leave.

    Args:
        call: as the adapter described it.
        profile: where the provider lies and whom it trusts.
        credential: the key. Absent: none is sent.
        allow: hosts (`name` or `name:port`) that the operator vouches for: a key goes there over
            plain http too.
        boundary: for a multipart body. Absent: a new one.

    Returns:
        The request. The key is in its headers only when the call asks for it and its host is the
        base's own or trusted, over https or on this machine.

    Raises:
        Malformed: the call wants the key at a host that may not see it.
        UserError: the address or the key cannot be used as it is.
    """
    url = resolve(call, profile, credential)
    headers = {name.lower(): (name, value) for name, value in call.headers.items()}
    content: bytes | None = None
    if call.body is not None:
        content, media_type = encode(call.body, boundary=boundary)
        headers["content-type"] = ("Content-Type", media_type)
    if call.auth == "provider":
        headers.update(_key(url, profile, credential, allow))
    return WireRequest(
        method=call.method,
        url=url,
        seconds=SECONDS[call.timeout],
        headers=tuple(_checked(name, value) for name, value in headers.values()),
        body=content,
        most_bytes=call.most_bytes,
    )


def resolve(call: HttpCall, profile: Profile, credential: Credential | None) -> Url:
    """Where a call goes: a path is put under the base URL, an absolute URL stays.

    Raises:
        UserError: there is no base URL, a URL cannot be read, or a path leads out of the base.
    """
    below = call.url.startswith("/")
    url = _under(_root(call, profile, credential), call.url) if below else Url.parse(call.url)
    if not call.query:
        return url
    kept = _without(url.query, {name for name, _ in call.query})
    return replace(url, query=kept).with_query(urlencode(call.query))


def _root(call: HttpCall, profile: Profile, credential: Credential | None) -> Url:
    """The address a path lies under: the base, or one of the profile's sites."""
    if call.site is None:
        return base(profile, credential)
    if credential is None or not credential.base_url:
        return _parsed(profile.sites[call.site])
    root = base(profile, credential)
    return replace(root, path=root.path.rstrip("/").rpartition("/")[0], query="").below(f"/{call.site}")


def base(profile: Profile, credential: Credential | None) -> Url:
    """The provider's address: the credential's, or the profile's.

    Raises:
        UserError: neither has one, or it cannot be read.
    """
    text = (credential.base_url if credential else None) or profile.base_url
    if not text:
        name = f" Set {profile.base_url_name}." if profile.base_url_name else ""
        raise UserError(
            f"The address of {profile.title} is not set.",
            code="missing_base_url",
            remedy=f"An operator must name it.{name}",
        )
    return _parsed(text)


_parsed = lru_cache(256)(Url.parse)  # the same few addresses, several times a call


def is_own(url: Url, profile: Profile, credential: Credential | None) -> bool:
    """Whether a URL lies on the server of the base URL itself, which an operator has named."""
    if not (profile.base_url or (credential and credential.base_url)):
        return False
    return url.origin == base(profile, credential).origin


def is_trusted(url: Url, profile: Profile, credential: Credential | None) -> bool:
    """Whether a URL's host may see the key: the base's own, or over https one of the trusted hosts."""
    if is_own(url, profile, credential):
        return True
    usual = url.scheme == "https" and url.port == 443  # noqa: PLR2004
    return usual and any(_matches(url.host, pattern.lower()) for pattern in profile.trusted_hosts)


def _matches(host: str, pattern: str) -> bool:
    if pattern.startswith("*."):
        return host.endswith(pattern[1:]) and len(host) > len(pattern) - 1
    return host == pattern


def _under(root: Url, path: str) -> Url:
    """A path under a base URL, its query behind the base's."""
    path, _, query = path.partition("#")[0].partition("?")
    steps = unquote(unquote(path)).replace("\\", "/").split("/")
    if ".." in steps or "." in steps:
        raise UserError(
            "The path of a call leads out of the provider's address.",
            code="bad_path",
            remedy="Check the names and ids in the request.",
        )
    kept = _without(root.query, {name for name, _ in parse_qsl(query, keep_blank_values=True)})
    return replace(root, query=kept).below(path).with_query(query)


def _without(query: str, names: set[str]) -> str:
    """A query without the pairs of some names, the others as they were."""
    if not query or not names:
        return query
    return "&".join(pair for pair in query.split("&") if unquote(pair.partition("=")[0]) not in names)


def _key(
    url: Url, profile: Profile, credential: Credential | None, allow: frozenset[str]
) -> dict[str, tuple[str, str]]:
    """The headers that only trusted hosts see, by their names in lower case."""
    if credential is None or not (credential.secret or credential.headers):
        return {}
    if not is_trusted(url, profile, credential):
        raise Malformed(
            f"{profile.title} named an address at {url.host}, which may not see the key.",
            provider=profile.slug,
            code="untrusted_host",
            remedy="Nothing was sent there. If it is the provider's, its host belongs to the trusted ones.",
        )
    if url.scheme != "https" and not url.is_loopback and allow.isdisjoint({url.host, url.authority}):
        raise UserError(
            f"The key of {profile.title} would go to {url.host} over plain http, where others can read it.",
            code="insecure_base_url",
            remedy=f"Use https, or have the operator allow the private host {url.authority}.",
        )
    headers = dict(credential.headers)
    if credential.secret:
        headers[profile.auth.header] = profile.auth.prefix + _written(credential.secret, profile.auth.prefix)
    return {name.lower(): (name, value) for name, value in headers.items()}


def _written(secret: Secret, prefix: str) -> str:
    """The key as its header has it: `user:password` goes as base64 (RFC 7617)."""
    bare = secret.reveal()
    return b64encode(bare.encode()).decode() if prefix == _BASIC else bare


def _checked(name: str, value: str) -> tuple[str, str]:
    """A header that cannot end early and begin another one. Its value is never shown."""
    if _HEADER_NAME.fullmatch(name) and _HEADER_VALUE.fullmatch(value):
        return name, value
    raise UserError(
        f"The header {name!r} has a character in it that no header may have.",
        code="bad_header",
        remedy="When it carries a key, copy the key again.",
    )
