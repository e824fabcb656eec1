"""Every way of storing samples, as 8-bit RGBA, with a note where something had to be decided.

- 1-bit, grey, palette and a single transparent colour: exact.
- 16 bits: the upper eight of each sample, for grey as for colour.
- CMYK, Lab, and grey with a profile of its own: through the embedded profile to sRGB. Without one, CMYK
  is converted plainly (`255 − ink`), which looks more saturated than print does.
- RGB with a profile: the numbers and the profile are kept as they are.
- 32-bit integers and floating point: refused, because nothing says what is black and what is white.
"""

from io import BytesIO
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from limner.core.notes import Note, NoteKind
from limner.pixels import faults
from limner.pixels.arrays import OPAQUE, Pixels, from_pillow
from limner.pixels.profile import usable

_NO_AGREED_RANGE: Final = frozenset({"I", "F"})
_SPACE_AT: Final = slice(16, 20)
_SPACES: Final = {"L": b"GRAY", "LA": b"GRAY", "CMYK": b"CMYK", "LAB": b"Lab "}


def to_rgba(picture: Image.Image, name: str | None) -> tuple[Pixels, bytes | None, list[Note]]:
    """Convert a decoded picture.

    Args:
        picture: fully decoded, in any mode.
        name: what the caller calls it. Absent: it has no name.

    Returns:
        The pixels, the profile that still applies to them (always an RGB one, or `None`), and notes.

    Raises:
        ImageProcessing: `unsupported_mode`.
    """
    profile = cast("bytes | None", picture.info.get("icc_profile"))
    if picture.mode in _NO_AGREED_RANGE:
        raise faults.fault(
            f"{faults.called(name)} has 32-bit samples, for which no black and white are agreed.",
            code="unsupported_mode",
            remedy="Export it with 8 or 16 bits a channel.",
        )
    if picture.mode.startswith("I;16"):
        return _from_16_bit(picture), None, [_reduced()]
    space = profile[_SPACE_AT] if profile else b""
    if profile and space == _SPACES.get(picture.mode):
        converted, notes = _through_profile(picture, profile)
        return _rgba(converted), None, notes
    pixels = _rgba(picture)
    if picture.mode in {"CMYK", "LAB"}:
        text = f"The picture is {picture.mode} without a usable profile; its colours are approximate in RGB."
        return pixels, None, [Note(NoteKind.ADAPTED, text, "images", picture.mode, "RGB")]
    if profile and space == b"RGB " and usable(profile):
        return pixels, profile, []
    return pixels, None, [_unusable(picture)] if profile else []


def reduced(bits: int) -> Note:
    """The note that samples had more than eight bits."""
    text = f"The picture has {bits} bits a sample; the upper 8 are used."
    return Note(NoteKind.ADAPTED, text, "images", f"{bits} bits", "8 bits")


def _reduced() -> Note:
    return reduced(16)


def _rgba(picture: Image.Image) -> Pixels:
    if picture.mode in {"LAB", "YCbCr", "HSV"}:
        picture = picture.convert("RGB")
    if picture.mode == "RGB" and not picture.has_transparency_data:
        picture.putalpha(OPAQUE)  # in place: Pillow keeps four bytes a pixel anyway
    return from_pillow(picture if picture.mode == "RGBA" else picture.convert("RGBA"))


def _from_16_bit(picture: Image.Image) -> Pixels:
    samples = cast("NDArray[np.uint16]", np.asarray(picture))
    grey = (samples >> 8).astype(np.uint8)
    pixels = np.empty((*grey.shape, 4), np.uint8)
    pixels[..., :3] = grey[..., None]
    pixels[..., 3] = OPAQUE
    transparent = picture.info.get("transparency")
    if isinstance(transparent, int):
        pixels[samples == transparent, 3] = 0
    return pixels


def _unusable(picture: Image.Image) -> Note:
    text = "The colour profile cannot be used and was left out; the colours are approximate."
    return Note(NoteKind.WARNING, text, "images", picture.mode, "sRGB")


def _through_profile(picture: Image.Image, profile: bytes) -> tuple[Image.Image, list[Note]]:
    """To sRGB; a profile that cannot be used counts as none."""
    alpha = picture.getchannel("A") if picture.mode == "LA" else None
    colour = picture.convert("L") if alpha is not None else picture
    try:
        converted = ImageCms.profileToProfile(
            colour,
            ImageCms.ImageCmsProfile(BytesIO(profile)),
            ImageCms.createProfile("sRGB"),  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
            outputMode="RGB",
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture, [_unusable(picture)]
    if converted is None:  # only when asked to convert in place
        return picture, []
    if alpha is not None:
        converted.putalpha(alpha)
    text = f"The picture is {picture.mode} with a profile; it was converted to sRGB."
    return converted, [Note(NoteKind.ADAPTED, text, "images", picture.mode, "sRGB")]
