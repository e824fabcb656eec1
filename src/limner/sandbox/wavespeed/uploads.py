"""Uploads: a place is asked for and filled, or a form brings the file at once."""

import json
from collections.abc import Callable
from typing import Any, Final, cast

from starlette.requests import Request
from starlette.responses import Response

from limner.sandbox.desk import Desk, Rejection, Route
from limner.sandbox.files import Files
from limner.sandbox.forms import UnreadableForm, read_parts
from limner.sandbox.wavespeed import shapes
from limner.sandbox.wavespeed.predictions import LINK_LIFE

_MOST_BYTES: Final = 200 * 1024 * 1024
_UNDECLARED: Final = "application/octet-stream"


class Uploads:
    """The file server for what callers bring."""

    def __init__(self, desk: Desk, enter: Callable[[Request], str]) -> None:
        """Start with no file.

        Args:
            desk: the emulator's place.
            enter: finds out who calls.
        """
        self._desk = desk
        self._enter = enter
        self._files = Files(desk.clock)
        self._awaited: dict[str, tuple[int, str]] = {}

    def routes(self) -> tuple[Route, ...]:
        """Its addresses."""
        return (
            Route("POST", "/api/v3/media/uploads", self.ticket),
            Route("POST", "/api/v3/media/upload/binary", self.form),
            Route("PUT", "/storage/{path:path}", self.fill),
            Route("GET", "/media/{path:path}", self.download),
        )

    def load(self, request: Request, url: str) -> bytes | None:
        """A file by its address; None where there is none."""
        prefix = f"{self._desk.root(request)}/media/"
        file = self._files.get(url.removeprefix(prefix)) if url.startswith(prefix) else None
        return file.data if file and file.path not in self._awaited else None

    async def ticket(self, request: Request) -> Response:
        """Keep a place, and say how to fill it."""
        self._enter(request)
        body = await object_of(request)
        name, size = body.get("filename"), body.get("size")
        media_type = body.get("content_type", _UNDECLARED)
        if not isinstance(name, str) or not isinstance(size, int) or not isinstance(media_type, str):
            raise Rejection(shapes.error(400, "filename and size are required"))
        if not 0 < size <= _MOST_BYTES:
            raise Rejection(shapes.error(400, "File size exceeds the limit"))
        file = self._files.put(b"", media_type, name.rpartition("/")[2] or "upload", LINK_LIFE)
        self._awaited[file.path] = (size, media_type)
        root = self._desk.root(request)
        upload = {
            "method": "PUT",
            "url": f"{root}/storage/{file.path}",
            "headers": {"Content-Type": media_type},
        }
        return shapes.done({"upload": upload, "download_url": f"{root}/media/{file.path}"})

    async def fill(self, request: Request) -> Response:
        """Take the bytes; the headers must be those that were told, and no key."""
        path = request.path_params["path"]
        if path not in self._awaited:
            return Response("Not Found", 404)
        size, media_type = self._awaited[path]
        if "authorization" in request.headers or request.headers.get("content-type") != media_type:
            return Response("SignatureDoesNotMatch", 403)
        data = await request.body()
        if len(data) != size:
            return Response("IncompleteBody", 400)
        del self._awaited[path]
        self._files.replace(path, data, media_type)
        return Response(status_code=200)

    async def form(self, request: Request) -> Response:
        """Take a file from a form, the older way."""
        self._enter(request)
        try:
            parts = await read_parts(request)
        except UnreadableForm:
            parts = []
        part = next((one for one in parts if one.name == "file" and one.text is None), None)
        if part is None:
            raise Rejection(shapes.error(400, "file is required"))
        file = self._files.put(part.data, part.media_type, "upload", LINK_LIFE)
        url = f"{self._desk.root(request)}/media/{file.path}"
        return shapes.done(
            {"type": "image", "download_url": url, "filename": "upload", "size": len(part.data)}
        )

    async def download(self, request: Request) -> Response:
        """A file, public to whoever has its address."""
        file = self._files.get(request.path_params["path"])
        if file is None or file.path in self._awaited:
            return Response("Not Found", 404)
        return Response(file.data, headers={"content-type": file.media_type})


async def object_of(request: Request) -> dict[str, Any]:
    """The JSON object that was sent.

    Raises:
        Rejection: it is none.
    """
    try:
        body: object = json.loads(await request.body())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Rejection(shapes.error(400, "The body must be a JSON object"))
    return cast("dict[str, Any]", body)
