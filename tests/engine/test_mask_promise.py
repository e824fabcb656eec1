"""Promise 1, on whatever provider: outside the mask the decoded RGBA is the original's."""

import io
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from limner.catalog.catalog import Catalog
from limner.core.adapter import Artifact, Done, Order
from limner.core.models import Ability, FreeSizes, Hosting, Limits, MaskNeeds, Model, Sizes
from limner.core.operations import Need, Operation
from limner.core.pictures import Format, Margins, Mask, Picture, Size
from limner.core.prices import Free, Tariffed
from limner.core.requests import Request
from limner.core.results import Result
from limner.engine.drive import Driver
from limner.engine.health.health import Health
from limner.engine.health.store import MemoryBreakers
from limner.engine.makers import Access, Makers
from limner.engine.memory import MemoryJournal
from limner.engine.route import Router
from limner.engine.run import Engine
from limner.engine.signals import Signals
from limner.transport.client import Transport
from tests.support.clock import SkippingClock


@dataclass(frozen=True)
class Nothing:
    """No options."""


class Vandal:
    """Repaints everything, whatever the mask says, and answers in the size it was asked for."""

    slug = "vandal"
    title = "Vandal"
    options: type[object] = Nothing
    needs = ()
    at_once = 1
    charges = False

    def paint(self, order: Order, progress, cancelled) -> Done:
        sent = Image.open(io.BytesIO(order.request.images[0].data))
        size = order.request.size or Size(*sent.size)
        noise = np.random.default_rng(7).integers(0, 256, (size.height, size.width, 4), np.uint8)
        buffer = io.BytesIO()
        Image.fromarray(noise).save(buffer, "PNG")
        return Done((Artifact(buffer.getvalue()),))


SQUARES = Sizes(fixed=(Size(256, 256), Size(384, 256)))
GRID_16 = Sizes(free=FreeSizes(multiple=16, least_edge=64, most_edge=512, widest=Fraction(3)))
ALPHA = MaskNeeds(encoding="alpha")
BLACK_ON_GRID = MaskNeeds(polarity="repaint_black", grid=8)


def model(sizes: Sizes, mask: MaskNeeds | None) -> Model:
    need = Need.UNUSED if mask is None else Need.REQUIRED
    through = Operation.EDIT if mask is None else None
    abilities = {
        Operation.INPAINT: Ability(images=(1, 1), mask=need, through=through),
        Operation.OUTPAINT: Ability(
            images=(1, 1), mask=need, through=Operation.INPAINT, instruction="Go on."
        ),
        Operation.EDIT: Ability(images=(1, 1), mask=need),
    }
    return Model(
        "vandal/x",
        "vandal",
        "x",
        abilities,
        "invented",
        date(2026, 11, 21),
        hosting=Hosting.HERE,
        sizes=sizes,
        mask=mask,
        limits=Limits(formats=(Format.PNG,)),
        prices=(Tariffed(Free()),),
    )


MODELS = {
    "alpha mask, fixed sizes": model(SQUARES, ALPHA),
    "luma mask on a grid, free sizes": model(GRID_16, BLACK_ON_GRID),
    "luma mask, any size": model(Sizes(follows_source=True), MaskNeeds()),
    "no mask, fixed sizes": model(SQUARES, None),
    "no mask, any size": model(Sizes(follows_source=True), None),
}


def engine(which: Model, painter: Vandal | None = None) -> Engine:
    clock = SkippingClock()
    journal = MemoryJournal(clock)
    painter = painter or Vandal()
    makers = Makers(lambda _: None, lambda _: painter, lambda _: Access(None))
    catalog, transport, signals = Catalog([which]), Transport(clock), Signals()
    return Engine(
        catalog=catalog,
        makers=makers,
        driver=Driver(transport, journal, clock),
        journal=journal,
        clock=clock,
        router=Router(catalog, makers, clock),
        health=Health(
            makers=makers,
            transport=transport,
            store=MemoryBreakers(),
            clock=clock,
            publish=signals.publish,
        ),
    )


def png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def rgba(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))


@st.composite
def requests(draw) -> tuple[Request, np.ndarray, np.ndarray]:
    """A request with a picture and a mask, the picture's RGBA, and where it must not change."""
    width, height = draw(st.integers(8, 200)), draw(st.integers(8, 200))
    seed = draw(st.integers(0, 2**16))
    random = np.random.default_rng(seed)
    mode = draw(st.sampled_from(["RGB", "RGBA", "L", "LA", "P", "1"]))
    pixels = random.integers(0, 256, (height, width, 4), np.uint8)
    source = Image.fromarray(pixels).convert(mode)
    left, top = draw(st.integers(0, width - 2)), draw(st.integers(0, height - 2))
    right, bottom = draw(st.integers(left + 1, width)), draw(st.integers(top + 1, height))
    repaint = np.zeros((height, width), bool)
    repaint[top:bottom, left:right] = True
    by_alpha, invert = draw(st.booleans()), draw(st.booleans())
    levels = np.where(repaint != invert, 255, 0).astype(np.uint8)
    if by_alpha:
        drawn = np.zeros((height, width, 4), np.uint8)
        drawn[..., 3] = 255 - levels
        mask_picture = Image.fromarray(drawn)
    else:
        mask_picture = Image.fromarray(levels)
    mask = Mask(
        Picture(png(mask_picture)),
        "alpha" if by_alpha else "luma",
        feather=draw(st.sampled_from([0.0, 1.0, 5.0, 40.0])),
        invert=invert,
    )
    data = png(source)
    request = Request(Operation.INPAINT, prompt="a pear", images=(Picture(data),), mask=mask)
    return request, rgba(data), ~repaint


async def paint(which: Model, request: Request) -> Result:
    return await engine(which).run(request)


@pytest.mark.row("P1")
@pytest.mark.parametrize("name", MODELS)
@given(drawn=requests())
async def test_outside_the_mask_nothing_changes(name: str, drawn):
    request, original, keep = drawn
    result = await paint(MODELS[name], request)
    (image,) = result.images
    came = rgba(image.picture.data)
    assert came.shape == original.shape
    assert np.array_equal(came[keep], original[keep])
    assert image.measured.changed_outside_mask == 0
    assert image.measured.outside_mask == int(keep.sum())


@pytest.mark.row("P1")
@pytest.mark.parametrize("name", MODELS)
async def test_inside_the_mask_the_provider_paints(name: str):
    original = np.zeros((90, 120, 3), np.uint8)
    levels = np.zeros((90, 120), np.uint8)
    levels[20:60, 30:80] = 255
    request = Request(
        Operation.INPAINT,
        prompt="a pear",
        images=(Picture(png(Image.fromarray(original))),),
        mask=Mask(Picture(png(Image.fromarray(levels)))),
    )
    result = await paint(MODELS[name], request)
    came = rgba(result.images[0].picture.data)
    changed = (came[..., :3] != 0).any(axis=-1)
    assert changed[levels > 0].mean() > 0.95


@pytest.mark.row("P1")
@pytest.mark.parametrize("name", ["luma mask, any size", "alpha mask, fixed sizes"])
async def test_outpainting_keeps_the_original(name: str):
    original = np.random.default_rng(1).integers(0, 256, (40, 60, 3), np.uint8)
    request = Request(
        Operation.OUTPAINT, images=(Picture(png(Image.fromarray(original))),), size=Size(100, 80)
    )
    result = await paint(MODELS[name], request)
    came = rgba(result.images[0].picture.data)
    assert came.shape[:2] == (80, 100)
    assert np.array_equal(came[20:60, 20:80, :3], original)


class Zoomer(Vandal):
    """Keeps the picture in the middle; each pixel says in red and green where it lies in the whole."""

    def paint(self, order: Order, progress, cancelled) -> Done:
        source = order.request.images[0].size
        assert source
        whole = order.request.margins.around(source)
        pixels = np.zeros((whole.height, whole.width, 3), np.uint8)
        pixels[..., 0], pixels[..., 1] = np.arange(whole.width), np.arange(whole.height)[:, None]
        return Done((Artifact(png(Image.fromarray(pixels))),))


@pytest.mark.row("P1")
async def test_what_must_be_even_is_cut_to_what_was_asked():
    ability = Ability(prompt=Need.UNUSED, images=(1, 1), size=False)
    which = replace(
        MODELS["no mask, any size"],
        abilities={Operation.OUTPAINT: ability},
        limits=Limits(formats=(Format.PNG,), even_margins=True),
    )
    original = np.full((40, 60, 3), 255, np.uint8)
    request = Request(
        Operation.OUTPAINT,
        images=(Picture(png(Image.fromarray(original))),),
        margins=Margins(left=30, right=10, bottom=20),
    )
    result = await engine(which, Zoomer()).run(request)
    came = rgba(result.images[0].picture.data)
    assert came.shape[:2] == (60, 100)
    assert np.array_equal(came[:40, 30:90, :3], original)
    assert came[59, 0, :2].tolist() == [0, 79], "the left edge, and the bottom of what was added below"
    assert came[0, 99, :2].tolist() == [99, 20], "twenty pixels too many at the right, and as many above"
    assert [note.field for note in result.notes if note.asked] == ["margins"]


@pytest.mark.row("P1")
async def test_a_lossy_format_redefines_the_promise_with_a_note():
    levels = np.zeros((64, 64), np.uint8)
    levels[10:30, 10:30] = 255
    request = Request(
        Operation.INPAINT,
        prompt="a pear",
        images=(Picture(png(Image.fromarray(levels))),),
        mask=Mask(Picture(png(Image.fromarray(levels)))),
        format=Format.JPEG,
    )
    result = await paint(MODELS["luma mask, any size"], request)
    assert result.images[0].measured.media_type == "image/jpeg"
    assert any(note.field == "format" for note in result.notes)
