"""Requests, outcomes and errors as JSON for rows: pictures by their digest, never their bytes."""

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final, TypeVar, cast

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError

from limner.core import errors
from limner.core.adapter import Artifact, Done, Usage
from limner.core.errors import Error, UserError
from limner.core.money import Cost, Price
from limner.core.notes import Note
from limner.core.pictures import Picture
from limner.core.requests import Request
from limner.core.results import Attempt, AttemptState, Image, Result

_T = TypeVar("_T")
Fetch = Callable[[str], bytes]
"""Gives the bytes of a digest."""


@dataclass(frozen=True, slots=True)
class Record:
    """Something as a row holds it."""

    text: str
    """JSON."""
    blobs: Mapping[str, bytes]
    """The bytes it names, by digest."""


def write(kind: type[_T], value: _T) -> str:
    """Write a value that holds no pictures and no errors: a ticket, a price, a cost.

    Example:
        >>> from limner.core.pictures import Size
        >>> write(Size, Size(2, 3))
        '{"width":2,"height":3}'
    """
    return _adapter(kind).dump_json(value).decode()


def read(kind: type[_T], text: str) -> _T:
    """Read what `write` wrote."""
    return cast("_T", _adapter(kind).validate_json(text))


def write_request(request: Request) -> Record:
    """Write a request; its pictures become blobs.

    Raises:
        UserError: something in it is no text, as bytes that are not UTF-8 become on the command line.
    """
    pictures = [*request.images, *(reference.picture for reference in request.references)]
    if request.mask is not None:
        pictures.append(request.mask.picture)
    blobs = {picture.digest: picture.data for picture in pictures}
    try:
        return Record(write(Request, _with_pictures(request, _outside)), blobs)
    except PydanticSerializationError as error:
        raise UserError(
            "Something in the request is no text that can be written down.",
            code="invalid_text",
            remedy="Give the prompt, and all other words, in UTF-8.",
        ) from error


def read_request(text: str, fetch: Fetch) -> Request:
    """Read what `write_request` wrote."""
    return _with_pictures(read(Request, text), lambda picture: _inside(picture, fetch))


def write_done(done: Done, blobs: tuple[bytes, ...]) -> Record:
    """Write what a provider delivered.

    Args:
        done: the outcome.
        blobs: the bytes of its artifacts, in the same order.
    """
    named = [Picture(blob) for blob in blobs]
    artifacts = tuple(
        replace(artifact, source=picture.digest.encode())
        for artifact, picture in zip(done.artifacts, named, strict=True)
    )
    text = write(Done, replace(done, artifacts=artifacts))
    return Record(text, {picture.digest: picture.data for picture in named})


def read_done(text: str, fetch: Fetch) -> Done:
    """Read what `write_done` wrote; every artifact is inline."""
    done = read(Done, text)
    return replace(done, artifacts=tuple(_refilled(artifact, fetch) for artifact in done.artifacts))


def write_result(result: Result) -> Record:
    """Write a result but for its request, which has a row of its own."""
    images = tuple(replace(image, picture=_outside(image.picture)) for image in result.images)
    fields: dict[str, object] = {
        "id": result.id,
        "provider": result.provider,
        "model": result.model,
        "images": _json(tuple[Image, ...], images),
        "cost": _json(Cost, result.cost),
        "quote": _json(Price, result.quote),
        "notes": _json(tuple[Note, ...], result.notes),
        "attempts": [_write_attempt(attempt) for attempt in result.attempts],
        "fallback_used": result.fallback_used,
        "tags": result.tags,
    }
    return Record(json.dumps(fields), {image.picture.digest: image.picture.data for image in result.images})


def read_result(text: str, request: Request, fetch: Fetch) -> Result:
    """Read what `write_result` wrote.

    Args:
        text: the row's.
        request: as asked.
        fetch: gives the bytes of the pictures.
    """
    fields: dict[str, Any] = json.loads(text)
    images = cast("tuple[Image, ...]", _adapter(tuple[Image, ...]).validate_python(fields["images"]))
    return Result(
        id=fields["id"],
        provider=fields["provider"],
        model=fields["model"],
        images=tuple(replace(image, picture=_inside(image.picture, fetch)) for image in images),
        cost=_adapter(Cost).validate_python(fields["cost"]),
        quote=_adapter(Price).validate_python(fields["quote"]),
        notes=_adapter(tuple[Note, ...]).validate_python(fields["notes"]),
        attempts=tuple(_read_attempt(attempt) for attempt in fields["attempts"]),
        request=request,
        fallback_used=fields["fallback_used"],
        tags=tuple(fields["tags"]),
    )


def write_error(error: Error) -> str:
    """Write an error's facts.

    Example:
        >>> busy = errors.RateLimited("Slow down.", provider="x", retry_after=2.0)
        >>> read_error(write_error(busy)).retry_after
        2.0
    """
    return json.dumps(_facts(error))


def read_error(text: str) -> Error:
    """Make an error again from its facts; of another version's, what this one knows."""
    return _error(json.loads(text))


def _facts(error: Error) -> dict[str, object]:
    """What its constructor takes, under the same names, and whether it was billed."""
    facts: dict[str, object] = {"kind": type(error).__name__, "billed": error.billed}
    for name in _arguments(type(error)):
        value = getattr(error, name)
        if name == "kept":
            continue  # bytes: they are blobs of their attempt
        if name == "errors":
            value = [_facts(one) for one in value]
        facts[name] = value
    return facts


def _error(facts: dict[str, Any]) -> Error:
    kind = _KINDS.get(facts["kind"], Error)
    known = {name: facts[name] for name in _arguments(kind) if name in facts}
    for name, read_value in _READ.items():
        if known.get(name) is not None:
            known[name] = read_value(known[name])
    error = kind(**known)
    if "billed" in facts:  # some kinds have a usual answer, and no argument for another
        error.billed = errors.Billed(facts["billed"])
    return error


_KINDS: Final[Mapping[str, type[Error]]] = {
    name: kind for name, kind in vars(errors).items() if inspect.isclass(kind) and issubclass(kind, Error)
}
_READ: Final[Mapping[str, Callable[[Any], object]]] = {
    "billed": errors.Billed,
    "again": errors.Again,
    "stage": errors.Stage,
    "categories": tuple,
    "suggestions": tuple,
    "errors": lambda many: tuple(_error(facts) for facts in many),
}


@cache
def _arguments(kind: type[Error]) -> tuple[str, ...]:
    return tuple(name for name in inspect.signature(kind.__init__).parameters if name != "self")


def _write_attempt(attempt: Attempt) -> dict[str, object]:
    return {
        "id": attempt.id,
        "provider": attempt.provider,
        "model": attempt.model,
        "state": attempt.state,
        "cost": _json(Cost, attempt.cost),
        "seconds": attempt.seconds,
        "request_id": attempt.request_id,
        "error": None if attempt.error is None else _facts(attempt.error),
        "usage": None if attempt.usage is None else _json(Usage, attempt.usage),
        "sent": attempt.sent,
    }


def _read_attempt(fields: dict[str, Any]) -> Attempt:
    values = dict(fields)
    values["state"] = AttemptState(values["state"])
    values["cost"] = _adapter(Cost).validate_python(values["cost"])
    if values["error"] is not None:
        values["error"] = _error(values["error"])
    if values["usage"] is not None:
        values["usage"] = _adapter(Usage).validate_python(values["usage"])
    return Attempt(**values)


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _json(kind: Any, value: object) -> object:
    return _adapter(kind).dump_python(value, mode="json")


def _with_pictures(request: Request, change: Callable[[Picture], Picture]) -> Request:
    mask = request.mask
    return request.replace(
        images=tuple(change(picture) for picture in request.images),
        references=tuple(
            replace(reference, picture=change(reference.picture)) for reference in request.references
        ),
        mask=None if mask is None else replace(mask, picture=change(mask.picture)),
    )


def _outside(picture: Picture) -> Picture:
    """The picture with its digest in place of its bytes."""
    return replace(picture, data=picture.digest.encode())


def _inside(picture: Picture, fetch: Fetch) -> Picture:
    return replace(picture, data=fetch(picture.data.decode()))


def _refilled(artifact: Artifact, fetch: Fetch) -> Artifact:
    if not isinstance(artifact.source, bytes):
        raise TypeError("a kept artifact is inline")
    return replace(artifact, source=fetch(artifact.source.decode()))
