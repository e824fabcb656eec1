"""Reads a body, JSON or form, and the pictures in it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from starlette.requests import Request

from limner.sandbox.desk import Rejection
from limner.sandbox.forms import UnreadableForm, media_type_of, read_parts
from limner.sandbox.pictures import Source, Unreachable, Unreadable, read_source
from limner.sandbox.probe import probe
from limner.sandbox.schema import Schema, flaws
from limner.sandbox.venice import shapes

_MOST_BYTES: Final = 25 * 1024 * 1024
_MOST_STYLE_BYTES: Final = 8 * 1024 * 1024
FEWEST_PIXELS: Final = 65_536
"""Of a picture that is edited or enlarged; where the background goes, no least is published."""
_MOST_PIXELS: Final = 33_177_600
_UPLOADED: Final = "(a file)"

_TOO_LARGE: Final = "The request payload is too large. Please reduce the size of your request."
_CORRUPTED: Final = "The image file is corrupted or unreadable"


@dataclass(frozen=True, slots=True)
class Given:
    """A body that fits its schema."""

    values: Mapping[str, Any]
    files: Mapping[str, list[bytes]] = field(default_factory=dict[str, list[bytes]])
    """Pictures that were uploaded, by field."""

    def get(self, name: str, default: Any = None) -> Any:
        """A value; the default also where null was sent."""
        value = self.values.get(name)
        return default if value is None else value

    def pictures(self, name: str, *, fewest: int = FEWEST_PIXELS) -> list[Source]:
        """Every picture of a field, checked.

        Args:
            name: of the field.
            fewest: pixels that a picture must have.

        Raises:
            Rejection: one is missing, unreadable, too small or too large.
        """
        if name in self.files:
            return [_checked(_opened(data), fewest) for data in self.files[name]]
        texts = self.values[name]
        listed = cast("list[str]", texts if isinstance(texts, list) else [texts])
        return [_checked(_read(text, name), fewest) for text in listed]

    def style_pictures(self) -> list[Source]:
        """The style references, read."""
        entries = cast("list[Mapping[str, Any]]", self.get("style_references", []))
        found = [_read(entry["image"], "style_references") for entry in entries]
        if any(len(source.data) >= _MOST_STYLE_BYTES for source in found):
            raise Rejection(shapes.error(413, _TOO_LARGE, code="PAYLOAD_TOO_LARGE"))
        return found


async def object_of(request: Request) -> dict[str, Any]:
    """A JSON body.

    Raises:
        Rejection: it is declared as something else, or is no object.
    """
    if media_type_of(request) != "application/json":
        raise Rejection(shapes.error(415, "Invalid request content-type"))
    try:
        body: object = json.loads(await request.body())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Rejection(shapes.error(400, shapes.INVALID))
    return cast("dict[str, Any]", body)


async def read_json(request: Request, schema: Schema) -> Given:
    """A JSON body that fits its schema.

    Raises:
        Rejection: it does not.
    """
    return _fitting(Given(await object_of(request)), schema)


async def read_any(request: Request, schema: Schema) -> Given:
    """A body as JSON or as a form.

    Raises:
        Rejection: it is neither, or does not fit.
    """
    if media_type_of(request) != "multipart/form-data":
        return await read_json(request, schema)
    try:
        parts = await read_parts(request)
    except UnreadableForm:
        raise Rejection(shapes.error(400, shapes.INVALID)) from None
    values: dict[str, Any] = {}
    files: dict[str, list[bytes]] = {}
    for part in parts:
        rule: Schema = schema["properties"].get(part.name, {})
        if part.text is None:
            files.setdefault(part.name, []).append(part.data)
            listed = rule.get("type") == "array"
            values[part.name] = [_UPLOADED] * len(files[part.name]) if listed else _UPLOADED
        else:
            values[part.name] = _typed(part.text, rule)
    return _fitting(Given(values, files), schema)


def _fitting(given: Given, schema: Schema) -> Given:
    found = list(flaws(dict(given.values), schema, {}))
    if found:
        raise Rejection(shapes.invalid(found))
    return given


def _typed(text: str, rule: Schema) -> Any:
    """A form's text as what its schema wants, or as it came."""
    kinds = set(_kinds(rule))
    if "boolean" in kinds and text in {"true", "false"}:
        return text == "true"
    try:
        return json.loads(text) if kinds & {"number", "integer"} else text
    except ValueError:
        return text


def _kinds(rule: Schema) -> Iterator[str]:
    kind = rule.get("type", ())
    yield from [kind] if isinstance(kind, str) else kind


def _read(text: str, name: str) -> Source:
    try:
        return read_source(text, lambda _: None)
    except Unreachable:
        raise Rejection(shapes.wrong(name, "The image could not be fetched from its address")) from None
    except Unreadable:
        raise Rejection(shapes.error(400, _CORRUPTED)) from None


def _opened(data: bytes) -> Source:
    found = probe(data)
    if found is None:
        raise Rejection(shapes.error(400, _CORRUPTED))
    return Source(data, found)


def _checked(source: Source, fewest: int) -> Source:
    if len(source.data) >= _MOST_BYTES:
        message = "File exceeds the maximum allowed size of 25 MB."
        raise Rejection(shapes.error(413, message, code="PAYLOAD_TOO_LARGE"))
    if source.probe.pixels < fewest:
        raise Rejection(shapes.error(400, "Image dimensions are too small"))
    if source.probe.pixels > _MOST_PIXELS:
        raise Rejection(shapes.error(422, "Image dimensions exceed the maximum allowed."))
    return source
