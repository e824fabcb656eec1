"""The outermost layer: every request gets an id, every answer the safe headers, no defect gets out."""

from collections.abc import MutableMapping
from typing import Any, Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from limner.core.ids import new_id
from limner.server.problems import respond, unexpected

SAFE: Final[tuple[tuple[bytes, bytes], ...]] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
)
_NOTHING_RUNS: Final = b"default-src 'none'; frame-ancestors 'none'; sandbox"
"""For answers that are data: a browser that shows one runs nothing in it."""


class Envelope:
    """Wraps the whole application."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before `app`."""
        self._app = app
        self._log = structlog.get_logger("limner.server")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        identity = new_id("req")
        scope.setdefault("state", {})["request_id"] = identity
        started = False

        async def sealed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                _seal(message, identity)
            await send(message)

        try:
            await self._app(scope, receive, sealed)
        except Exception as defect:  # noqa: BLE001 - nothing of a defect may reach the wire
            self._log.exception(
                "request failed", request_id=identity, path=scope["path"], error=type(defect).__name__
            )
            if not started:
                await respond(unexpected(), scope, receive, sealed)


def _seal(message: MutableMapping[str, Any], identity: str) -> None:
    headers: list[tuple[bytes, bytes]] = list(message.get("headers", []))
    names = {name.lower() for name, _ in headers}
    headers += [(name, value) for name, value in SAFE if name not in names]
    if b"content-security-policy" not in names:
        headers.append((b"content-security-policy", _NOTHING_RUNS))
    if b"cache-control" not in names:
        headers.append((b"cache-control", b"no-store"))
    headers.append((b"x-request-id", identity.encode()))
    message["headers"] = headers
