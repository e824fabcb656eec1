"""Whatever a person has at hand becomes the same picture."""

import base64
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data as photographs

from limner import Picture, UserError
from limner.client import inputs
from limner.client.inputs import ImageInput, picture

PIXELS = photographs.astronaut()[::16, ::16]


@pytest.fixture
def png() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(PIXELS).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def path(png: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    path.write_bytes(png)
    return path


SHAPES: dict[str, Callable[[bytes, Path], ImageInput]] = {
    "bytes": lambda png, path: png,
    "bytearray": lambda png, path: bytearray(png),
    "memoryview": lambda png, path: memoryview(png),
    "path": lambda png, path: path,
    "text path": lambda png, path: str(path),
    "base64": lambda png, path: base64.b64encode(png).decode(),
    "base64 for URLs": lambda png, path: base64.urlsafe_b64encode(png).decode().rstrip("="),
    "base64 on lines": lambda png, path: base64.encodebytes(png).decode(),
    "data URI": lambda png, path: f"data:image/png;base64,{base64.b64encode(png).decode()}",
    "file": lambda png, path: io.BytesIO(png),
    "picture": lambda png, path: Picture(png),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_same_bytes(shape: str, png: bytes, path: Path):
    assert picture(SHAPES[shape](png, path)).data == png


def decoded(found: Picture) -> np.ndarray:
    with Image.open(io.BytesIO(found.data)) as image:
        return np.asarray(image.convert("RGB"))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "1", "LA", "CMYK"])
def test_a_pil_image(mode: str):
    image = Image.fromarray(PIXELS).convert(mode)
    assert (decoded(picture(image)) == np.asarray(image.convert("RGB"))).all()


def test_arrays():
    assert (decoded(picture(PIXELS)) == PIXELS).all()
    assert (decoded(picture(PIXELS[:, :, 0])) == PIXELS[:, :, :1]).all()
    opaque = np.dstack([PIXELS, np.full(PIXELS.shape[:2], 255, np.uint8)])
    assert (decoded(picture(opaque)) == PIXELS).all()


def test_an_array_that_is_no_picture():
    with pytest.raises(UserError):
        picture(np.zeros((2, 3, 4, 5), np.uint8))


def test_an_open_file_keeps_its_name(path: Path):
    with path.open("rb") as file:
        assert picture(file).name == "photo.png"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("nowhere.png", "unreadable_file"),
        (Path("nowhere"), "unreadable_file"),
        ("not base64 at all!", "unreadable_image"),
        ("", "unreadable_image"),
        ("data:image/png;base64", "unreadable_image"),
        ("data:image/png;base64,%%%", "unreadable_image"),
    ],
)
def test_what_is_none(value: ImageInput, code: str):
    with pytest.raises(UserError) as caught:
        picture(value)
    assert caught.value.code == code
    assert caught.value.field == "images"


def test_a_folder_is_no_picture(tmp_path: Path):
    with pytest.raises(UserError, match="cannot be read"):
        picture(tmp_path)


def test_a_file_that_is_too_large_is_not_read(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(inputs, "MOST_BYTES", 10)
    monkeypatch.setattr(Path, "read_bytes", lambda self: pytest.fail("it was read"))
    with pytest.raises(UserError, match="at most 10 are read"):
        picture(path)


@pytest.mark.parametrize("value", ["http://x.example/a.png", " HTTPS://x.example/a.png"])
def test_urls_are_known(value: str):
    assert inputs.is_url(value)


@pytest.mark.parametrize("value", ["ftp://x.example/a.png", "a.png", b"http://x.example", Path("http:/x")])
def test_what_is_no_url(value: object):
    assert not inputs.is_url(value)
