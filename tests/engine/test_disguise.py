"""A refused picture in disguise, blank or blurred, is told; also where its bytes pass through untouched."""

import io
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PIL import Image, ImageFilter
from skimage import data as photographs

from limner.assembly import assemble
from limner.catalog.load import load
from limner.core.models import Model
from limner.core.notes import NoteKind
from limner.core.operations import Operation
from limner.core.pictures import Format, Size
from limner.core.requests import Request
from limner.core.results import Measured, Result
from limner.engine import finish
from limner.sandbox.server import RunningSandbox, running_sandbox
from limner.settings import Settings

NAME = "openai/gpt-image-2.5-sunburst"
PHOTO = Image.fromarray(photographs.astronaut()).resize((1024, 1024))
BLURRED = PHOTO.filter(ImageFilter.GaussianBlur(24))
WHITE = Image.new("RGB", (1024, 1024), "white")


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with running_sandbox(rates={"openai": 100_000}) as sandbox:
        yield sandbox


@pytest.fixture
def answering(running: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> Callable[[Image.Image], Settings]:
    """OpenAI, which answers with this picture."""

    def answering(picture: Image.Image) -> Settings:
        running.reset()
        monkeypatch.setattr("limner.sandbox.openai.painting.encode", lambda _, form: saved(picture, form))
        environ = {"OPENAI_API_KEY": running.key("openai"), "OPENAI_BASE_URL": running.url("openai")}
        return Settings(environ=environ)

    return answering


def saved(picture: Image.Image, form: str) -> bytes:
    picture.save(out := io.BytesIO(), form)
    return out.getvalue()


async def asked(settings: Settings, wanted: Format, size: Size | None = None) -> Result:
    request = Request(Operation.GENERATE, prompt="a pear", model=NAME, format=wanted, size=size)
    async with assemble(settings) as limner:
        return await limner.engine.run(request)


def warned(result: Result) -> bool:
    return any(note.kind is NoteKind.WARNING and "in focus" in note.text for note in result.notes)


@pytest.mark.parametrize("wanted", [Format.PNG, Format.JPEG, Format.WEBP])
@pytest.mark.parametrize(
    ("picture", "blank", "veiled"),
    [(PHOTO, False, False), (WHITE, True, False), (BLURRED, False, True)],
    ids=["photograph", "white", "blurred"],
)
async def test_what_passes_through_is_looked_at(answering, picture, wanted, blank, veiled):
    result = await asked(answering(picture), wanted, Size(1024, 1024))
    assert result.images[0].picture.data == saved(picture, wanted.value), "it was to pass untouched"
    assert (result.images[0].measured.blank, warned(result)) == (blank, veiled)


async def test_what_is_encoded_anew_is_looked_at(answering):
    assert warned(await asked(answering(BLURRED), Format.PNG, Size(700, 700)))


async def test_an_honest_picture_is_not_decoded(answering, monkeypatch: pytest.MonkeyPatch):
    """Decoding costs more than all the rest that is done to a picture that is as asked."""
    monkeypatch.setattr(finish, "decode", lambda *_: pytest.fail("it was decoded"))
    result = await asked(answering(PHOTO), Format.PNG, Size(1024, 1024))
    assert not result.images[0].measured.blank


def named(name: str) -> Model:
    model = load().get(name)
    assert model
    return model


@pytest.mark.parametrize(
    ("name", "edge", "looked"), [(NAME, 63, False), (NAME, 64, True), ("limner/sketch", 64, False)]
)
def test_neither_small_pictures_nor_what_is_drawn_by_rule_hides_a_refusal(name, edge, looked):
    assert finish.doubtful(Measured(Size(edge, 512), "image/png", 10), named(name)) is looked


def test_bytes_that_only_begin_like_a_picture_pass_as_before():
    data = saved(Image.fromarray(np.zeros((128, 128, 3), np.uint8)), "PNG")[:-30]
    given = finish.Picture(data, "image/png", Size(128, 128)), Measured(Size(128, 128), "image/png", 9), ()
    assert finish.looked_at(given, named(NAME)) == given
