"""Keeps a server without logins to the person in front of it.

A web page on any site can make a browser send requests to this machine. Such a request carries the
page's origin, or the name that was made to point here (DNS rebinding), and is refused before any route
sees it: a page must neither spend a person's money nor read their pictures.
"""

import ipaddress
from typing import Final

from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from limner.core.errors import Refused, Stage
from limner.server.links import PATH
from limner.server.problems import respond

_OUR_OWN: Final = {"same-origin", "none"}
"""Sent by our own pages, and by a person who types the address. Browsers alone send the header, and no
script can change it: W3C Fetch Metadata, https://www.w3.org/TR/fetch-metadata/ (read 2026-11)."""


_PAGE: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Limner</title>
<h1>Another site sent you here</h1>
<p>Limner answers only what you start yourself. <a href="/">Open Limner</a></p>
"""
"""For a person who followed a link. Its own link is same-origin, so it leads on."""


class LoopbackGuard:
    """Refuses what another site's page sent, on every route and method."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or answer 403."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        headers = _headers(scope)
        refusal = refusal_of(headers, linked=scope["path"].startswith(f"{PATH}/"))
        if refusal is None and scope["type"] == "http":
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif refusal is not None and _wants_page(headers):
            await HTMLResponse(_PAGE, 403)(scope, receive, send)
        elif refusal is not None:
            await respond(refusal, scope, receive, send)


def refusal_of(headers: dict[str, list[str]], *, linked: bool = False) -> Refused | None:
    """Say why a request with these headers is refused.

    Args:
        headers: names in lower case, with every value that was sent.
        linked: it is for a picture's signed address. Pages of other programs show it, and need nothing
            else than the address; it neither spends nor tells more.

    Returns:
        The refusal, or `None` when the request comes from this machine's own user.

    Example:
        >>> refusal_of({"host": ["localhost:8000"]}) is None
        True
        >>> refusal_of({"host": ["evil.example"]}).code
        'foreign_host'
    """
    hosts = headers.get("host", [])
    if len(hosts) != 1 or not is_loopback(hostname(hosts[0])):
        return _refused("foreign_host", "The request names another host than this machine.")
    if linked:
        return None
    if any(origin.lower() != f"http://{hosts[0].lower()}" for origin in headers.get("origin", [])):
        return _refused("foreign_origin", "The request comes from a page of another origin.")
    if any(site.lower() not in _OUR_OWN for site in headers.get("sec-fetch-site", [])):
        return _refused("cross_site", "The request was started by another site.")
    return None


def hostname(authority: str) -> str:
    """The host of `host:port`, in lower case, without the brackets of IPv6.

    Example:
        >>> hostname("[::1]:8000"), hostname("LocalHost:80"), hostname("127.0.0.1")
        ('::1', 'localhost', '127.0.0.1')
    """
    authority = authority.strip().lower()
    if authority.startswith("["):
        return authority[1:].partition("]")[0]
    return authority.partition(":")[0]


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by its very name, without asking DNS.

    Example:
        >>> is_loopback("127.0.0.2"), is_loopback("localhost"), is_loopback("localhost.evil.example")
        (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _wants_page(headers: dict[str, list[str]]) -> bool:
    """Whether a person sees the answer: a browser goes to this machine by name, led by another site."""
    return headers.get("sec-fetch-mode") == ["navigate"] and is_loopback(hostname(headers["host"][0]))


def _refused(code: str, message: str) -> Refused:
    return Refused(
        message,
        stage=Stage.PERMISSION,
        code=code,
        remedy="Open Limner itself, by typing its address, such as http://127.0.0.1:8000.",
    )


def _headers(scope: Scope) -> dict[str, list[str]]:
    headers: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return headers
