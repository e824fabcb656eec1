"""How the result is encoded: what to ask the model for, and what Limner writes in the end."""

from dataclasses import dataclass
from typing import Final

from limner.catalog.say import Say
from limner.core.models import Limits
from limner.core.pictures import Format
from limner.core.requests import Background, Mode, Request

_OPAQUE: Final = frozenset({Format.JPEG})
"""Formats without transparency."""
_LOSSY: Final = frozenset({Format.JPEG, Format.WEBP, Format.AVIF})
"""Formats that `compression` means something to."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """Fields to send, and the last step."""

    format: Format | None = None
    compression: int | None = None
    background: Background | None = None
    encode: Format | None = None
    """What Limner encodes the result as. Absent: it stays as it comes."""


def encoding(request: Request, limits: Limits, say: Say, *, composed: bool) -> Encoding:
    """Decide on format, compression and background.

    Args:
        request: as asked.
        limits: the model's.
        say: where to note what differs.
        composed: whether Limner puts the answer together with another picture, and so decodes it.

    Raises:
        UserError: the wishes contradict each other, or nothing here can write the format.
    """
    background = _background(request, limits, say)
    asked = request.format
    if background == "transparent" and asked in _OPAQUE:
        raise say.refuse(
            "format",
            "format_without_transparency",
            f"A transparent background cannot be kept in {asked}.",
            "Ask for png or webp, or leave the format out.",
        )
    if composed:
        _writable(asked, say)
        _compression_of(asked, request, say)
        return Encoding(_lossless(limits), None, background, asked)
    if asked is None:
        _compression_of(None, request, say)
        return Encoding(_chosen(background, limits, say), None, background)
    sent, encode = _format(asked, request, limits, say)
    compression = _compression_of(asked, request, say)
    return Encoding(sent, None if encode else compression, background, encode)


def _background(request: Request, limits: Limits, say: Say) -> Background | None:
    asked = request.background
    if asked is None or asked in limits.backgrounds:
        return asked
    if asked == "transparent" and say.mode is not Mode.BEST_EFFORT:
        raise say.refuse(
            "background",
            "unsupported_background",
            f"{say.model.label} makes no transparent background.",
            "Choose another model, remove the background afterwards, or use the mode `best_effort`.",
        )
    say.dropped("background", asked)
    return None


def _lossless(limits: Limits) -> Format | None:
    """For pictures that are decoded anyway: nothing is lost on the way."""
    return Format.PNG if Format.PNG in limits.formats else None


def _chosen(background: Background | None, limits: Limits, say: Say) -> Format | None:
    """A format for a transparent background, when none is asked for."""
    if background != "transparent" or not limits.formats:
        return None
    able = [one for one in limits.formats if one not in _OPAQUE]
    used = Format.PNG if Format.PNG in able else able[0] if able else None
    if used is not None:
        say.chose("format", f"{used.value} keeps the transparent background.", used.value)
    return used


def _format(asked: Format, request: Request, limits: Limits, say: Say) -> tuple[Format | None, Format | None]:
    """What to ask the model for, and what to encode afterwards."""
    if asked in limits.formats and (request.compression is None or limits.compression or asked not in _LOSSY):
        return asked, None
    _writable(asked, say)
    sent = _lossless(limits) or next((one for one in limits.formats if one is not Format.SVG), None)
    if asked in limits.formats:
        say.emulated("compression", f"{say.model.label} takes no `compression`: Limner encodes the {asked}.")
    else:
        text = f"{say.model.label} is not asked for {asked}: Limner encodes the result."
        say.emulated("format", text, asked.value, sent.value if sent else None)
    return sent, asked


def _writable(asked: Format | None, say: Say) -> None:
    """Refuse what Limner cannot write itself."""
    if asked is Format.SVG:
        raise say.refuse(
            "format",
            "unsupported_format",
            f"{say.model.label} answers with pixels here, and pixels cannot become an SVG.",
            "Choose a model that makes SVG, or another format.",
        )


def _compression_of(form: Format | None, request: Request, say: Say) -> int | None:
    if request.compression is None or form in _LOSSY:
        return request.compression
    name = form.value if form else "png"
    say.dropped("compression", request.compression, f"{name} has no such setting.")
    return None
