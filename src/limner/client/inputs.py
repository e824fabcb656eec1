"""Whatever a person has at hand, as a picture: path, bytes, base64, data URI, file, PIL, numpy or URL.

Strings are paths here and in the command line only; a server never reads a string as a path.
"""

import base64
import binascii
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol, TypeGuard, runtime_checkable

from limner.core.errors import UserError
from limner.core.pictures import Picture

MOST_BYTES: Final = 256 * 1024 * 1024
"""A larger file is refused before it is read."""
_LONGEST_PATH: Final = 4096


@runtime_checkable
class Readable(Protocol):
    """An open binary file."""

    def read(self) -> bytes:
        """All that is left in it."""
        ...


@runtime_checkable
class PilImage(Protocol):
    """A `PIL.Image.Image`, known by its shape so that Pillow is not imported here."""

    def save(self, fp: io.BytesIO, /, format: str | None = None) -> None:  # noqa: A002
        """Encode it."""
        ...


@runtime_checkable
class ArrayLike(Protocol):
    """A numpy array of 8-bit pixels: height × width, or height × width × 1, 3 or 4."""

    @property
    def __array_interface__(self) -> Mapping[str, object]:
        """How numpy describes its memory."""
        ...


ImageInput = str | Path | bytes | bytearray | memoryview | Picture | Readable | PilImage | ArrayLike
Images = ImageInput | Sequence[ImageInput]


def is_url(value: object) -> TypeGuard[str]:
    """Whether it is to be fetched."""
    return isinstance(value, str) and value.strip().lower().startswith(("http://", "https://"))


def picture(value: ImageInput) -> Picture:
    """Read a picture from anything but a URL.

    Args:
        value: see the module.

    Raises:
        UserError: there is no such file, it cannot be read, or the text is neither path nor base64.

    Example:
        >>> picture("data:image/png;base64,aGVqIQ==").data
        b'hej!'
    """
    if isinstance(value, Picture):
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        return Picture(bytes(value))
    if isinstance(value, str | Path):
        return _file(value) if isinstance(value, Path) else _text(value)
    if isinstance(value, PilImage):
        return Picture(_encoded(value))
    if isinstance(value, Readable):
        return Picture(value.read(), name=_name(value))
    from limner.pixels.handed_in import encoded  # noqa: PLC0415 - loaded only by those who hand in arrays

    return Picture(encoded(value))


def _text(value: str) -> Picture:
    text = value.strip()
    if text.startswith("data:"):
        _, comma, payload = text.partition(",")
        return Picture(_base64(payload if comma else "", "The data URI"))
    if _is_path(value):
        return _file(Path(value))
    return Picture(_base64(text, "The text is no path to a file, and as base64 it"))


def _is_path(value: str) -> bool:
    """Whether the text names a file, there or not: base64 has no dots."""
    if not 0 < len(value) < _LONGEST_PATH:
        return False
    path = Path(value)
    try:
        return bool(path.suffix) or path.exists()
    except OSError:  # a name that no file can have
        return False


def _base64(text: str, what: str) -> bytes:
    compact = "".join(text.split()).translate(str.maketrans("-_", "+/"))
    try:
        data = base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if not data:
        raise UserError(
            f"{what} cannot be read.",
            code="unreadable_image",
            field="images",
            remedy="Give a path, bytes, a URL, or base64 of the file.",
        )
    return data


def _file(path: Path) -> Picture:
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise UserError(
                f"{path} has {size:,} bytes; at most {MOST_BYTES:,} are read.",
                code="too_many_bytes",
                field="images",
                remedy="Make it smaller.",
            )
        return Picture(path.read_bytes(), name=path.name)
    except OSError as error:
        raise UserError(
            f"{path} cannot be read: {error.strerror or error}.",
            code="unreadable_file",
            field="images",
            remedy="Check the path and its permissions.",
        ) from error


def _name(file: Readable) -> str | None:
    name = getattr(file, "name", None)
    return Path(name).name if isinstance(name, str) else None


def _encoded(value: PilImage) -> bytes:
    buffer = io.BytesIO()
    try:
        value.save(buffer, format="PNG")
    except OSError:  # PNG has no CMYK and no floating point; TIFF has
        buffer = io.BytesIO()
        value.save(buffer, format="TIFF")
    return buffer.getvalue()
