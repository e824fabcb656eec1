"""fal's storage: the two published ways to upload, and the public file server."""

import json
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from limner.sandbox.desk import Desk, Rejection, Route
from limner.sandbox.fal.auth import authenticated, token_for, token_holder
from limner.sandbox.fal.shapes import platform_error, root_of
from limner.sandbox.files import Files

_FILES = "/cdn/files/"
_TOKEN_LIFE = timedelta(hours=1)


class Storage:
    """Uploads and the file server."""

    def __init__(self, desk: Desk, files: Files) -> None:
        self._desk = desk
        self._files = files

    def routes(self) -> tuple[Route, ...]:
        """Its addresses."""
        return (
            Route("POST", "/rest/storage/upload/initiate", self.initiate),
            Route("POST", "/rest/storage/auth/token", self.token),
            Route("PUT", "/cdn/put/{path:path}", self.put),
            Route("POST", "/cdn/files/upload", self.upload),
            Route("GET", "/cdn/files/{path:path}", self.download),
        )

    def host(self, request: Request, data: bytes, media_type: str, name: str) -> str:
        """Put a file online.

        Args:
            request: tells the address of the file server, and how long the file shall stay.
            data: its content.
            media_type: what it is served as.
            name: the last part of its address.
        """
        file = self._files.put(data, media_type, name, lifetime_of(request))
        return f"{root_of(request)}{_FILES}{file.path}"

    def load(self, request: Request, url: str) -> bytes | None:
        """A file this server hosts; the sandbox reaches no other."""
        prefix = f"{root_of(request)}{_FILES}"
        file = self._files.get(url.removeprefix(prefix)) if url.startswith(prefix) else None
        return file.data if file else None

    async def initiate(self, request: Request) -> Response:
        """Reserve an address, and say where to put the bytes."""
        authenticated(request)
        body = await object_of(request)
        name, media_type = body.get("file_name"), body.get("content_type")
        if not isinstance(name, str) or not isinstance(media_type, str):
            raise Rejection(platform_error(422, "file_name and content_type are required"))
        file = self._files.put(b"", media_type, name.rpartition("/")[2], lifetime_of(request))
        root = root_of(request)
        return JSONResponse(
            {
                "upload_url": f"{root}/cdn/put/{file.path}",
                "file_url": f"{root}{_FILES}{file.path}",
            }
        )

    async def put(self, request: Request) -> Response:
        """Fill a reserved address; no key is asked for."""
        media_type = request.headers.get("content-type", "application/octet-stream")
        found = self._files.replace(request.path_params["path"], await request.body(), media_type)
        return Response(status_code=200 if found else 404)

    async def token(self, request: Request) -> Response:
        """A token for direct uploads."""
        key = authenticated(request)
        return JSONResponse(
            {
                "token": token_for(key),
                "token_type": "Bearer",
                "base_url": f"{root_of(request)}/cdn",
                "expires_at": (self._desk.clock.now() + _TOKEN_LIFE).isoformat(),
            }
        )

    async def upload(self, request: Request) -> Response:
        """A direct upload."""
        token_holder(request)
        name = request.headers.get("x-fal-file-name", "upload.bin").rpartition("/")[2]
        media_type = request.headers.get("content-type", "application/octet-stream")
        url = self.host(request, await request.body(), media_type, name)
        return JSONResponse({"access_url": url})

    async def download(self, request: Request) -> Response:
        """A file, public to whoever has its address."""
        file = self._files.get(request.path_params["path"])
        if file is None:
            return Response("Not Found", 404)
        return Response(file.data, headers={"content-type": file.media_type})


def lifetime_of(request: Request) -> timedelta | None:
    """How long a caller wants files kept; None: for ever.

    Raises:
        Rejection: the header is not what is published.
    """
    text = request.headers.get("x-fal-object-lifecycle-preference")
    if text is None:
        return None
    try:
        seconds = json.loads(text)["expiration_duration_seconds"]
        return None if seconds is None else timedelta(seconds=seconds)
    except (ValueError, TypeError, KeyError) as error:
        message = "X-Fal-Object-Lifecycle-Preference must be JSON with expiration_duration_seconds"
        raise Rejection(platform_error(400, message, "bad_request")) from error


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
        raise Rejection(platform_error(400, "The body must be a JSON object", "bad_request"))
    return body  # pyright: ignore[reportUnknownVariableType]
