"""Files at addresses: what an emulator made, and what was uploaded to it."""

import hashlib
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from limner.sandbox.desk import Desk, Route
from limner.sandbox.files import Files


class Shelf:
    """One file server of an emulator."""

    def __init__(self, desk: Desk, place: str, *, signed: bool = False, wants_agent: bool = False) -> None:
        """Put up an empty one.

        Args:
            desk: whose it is.
            place: where it stands below the emulator: `/delivery`.
            signed: whether an address works only with the signature it was given out with.
            wants_agent: whether a caller must say what it is, in `User-Agent`.
        """
        self._desk = desk
        self._place = place
        self._signed = signed
        self._wants_agent = wants_agent
        self._files = Files(desk.clock)

    def routes(self) -> tuple[Route, ...]:
        """Its addresses."""
        return (Route("GET", f"{self._place}/{{path:path}}", self._download),)

    def put(
        self, request: Request, data: bytes, media_type: str, name: str, lifetime: timedelta | None = None
    ) -> str:
        """Put a file online.

        Args:
            request: tells the address of the server.
            data: its content.
            media_type: what it is served as.
            name: the last part of its address.
            lifetime: how long its address works. Absent: for ever.
        """
        file = self._files.put(data, media_type, name, lifetime)
        return f"{self._prefix(request)}{file.path}{self._signature(file.path)}"

    def load(self, request: Request, url: str) -> bytes | None:
        """A file by its address; None where this server does not have it."""
        prefix = self._prefix(request)
        path, mark, rest = url.removeprefix(prefix).partition("?")
        if not url.startswith(prefix) or mark + rest != self._signature(path):
            return None
        file = self._files.get(path)
        return file.data if file else None

    def _prefix(self, request: Request) -> str:
        return f"{self._desk.root(request)}{self._place}/"

    def _signature(self, path: str) -> str:
        return f"?sig={hashlib.sha256(path.encode()).hexdigest()[:32]}" if self._signed else ""

    async def _download(self, request: Request) -> Response:
        path = request.path_params["path"]
        file = self._files.get(path)
        unsigned = self._signed and (file is None or f"?{request.url.query}" != self._signature(path))
        if unsigned or (self._wants_agent and not request.headers.get("user-agent")):
            return Response("Forbidden", 403)
        if file is None:
            return Response("Not Found", 404)
        return Response(file.data, headers={"content-type": file.media_type})
