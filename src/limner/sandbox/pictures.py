"""Pictures that come inside JSON, as address, data URI or base64, and pictures that are made."""

import binascii
from collections.abc import Callable
from dataclasses import dataclass

import pybase64

from limner.sandbox.codecs import encode
from limner.sandbox.paint import Mood, paint, repaint
from limner.sandbox.probe import Probe, probe
from limner.sandbox.sizes import Size

Load = Callable[[str], bytes | None]
"""Fetches an address, as far as the sandbox reaches: what it hosts itself."""


@dataclass(frozen=True, slots=True)
class Source:
    """A picture that was given."""

    data: bytes
    probe: Probe

    @property
    def size(self) -> Size:
        """Width and height."""
        return self.probe.width, self.probe.height


class Unreachable(ValueError):
    """The address leads nowhere."""


class Unreadable(ValueError):
    """The bytes are no picture."""


def read_source(text: str, load: Load) -> Source:
    """Read a picture that was given as text.

    Args:
        text: an http address, a data URI, or bare base64.
        load: fetches addresses.

    Raises:
        Unreachable: nothing is at the address.
        Unreadable: what is there, or was sent, is no PNG, JPEG, WebP or GIF.
    """
    data = _bytes_of(text, load)
    found = probe(data)
    if found is None:
        raise Unreadable("not a PNG, JPEG, WebP or GIF")
    return Source(data, found)


def _bytes_of(text: str, load: Load) -> bytes:
    if text.startswith(("http://", "https://")):
        data = load(text)
        if data is None:
            raise Unreachable(text[:100])
        return data
    head, comma, body = text.partition(",")
    if comma and not (head.startswith("data:") and head.endswith(";base64")):
        raise Unreadable("not a base64 data URI")
    try:
        return pybase64.b64decode(body if comma else text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unreadable("not base64") from error


def picture(
    subject: str,
    size: Size,
    form: str,
    *,
    source: Source | None = None,
    mood: Mood = "clear",
    transparent: bool = False,
) -> bytes:
    """Paint and encode one picture; with a source, everything is painted over.

    Args:
        subject: what it follows from: model, prompt, seed, number.
        size: in pixels.
        form: `png`, `jpeg`, `webp`.
        source: the picture that is worked on. Absent: from nothing.
        mood: see `paint`.
        transparent: let the background show through.
    """
    if source is not None and mood == "clear":
        return encode(repaint(subject, source.data, *size, transparent=transparent), form)
    return encode(paint(subject, *size, transparent=transparent, mood=mood), form)


def base64_of(data: bytes) -> str:
    """Bytes as base64."""
    return pybase64.b64encode(data).decode()
