"""From a body on the wire to a request: JSON or a form, parsed away from the event loop when large."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeVar, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request as HttpRequest

from limner.core.errors import UserError
from limner.core.pictures import Picture
from limner.server.pictures import SMALL

Shape = TypeVar("Shape", bound=BaseModel)

_MOST_FILES: Final = 64
_MOST_FIELDS: Final = 200
_MOST_FIELD_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Form:
    """A form that was read: its text fields, and its files by the name before any `[]`."""

    fields: Mapping[str, str]
    files: Mapping[str, tuple[Picture, ...]]


def is_form(http: HttpRequest) -> bool:
    """Whether the body is a form; otherwise it must be JSON."""
    media_type = http.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == "multipart/form-data":
        return True
    if media_type in {"application/json", ""}:
        return False
    raise UserError(
        f"A body of {media_type} cannot be read.",
        code="unsupported_media_type",
        remedy="Send application/json or multipart/form-data.",
    )


async def read_json(http: HttpRequest) -> dict[str, object]:
    """The JSON object in the body.

    Raises:
        UserError: it is none.
    """
    body = await http.body()
    value = _parsed(body) if len(body) <= SMALL else await asyncio.to_thread(_parsed, body)
    if not isinstance(value, dict):
        raise _not_json("The body is not a JSON object.")
    return cast("dict[str, object]", value)


async def read_form(http: HttpRequest) -> Form:
    """The form in the body. Files are spooled to disk while they arrive.

    Raises:
        UserError: it cannot be read.
    """
    async with http.form(
        max_files=_MOST_FILES, max_fields=_MOST_FIELDS, max_part_size=_MOST_FIELD_BYTES
    ) as form:
        return await _taken(form)


async def _taken(form: FormData) -> Form:
    fields: dict[str, str] = {}
    files: dict[str, tuple[Picture, ...]] = {}
    for name, value in form.multi_items():
        bare = name.partition("[")[0]
        if isinstance(value, UploadFile):
            picture = Picture(await value.read(), name=value.filename or bare)
            files[bare] = (*files.get(bare, ()), picture)
        else:
            fields[name] = value
    return Form(fields, files)


def validated(shape: type[Shape], values: Mapping[str, object]) -> Shape:
    """Check values against a shape.

    Raises:
        UserError: naming the first field that does not fit.
    """
    try:
        return shape.model_validate(values)
    except ValidationError as error:
        raise _explained(error) from error


def structured(fields: Mapping[str, str]) -> dict[str, object]:
    """Fields of a form, where an object or a list is written as JSON."""
    return {name: _maybe_json(text) for name, text in fields.items()}


def _maybe_json(text: str) -> object:
    if text[:1] not in {"{", "["}:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _parsed(body: bytes) -> object:
    try:
        # Many times faster than the standard library on long strings, and it holds the interpreter that long.
        return from_json(body)
    except ValueError as error:
        raise _not_json("The body is not JSON.") from error


def _not_json(message: str) -> UserError:
    return UserError(message, code="invalid_json", remedy="Send a JSON object.")


def _explained(error: ValidationError) -> UserError:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    name = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return UserError(
            f"There is no field `{name}`.", code="unknown_field", field=name, remedy="Leave it out."
        )
    if first["type"] == "missing":
        return UserError(f"`{name}` is missing.", code="missing_field", field=name, remedy="Add it.")
    return UserError(
        f"`{name}`: {first['msg']}.", code="invalid_value", field=name, remedy="Change its value."
    )
