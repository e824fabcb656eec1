"""Small encoders of flat-tiled pictures, by hand, so that Limner's own codecs do not judge themselves."""

from collections.abc import Callable, Mapping
from typing import Final

from limner.sandbox.codecs import gif, jpeg, png, svg, webp
from limner.sandbox.codecs.painting import Painting

MEDIA_TYPES: Final[Mapping[str, str]] = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
    "svg": "image/svg+xml",
}
"""What each format is called in a `Content-Type`."""

_ENCODERS: Final[Mapping[str, Callable[[Painting], bytes]]] = {
    "png": png.encode,
    "jpeg": jpeg.encode,
    "webp": webp.encode,
    "svg": svg.encode,
    "gif": lambda painting: gif.encode([painting], 0),
}


def encode(painting: Painting, form: str) -> bytes:
    """Encode a painting.

    Args:
        painting: what to encode.
        form: `png`, `jpeg`, `webp`, `svg` or `gif` (one frame). JPEG and GIF lose transparency.
    """
    return _ENCODERS[form](painting)
