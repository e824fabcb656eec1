"""Replicate's files: uploaded first, given to a model by address. Signed downloads are not emulated."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from limner.sandbox.desk import Desk, Rejection, Route
from limner.sandbox.forms import Part, UnreadableForm, media_type_of, read_parts
from limner.sandbox.ids import hex_id
from limner.sandbox.replicate import shapes

_MOST_BYTES: Final = 100 * 1024 * 1024
_LIFE: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Upload:
    """One file."""

    id: str
    owner: str
    data: bytes
    media_type: str
    name: str
    metadata: dict[str, Any]
    created: datetime


class Uploads:
    """The files of all keys."""

    def __init__(self, desk: Desk, enter: Callable[[Request], str]) -> None:
        """Start with none.

        Args:
            desk: whose they are.
            enter: authenticates a caller and gives the key.
        """
        self._desk = desk
        self._enter = enter
        self._files: dict[str, Upload] = {}

    def routes(self) -> tuple[Route, ...]:
        """The addresses."""
        return (
            Route("POST", "/v1/files", self.create),
            Route("GET", "/v1/files", self.list),
            Route("GET", "/v1/files/{id}", self.get),
            Route("DELETE", "/v1/files/{id}", self.delete),
        )

    def load(self, request: Request, url: str) -> bytes | None:
        """The content behind the address of a file."""
        prefix = f"{self._desk.root(request)}/v1/files/"
        file = self._alive(url.removeprefix(prefix)) if url.startswith(prefix) else None
        return file.data if file else None

    async def create(self, request: Request) -> Response:
        """Take a file."""
        owner = self._enter(request)
        parts = await _form_of(request)
        content = parts.get("content")
        if content is None or content.text is not None:
            raise Rejection(shapes.problem(400, "Missing content"))
        if len(content.data) > _MOST_BYTES:
            raise Rejection(shapes.problem(413, "The file is larger than 100MB"))
        media_type = _text_of(parts.get("type")) or content.media_type
        name = _text_of(parts.get("filename")) or "file"
        now = self._desk.clock.now()
        file = Upload(hex_id(), owner, content.data, media_type, name, _metadata(parts), now)
        self._files[file.id] = file
        return JSONResponse(self._shown(request, file), 201)

    async def list(self, request: Request) -> Response:
        """Every file of the caller."""
        owner = self._enter(request)
        files = [file for file in self._files.values() if file.owner == owner and self._alive(file.id)]
        results = [self._shown(request, file) for file in reversed(files)]
        return JSONResponse({"next": None, "previous": None, "results": results})

    async def get(self, request: Request) -> Response:
        """What is known of a file."""
        return JSONResponse(self._shown(request, self._find(request)))

    async def delete(self, request: Request) -> Response:
        """Forget a file."""
        del self._files[self._find(request).id]
        return Response(status_code=204)

    def _find(self, request: Request) -> Upload:
        owner = self._enter(request)
        file = self._alive(request.path_params["id"])
        if file is None or file.owner != owner:
            raise Rejection(shapes.problem(404, "File not found"))
        return file

    def _alive(self, id_: str) -> Upload | None:
        file = self._files.get(id_)
        return file if file and self._desk.clock.now() < file.created + _LIFE else None

    def _shown(self, request: Request, file: Upload) -> dict[str, Any]:
        return {
            "id": file.id,
            "name": file.name,
            "content_type": file.media_type,
            "size": len(file.data),
            "etag": hashlib.sha256(file.data).hexdigest()[:32],
            "checksums": {"sha256": hashlib.sha256(file.data).hexdigest()},
            "metadata": file.metadata,
            "created_at": shapes.stamp(file.created),
            "expires_at": shapes.stamp(file.created + _LIFE),
            "urls": {"get": f"{self._desk.root(request)}/v1/files/{file.id}"},
        }


async def _form_of(request: Request) -> dict[str, Part]:
    if media_type_of(request) != "multipart/form-data":
        raise Rejection(shapes.problem(400, "The body must be multipart/form-data"))
    try:
        return {part.name: part for part in await read_parts(request)}
    except UnreadableForm as error:
        raise Rejection(shapes.problem(400, "The form cannot be read")) from error


def _text_of(part: Part | None) -> str:
    """The value of a field, which the official client sends as a file."""
    return "" if part is None else part.text or part.data.decode("utf-8", "replace")


def _metadata(parts: dict[str, Part]) -> dict[str, Any]:
    try:
        metadata = json.loads(_text_of(parts.get("metadata")) or "{}")
    except ValueError:
        metadata = None
    if not isinstance(metadata, dict):
        raise Rejection(shapes.problem(400, "metadata must be a JSON object"))
    return metadata  # pyright: ignore[reportUnknownVariableType]
