"""The errors of this room: which picture, what is wrong with it, and what to do."""

import struct
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from PIL import Image

from limner.core.errors import ImageProcessing

# What the codecs are known to raise on bytes that somebody has bent. Listed, so that a mistake of
# our own outside `reading` still surfaces as what it is.
_CODEC_FAULTS: Final = (
    OSError,
    SyntaxError,
    ValueError,
    ArithmeticError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    RuntimeError,
    EOFError,
    struct.error,
    zlib.error,
    Warning,  # raised only where warnings are errors
)
_SIGNS_OF_TRUNCATION: Final = ("truncat", "eof", "not enough", "unrecognized data stream", "premature")


def called(name: str | None) -> str:
    """How to speak of a picture in a message.

    Args:
        name: what the caller calls it. Absent: it has no name.

    Example:
        >>> called("cat.png"), called(None)
        ("'cat.png'", 'The picture')
    """
    return repr(name) if name else "The picture"


def fault(message: str, *, code: str, remedy: str) -> ImageProcessing:
    """Build the error; a shorthand so that calls stay on one line."""
    return ImageProcessing(message, code=code, remedy=remedy)


def damaged(name: str | None, why: str) -> ImageProcessing:
    """The bytes begin like a picture and are not one."""
    return fault(
        f"{called(name)} is damaged: {why}.",
        code="damaged_image",
        remedy="Open it in an image editor and save it again, as PNG or JPEG.",
    )


def truncated(name: str | None, why: str) -> ImageProcessing:
    """The file ends before the picture does."""
    return fault(
        f"{called(name)} is cut off: {why}.",
        code="truncated_image",
        remedy="Send the whole file; the upload or download may have been interrupted.",
    )


def too_many_pixels(name: str | None, found: str, limit: str) -> ImageProcessing:
    """It would take too much memory to decode."""
    return fault(
        f"{called(name)} is {found}; the limit is {limit}.",
        code="too_many_pixels",
        remedy="Scale it down and send it again.",
    )


@contextmanager
def reading(name: str | None) -> Generator[None]:
    """Turn whatever a codec raises into a damaged or truncated picture.

    Args:
        name: what the caller calls the picture. Absent: it has no name.

    Raises:
        ImageProcessing: `damaged_image`, `truncated_image` or `too_many_pixels`.
    """
    try:
        yield
    except ImageProcessing:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
        raise too_many_pixels(name, "too large to decode", "what this machine can hold") from error
    except _CODEC_FAULTS as error:
        words = str(error).strip().rstrip(".").lower() or type(error).__name__
        if any(sign in words for sign in _SIGNS_OF_TRUNCATION):
            raise truncated(name, words) from error
        raise damaged(name, words) from error
