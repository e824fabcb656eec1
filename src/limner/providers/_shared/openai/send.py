"""Requests: JSON to generate, multipart to edit and to vary."""

import hashlib
from collections.abc import Mapping
from typing import Final

from limner.core.adapter import Order
from limner.core.http import HttpCall, JsonBody, MultipartBody, Part, Timeout
from limner.core.operations import Operation
from limner.core.pictures import Picture
from limner.providers._shared.openai.dialect import Dialect, wire_name
from limner.providers._shared.options import given, refuse
from limner.providers._shared.reading import mapping

GENERATIONS: Final = "/images/generations"
EDITS: Final = "/images/edits"
VARIATIONS: Final = "/images/variations"
LONGEST_USER: Final = 128
"""Characters of an end user's name (safety identifiers, image generation guide, 2026-11-05)."""

_EXTENSIONS: Final = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}
_VARIATION_FIELDS: Final = ("model", "n", "size", "user", "response_format")


def pictures(order: Order) -> tuple[Picture, ...]:
    """All pictures that go along: those to work on, then those that guide."""
    request = order.request
    return (*request.images, *(reference.picture for reference in request.references))


def path(order: Order) -> str:
    """Which endpoint does it: any picture makes it an edit, or a variation when that is asked for."""
    if order.request.operation is Operation.VARIATION:
        return VARIATIONS
    return EDITS if pictures(order) else GENERATIONS


def fields(order: Order, dialect: Dialect) -> dict[str, object]:
    """The parameters, by their names on the wire. What is absent is not sent.

    Args:
        order: `wire["fields"]` of its model are constants that it wants, such as `response_format`.
        dialect: names the end user's field.

    Raises:
        UserError: an option does not go with the model or the request.
    """
    request = order.request
    values: dict[str, object] = {
        "model": wire_name(order.model),
        "prompt": request.prompt,
        "n": request.n,
        "size": str(request.size) if request.size else None,
        "quality": order.quality,
        "style": request.style,
        "background": request.background,
        "output_format": request.format.value if request.format else None,
        "output_compression": request.compression,
        "stream": order.stream or None,
        "partial_images": request.partial_images or None if order.stream else None,
        dialect.user: end_user(request.user),
        **mapping(order.model.wire.get("fields")),
        **given(order),
    }
    if "input_fidelity" in values and not pictures(order):
        raise refuse(order, "input_fidelity", "It is about pictures that go along: give one.")
    if request.operation is Operation.VARIATION:
        values["user"] = values.get("user") or end_user(request.user)
        values = {name: values.get(name) for name in _VARIATION_FIELDS}
    return {name: value for name, value in values.items() if value is not None}


def end_user(name: str | None) -> str | None:
    """A name the vendor takes: one that is too long becomes its hash, which is as stable and as opaque."""
    if name is None or len(name) <= LONGEST_USER:
        return name
    return hashlib.sha256(name.encode()).hexdigest()


def call(
    order: Order, url: str, values: Mapping[str, object], query: tuple[tuple[str, str], ...] = ()
) -> HttpCall:
    """Describe the call that paints.

    Args:
        order: its pictures and mask go along.
        url: a path under the profile's base.
        values: the parameters.
        query: what the URL carries besides.
    """
    sent = pictures(order)
    body = MultipartBody((*_texts(values), *_files(sent, order.mask))) if sent else JsonBody(values)
    return HttpCall(
        "POST",
        url,
        query=query,
        headers={"accept": "text/event-stream" if order.stream else "application/json"},
        body=body,
        timeout=Timeout.PAINT,
        stream="sse" if order.stream else None,
    )


def _texts(values: Mapping[str, object], inside: str = "") -> tuple[Part, ...]:
    parts: list[Part] = []
    for name, value in values.items():
        full = f"{inside}[{name}]" if inside else name
        inner = mapping(value)
        if inner:
            parts += _texts(inner, full)
        else:
            plain = str(value).lower() if isinstance(value, bool) else str(value)
            parts.append(Part(full, plain.encode()))
    return tuple(parts)


def _files(sent: tuple[Picture, ...], mask: bytes | None) -> tuple[Part, ...]:
    name = "image" if len(sent) == 1 else "image[]"
    parts = [_file(name, f"image-{place}", picture) for place, picture in enumerate(sent, 1)]
    if mask is not None:
        parts.append(Part("mask", mask, "mask.png", "image/png"))
    return tuple(parts)


def _file(name: str, stem: str, picture: Picture) -> Part:
    if picture.media_type is None:
        raise ValueError(f"{stem} was not probed: nobody knows what it is")
    extension = _EXTENSIONS.get(picture.media_type, "bin")
    return Part(name, picture.data, f"{stem}.{extension}", picture.media_type)
