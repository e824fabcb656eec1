"""Multipart forms, read whole."""

from dataclasses import dataclass
from typing import Final

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request

_UNDECLARED: Final = "application/octet-stream"
_MOST_BYTES_OF_A_FIELD: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Part:
    """One part."""

    name: str
    text: str | None
    """The value of a field. Absent: it is a file."""
    data: bytes = b""
    """The content of a file."""
    media_type: str = _UNDECLARED
    """What the sender says the file is; as here where the sender did not say."""
    filename: str = ""
    """What the sender calls the file."""


class UnreadableForm(ValueError):
    """The body is no multipart form."""


async def read_parts(request: Request) -> list[Part]:
    """Read every part, in order.

    Args:
        request: whose body is `multipart/form-data`.

    Raises:
        UnreadableForm: it is not.
    """
    try:
        async with request.form(max_part_size=_MOST_BYTES_OF_A_FIELD) as form:
            return [await _part(name, value) for name, value in form.multi_items()]
    except (MultiPartException, ValueError, KeyError) as error:
        raise UnreadableForm(str(error)) from error


async def _part(name: str, value: UploadFile | str) -> Part:
    if isinstance(value, str):
        return Part(name, value)
    return Part(name, None, await value.read(), value.content_type or _UNDECLARED, value.filename or "")


def media_type_of(request: Request) -> str:
    """The media type of the body, in lower case and without parameters; empty where none was sent."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
