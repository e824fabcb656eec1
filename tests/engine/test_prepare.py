"""What is sent is known before a picture is decoded, so that what is shown as its price is what is paid."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.catalog.layout import lay_out
from limner.catalog.load import load
from limner.catalog.quote import quote
from limner.core.errors import UserError
from limner.core.models import Lifecycle, Model
from limner.core.operations import NEEDS, Need, Operation
from limner.core.pictures import NO_MARGINS, Box, Margins, Mask, Picture, Size
from limner.core.requests import Mode, Request
from limner.engine.admit import admit, measured
from limner.engine.prepare import prepare
from limner.pixels.mask import bounds
from limner.pixels.outpaint import extend
from tests.engine.vendors import plainest, png

LIVING = [model for model in load().all() if model.lifecycle is not Lifecycle.RETIRED]
PICTURED = [(model, each) for model in LIVING for each in model.abilities if NEEDS[each].images[1]]
KLEIN = next(model for model in LIVING if model.id == "bfl/flux-2-klein-9b")


@cache
def grey(size: Size) -> Picture:
    return Picture(png(np.full((size.height, size.width, 3), 90, np.uint8)))


def covering(size: Size, box: Box) -> Mask:
    levels = np.zeros((size.height, size.width), np.uint8)
    levels[box.slices] = 255
    return Mask(Picture(png(levels)))


sides = st.integers(16, 700)
sizes = st.builds(Size, sides, sides)
margins = st.builds(Margins, *(st.integers(0, 90) for _ in range(4)))


@st.composite
def boxes(draw: st.DrawFn, size: Size) -> Box:
    left, top = draw(st.integers(0, size.width - 1)), draw(st.integers(0, size.height - 1))
    return Box(left, top, draw(st.integers(left + 1, size.width)), draw(st.integers(top + 1, size.height)))


@st.composite
def asked(draw: st.DrawFn) -> tuple[Request, Model]:
    model, operation = draw(st.sampled_from(PICTURED))
    size, more = draw(sizes), draw(sizes)
    plain = plainest(model, operation)
    images = (grey(size), *(grey(more) for _ in plain.images[1:]))[: max(1, len(plain.images))]
    may = {model.abilities[operation].mask, NEEDS[operation].mask} == {Need.OPTIONAL}
    masked = plain.mask is not None or (may and draw(st.booleans()))
    added = draw(margins.filter(lambda each: each != NO_MARGINS))
    return (
        plain.replace(
            images=images,
            mask=covering(size, draw(boxes(size))) if masked else None,
            margins=added if operation is Operation.OUTPAINT else NO_MARGINS,
            tool=next(iter(model.limits.tools), None) if operation is Operation.TOOL else None,
        ),
        model,
    )


@pytest.mark.row("P4")
@given(asked())
async def test_what_is_laid_out_is_what_is_sent(case: tuple[Request, Model]):
    request, model = case
    admitted = (await admit(request)).request
    sized = await measured(request)
    try:
        prepared = await prepare(admitted, model, dict)
    except UserError:
        with pytest.raises(UserError):
            lay_out(sized, model)
        return
    layout = lay_out(sized, model)
    for planned, order in zip(layout.sent.orders, prepared.orders, strict=True):
        assert [one.size for one in planned.images] == [one.size for one in order.request.images]
        assert [one.picture.size for one in planned.references] == [
            one.picture.size for one in order.request.references
        ]
        assert planned.margins == order.request.margins
        assert (order.mask is not None) == layout.takes_mask
    assert quote(layout.sent) == quote(prepared.sent)


@given(sizes, margins)
def test_the_room_that_margins_add(size: Size, around: Margins):
    _, coverage = extend(np.zeros((size.height, size.width, 4), np.uint8), around)
    assert around.room(size) == bounds(coverage)


async def test_a_smaller_mask_sends_less():
    """Which a price for the whole picture would not show."""
    size = Size(1600, 1200)
    wish = Request(Operation.INPAINT, prompt="a pear", images=(grey(size),))
    all_of_it, corner = covering(size, Box(0, 0, 1600, 1200)), covering(size, Box(100, 100, 200, 200))
    whole = quote(lay_out(await measured(wish.replace(mask=all_of_it)), KLEIN).sent)
    part = quote(lay_out(await measured(wish.replace(mask=corner)), KLEIN).sent)
    assert part.usd is not None
    assert whole.usd is not None
    assert part.usd < whole.usd


async def test_a_mask_that_covers_nothing_is_refused_before_it_has_a_price():
    empty = Mask(Picture(png(np.zeros((20, 20), np.uint8))))
    wish = Request(Operation.ERASE, images=(grey(Size(20, 20)),), mask=empty)
    for look in (measured, admit):
        with pytest.raises(UserError) as refused:
            await look(wish)
        assert (refused.value.code, refused.value.field) == ("empty_mask", "mask")


async def test_a_mask_of_another_size_is_refused_in_strict_before_it_has_a_price():
    wish = Request(
        Operation.ERASE,
        images=(grey(Size(40, 20)),),
        mask=covering(Size(20, 20), Box(0, 0, 9, 9)),
        mode=Mode.STRICT,
    )
    for look in (measured, admit):
        with pytest.raises(UserError) as refused:
            await look(wish)
        assert (refused.value.code, refused.value.field) == ("mask_size", "mask")
    assert (await measured(wish.replace(mode=Mode.ADAPT))).mask is not None


async def test_what_is_said_of_a_mask_is_not_believed_where_money_is_spent():
    size = Size(64, 48)
    mask = replace(covering(size, Box(10, 10, 20, 20)), box=Box(0, 0, 1, 1))
    admitted = await admit(Request(Operation.ERASE, images=(grey(size),), mask=mask))
    assert admitted.request.mask is not None
    assert admitted.request.mask.box == Box(10, 10, 20, 20)
