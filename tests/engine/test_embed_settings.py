"""What a picture was made with is written into its file where that is wanted, and only there."""

import io

import pytest
from PIL import Image

from limner.assembly import Assembly, assemble
from limner.core.operations import Operation
from limner.core.pictures import Format, Mask, Picture, Size
from limner.core.requests import Request
from limner.core.results import Result
from limner.pixels.settings_text import read_settings
from limner.settings import Settings

SKETCH = Request(
    Operation.GENERATE, prompt="two pears, red", model="limner/sketch", size=Size(64, 48), seed=7
)


async def run(request: Request) -> Result:
    limner: Assembly
    async with assemble(Settings(environ={})) as limner:
        return await limner.engine.run(request)


def pixels(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as opened:
        return opened.convert("RGBA").tobytes()


@pytest.mark.parametrize("format_", [Format.PNG, Format.JPEG, Format.WEBP])
async def test_what_was_asked_is_in_the_file_and_the_pixels_are_the_same(format_: Format):
    plain = (await run(SKETCH.replace(format=format_))).images[0].picture.data
    told = (await run(SKETCH.replace(format=format_, embed_settings=True))).images[0].picture.data
    assert read_settings(plain) is None
    found = read_settings(told)
    assert found is not None
    assert (found.maker, found.prompt, found.seed) == ("limner", "two pears, red", 7)
    assert (found.model, found.size) == ("limner/sketch", Size(64, 48))
    assert found.extra["Operation"] == "generate"
    assert pixels(told) == pixels(plain)


async def test_every_picture_names_its_own_seed():
    result = await run(SKETCH.replace(n=3, embed_settings=True))
    written = [read_settings(image.picture.data) for image in result.images]
    seeds = [image.seed for image in result.images]
    assert [one.seed for one in written if one] == seeds
    assert len(set(seeds)) == 3


async def test_where_the_format_has_no_room_a_note_says_so():
    for format_ in (Format.AVIF, Format.GIF):
        result = await run(SKETCH.replace(format=format_, embed_settings=True))
        assert [note.field for note in result.notes if "settings were not written" in note.text] == [
            "embed_settings"
        ]
    drawing = SKETCH.replace(model="limner/icon", format=Format.SVG, size=None, embed_settings=True)
    assert any("a drawing has no room" in note.text for note in (await run(drawing)).notes)


async def test_a_masked_edit_is_told_of_too():
    photo = Picture((await run(SKETCH.replace(format=Format.PNG))).images[0].picture.data)
    hole = io.BytesIO()
    Image.new("L", (64, 48), 255).save(hole, "PNG")
    request = Request(
        Operation.ERASE,
        images=(photo,),
        mask=Mask(Picture(hole.getvalue())),
        model="limner/heal",
        embed_settings=True,
    )
    found = read_settings((await run(request)).images[0].picture.data)
    assert found is not None
    assert (found.model, found.extra["Operation"]) == ("limner/heal", "erase")
