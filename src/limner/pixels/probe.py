"""What a file is, from its headers: nothing is decoded, so a bomb costs next to nothing.

Sizes are checked before a codec allocates anything. Where the container itself proves that bytes
are missing (PNG, WebP), that is said here; where only the pixels can tell, `raster.decode` says it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Final

from PIL.AvifImagePlugin import AvifImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from limner.core.errors import ImageProcessing
from limner.core.pictures import Format, Size
from limner.pixels import faults, headers
from limner.pixels.kinds import Kind, described, kind_of
from limner.pixels.limits import DEFAULT, Limits
from limner.pixels.orientation import read_orientation, swaps
from limner.pixels.svg import is_svg, svg_size

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile


@dataclass(frozen=True, slots=True)
class Probed:
    """What the headers say."""

    kind: Kind
    size: Size
    """As displayed: the orientation is applied."""
    stored: Size
    """As the file holds it."""
    orientation: int
    """1..8 as in EXIF; 1 is upright."""
    mode: str
    """Pillow's name for how samples are stored: `RGB`, `P`, `CMYK`, `I;16` … Empty: it is a drawing."""
    bits: int
    """Of one sample: 1, 8, 10, 12, 16 or 32. A palette's entries have 8."""
    frames: int
    """1: a still picture."""
    has_alpha: bool
    """Whether anything can be transparent: an alpha channel, or a transparent colour."""
    has_icc: bool
    """Whether a colour profile is embedded."""
    has_metadata: bool
    """Whether there is EXIF, XMP, IPTC, text or a comment: something that `clean.strip` removes."""
    bytes: int
    """Length of the file."""

    @property
    def media_type(self) -> str:
        """The MIME type that the bytes deserve."""
        return self.kind.media_type

    @property
    def format(self) -> Format | None:
        """The format to write it in again. `None`: Limner reads it and does not write it."""
        return self.kind.written_as


def _open_heic(file: BytesIO) -> "ImageFile":
    """With the optional `pi-heif`: pictures of telephones are not worth a dependency for everybody."""
    try:
        from pi_heif.as_plugin import HeifImageFile  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]
    except ImportError as error:
        raise faults.fault(
            "The picture is a HEIC, and nothing that reads it is installed.",
            code="unsupported_format",
            remedy="Install limner[heic], or send a PNG or JPEG.",
        ) from error
    return HeifImageFile(file)


_OPENERS: Final[dict[Kind, Callable[[BytesIO], "ImageFile"]]] = {
    Kind.HEIC: _open_heic,
    Kind.PNG: PngImageFile,
    Kind.JPEG: JpegImageFile,
    Kind.WEBP: WebPImageFile,
    Kind.AVIF: AvifImageFile,
    Kind.GIF: GifImageFile,
    Kind.TIFF: TiffImageFile,
}


def probe(
    data: bytes, *, name: str | None = None, limits: Limits = DEFAULT, drawings: bool = False
) -> Probed:
    """Say what a picture is, without decoding it.

    Args:
        data: the whole file.
        name: what the caller calls it, for messages. Absent: it has no name.
        limits: what is too much.
        drawings: whether an SVG will do. Models may answer with one; as a picture to work on it is refused.

    Raises:
        ImageProcessing: with code `empty_image`, `not_an_image`, `unsupported_format`, `too_many_bytes`,
            `too_many_pixels`, `too_many_frames`, `truncated_image` or `damaged_image`.

    Example:
        >>> probe(b"hello", name="cat.png")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        limner.core.errors.ImageProcessing: 'cat.png' is not a picture, whatever its name says. ...
    """
    if drawings and is_svg(data):
        _check_bytes(data, name, limits)
        return _drawn(data, svg_size(data, name))
    kind, facts = _read(data, name, limits)
    if facts.size is not None and facts.mode is not None:  # a JPEG's headers say it all
        return _by_headers(kind, facts, facts.size, facts.mode, len(data))
    return _opened(kind, data, facts, name, limits)[1]


def _by_headers(kind: Kind, facts: headers.Facts, stored: Size, mode: str, length: int) -> Probed:
    turned = Size(stored.height, stored.width) if swaps(facts.orientation) else stored
    return Probed(
        kind=kind,
        size=turned,
        stored=stored,
        orientation=facts.orientation,
        mode=mode,
        bits=facts.bits or headers.bits_of(mode),
        frames=facts.frames or 1,
        has_alpha=False,
        has_icc=facts.has_icc,
        has_metadata=facts.has_metadata,
        bytes=length,
    )


def _drawn(data: bytes, size: Size) -> Probed:
    return Probed(
        kind=Kind.SVG,
        size=size,
        stored=size,
        orientation=1,
        mode="",
        bits=8,
        frames=1,
        has_alpha=True,
        has_icc=False,
        has_metadata=False,
        bytes=len(data),
    )


def opened(data: bytes, *, name: str | None = None, limits: Limits = DEFAULT) -> tuple["ImageFile", Probed]:
    """Probe a picture and keep it open for decoding.

    Args:
        data: the whole file.
        name: what the caller calls it. Absent: it has no name.
        limits: what is too much.

    Returns:
        Pillow's lazy picture, nothing decoded yet, and what the headers say.

    Raises:
        ImageProcessing: as `probe` does.
    """
    kind, facts = _read(data, name, limits)
    return _opened(kind, data, facts, name, limits)


def _read(data: bytes, name: str | None, limits: Limits) -> tuple[Kind, headers.Facts]:
    """What the headers say, and that it is not too much."""
    kind = _recognise(data, name, limits)
    with faults.reading(name):
        facts = headers.read(kind, data, name)
        if facts.size is not None:
            _check_size(facts.size, name, limits)
    return kind, facts


def _opened(
    kind: Kind, data: bytes, facts: headers.Facts, name: str | None, limits: Limits
) -> tuple["ImageFile", Probed]:
    with faults.reading(name):
        picture = _OPENERS[kind](BytesIO(headers.bare(kind, data, facts)))
        _check_size(Size(*picture.size), name, limits)
        frames = facts.frames or int(getattr(picture, "n_frames", 1))
        _check_frames(frames, name, limits)
    return picture, _probed(kind, picture, data, facts, frames)


def _recognise(data: bytes, name: str | None, limits: Limits) -> Kind:
    _check_bytes(data, name, limits)
    kind = kind_of(data)
    if kind is not None:
        return kind
    raise _unreadable(data, faults.called(name))


def _check_bytes(data: bytes, name: str | None, limits: Limits) -> None:
    who = faults.called(name)
    if not data:
        raise faults.fault(
            f"{who} is empty.", code="empty_image", remedy="Send the file's bytes; there are none."
        )
    if len(data) > limits.most_bytes:
        raise faults.fault(
            f"{who} has {len(data):,} bytes; the limit is {limits.most_bytes:,}.",
            code="too_many_bytes",
            remedy="Scale it down or compress it more, and send it again.",
        )


_READABLE: Final = "Send a PNG, JPEG, WebP, AVIF, GIF or TIFF file."


def _unreadable(data: bytes, who: str) -> ImageProcessing:
    other = described(data)
    if other is None:
        return faults.fault(
            f"{who} is not a picture, whatever its name says.", code="not_an_image", remedy=_READABLE
        )
    return faults.fault(
        f"{who} is {other}, which Limner does not read.", code="unsupported_format", remedy=_READABLE
    )


def _check_size(size: Size, name: str | None, limits: Limits) -> None:
    if size.width < 1 or size.height < 1:
        raise faults.damaged(name, f"it claims to be {size}")
    if size.pixels > limits.most_pixels:
        raise faults.too_many_pixels(
            name,
            f"{size} ({size.pixels / 1e6:.1f} megapixels)",
            f"{limits.most_pixels / 1e6:.1f} megapixels",
        )
    if max(size.width, size.height) > limits.most_edge:
        raise faults.too_many_pixels(name, f"{size}", f"{limits.most_edge} pixels on a side")


def _check_frames(frames: int, name: str | None, limits: Limits) -> None:
    if frames > limits.most_frames:
        raise faults.fault(
            f"{faults.called(name)} has {frames} frames; the limit is {limits.most_frames}.",
            code="too_many_frames",
            remedy="Send the one frame that you want to work on.",
        )


def _probed(kind: Kind, picture: "ImageFile", data: bytes, facts: headers.Facts, frames: int) -> Probed:
    info = picture.info
    size = Size(*picture.size)
    if kind is Kind.TIFF:  # Pillow gives the displayed size and turns the pixels itself
        orientation = facts.orientation
    else:
        orientation = facts.orientation or read_orientation(info.get("exif") or b"")
        size = Size(size.height, size.width) if swaps(orientation) else size
    stored = Size(size.height, size.width) if swaps(orientation) else size
    return Probed(
        kind=kind,
        size=size,
        stored=stored,
        orientation=orientation,
        mode=picture.mode,
        bits=facts.bits or headers.bits_of(picture.mode),
        frames=frames,
        has_alpha=picture.has_transparency_data,
        has_icc=bool(info.get("icc_profile")),
        has_metadata=facts.has_metadata,
        bytes=len(data),
    )
