"""Small pictures and masks."""

import io

import numpy as np
from PIL import Image


def photo(width: int = 96, height: int = 64) -> bytes:
    """A picture in which every pixel can be told from its neighbours."""
    y, x = np.mgrid[0:height, 0:width]
    pixels = np.stack([x * 255 // width, y * 255 // height, (x * 7 + y * 13) % 256], axis=-1)
    return _png(Image.fromarray(pixels.astype(np.uint8)))


def mask(width: int = 96, height: int = 64) -> bytes:
    """White where the middle may change."""
    pixels = np.zeros((height, width), np.uint8)
    pixels[height // 4 : height // 2, width // 4 : width // 2] = 255
    return _png(Image.fromarray(pixels))


def alpha_mask(width: int = 96, height: int = 64) -> bytes:
    """Transparent where the middle may change, as OpenAI's clients send it."""
    image = Image.new("RGBA", (width, height), (0, 0, 0, 255))
    image.paste((0, 0, 0, 0), (width // 4, height // 4, width // 2, height // 2))
    return _png(image)


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
