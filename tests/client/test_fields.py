"""Fields by name: what becomes of them, and what is said about those that are wrong."""

from decimal import Decimal
from typing import Any, cast

import anyio
import pytest

from limner import (
    Format,
    Margins,
    Mask,
    Mode,
    Operation,
    Picture,
    Reference,
    Request,
    Role,
    Size,
    Tier,
    UserError,
)
from limner.client.fields import MaskedFields, build

PNG = b"\x89PNG\r\n\x1a\n"


async def fetch(url: str) -> bytes:
    return f"from {url}".encode()


def made(operation: Any = "generate", image: Any = None, prompt: Any = "x", **fields: Any) -> Request:
    return anyio.run(build, operation, image, prompt, cast("MaskedFields", fields), fetch)


@pytest.mark.parametrize(
    ("name", "value", "becomes"),
    [
        ("size", "640x480", Size(640, 480)),
        ("size", (640, 480), Size(640, 480)),
        ("size", Size(640, 480), Size(640, 480)),
        ("size", "auto", None),
        ("quality", "fast", Tier.DRAFT),
        ("quality", Tier.HIGH, Tier.HIGH),
        ("format", "jpg", Format.JPEG),
        ("format", ".PNG", Format.PNG),
        ("format", Format.WEBP, Format.WEBP),
        ("mode", "best-effort", Mode.BEST_EFFORT),
        ("mode", Mode.STRICT, Mode.STRICT),
        ("margins", 8, Margins(8, 8, 8, 8)),
        ("margins", (1, 2, 3, 4), Margins(1, 2, 3, 4)),
        ("margins", Margins(1), Margins(1)),
        ("max_cost", 0.1, Decimal("0.1")),
        ("max_cost", "0.1", Decimal("0.1")),
        ("aspect_ratio", " 16:9 ", "16:9"),
        ("background", "transparent", "transparent"),
        ("options", {"a": 1}, {"a": 1}),
        ("seed", None, None),
    ],
)
def test_a_value_becomes(name: str, value: object, becomes: object):
    assert getattr(made(**{name: value}), name) == becomes


def test_what_is_none_is_absent():
    assert made(**dict.fromkeys(MaskedFields.__annotations__)) == Request(Operation.GENERATE, prompt="x")


@pytest.mark.parametrize(
    ("name", "near"), [("sise", "size"), ("promt", None), ("aspectratio", "aspect_ratio"), ("zzz", None)]
)
def test_an_unknown_field_names_the_nearest(name: str, near: str | None):
    with pytest.raises(UserError) as caught:
        made(**{name: 1})
    assert caught.value.code == "unknown_field"
    assert caught.value.field == name
    assert near is None or caught.value.suggestions[0] == near
    assert near is None or near in caught.value.remedy


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("quality", "gold"),
        ("format", "bmp"),
        ("mode", "loose"),
        ("background", "purple"),
        ("mask_kind", "heavy"),
        ("margins", (1, 2)),
        ("margins", "8"),
        ("margins", True),
        ("max_cost", "cheap"),
        ("max_cost", "nan"),
        ("aspect_ratio", "wide"),
        ("aspect_ratio", "0:1"),
        ("size", "big"),
        ("size", "0x5"),
        ("n", "3"),
        ("n", 1.5),
        ("n", True),
        ("strength", "half"),
    ],
)
def test_a_wrong_value_names_its_field(name: str, value: object):
    with pytest.raises(UserError) as caught:
        made("inpaint", PNG, mask=PNG, **{name: value})
    assert caught.value.field == name
    assert caught.value.remedy


def test_width_and_height_go_together():
    assert made(width=5, height=4).size == Size(5, 4)
    with pytest.raises(UserError, match="go together") as caught:
        made(width=5)
    assert caught.value.field == "height"


def test_an_unknown_operation_names_the_nearest():
    with pytest.raises(UserError) as caught:
        made("generat")
    assert caught.value.suggestions[0] == "generate"


@pytest.mark.parametrize("name", ["remove-background", "remove_background", Operation.REMOVE_BACKGROUND])
def test_an_operation_in_any_spelling(name: str | Operation):
    assert made(name, PNG).operation is Operation.REMOVE_BACKGROUND


def test_one_picture_or_several():
    assert [one.data for one in made("edit", PNG).images] == [PNG]
    assert [one.data for one in made("edit", [PNG, b"second"]).images] == [PNG, b"second"]


def test_urls_are_fetched_everywhere():
    url = "https://x.example/cat.png?size=3"
    request = made("inpaint", url, mask=url, references=[url])
    assert request.mask is not None
    for picture in (request.images[0], request.mask.picture, request.references[0].picture):
        assert picture.data == f"from {url}".encode()
        assert picture.name == "cat.png"


def test_a_mask_and_how_it_is_meant():
    mask = made("erase", PNG, mask=PNG, mask_kind="alpha", feather=3, invert=True).mask
    assert mask == Mask(Picture(PNG), "alpha", 3, True)
    whole = Mask(Picture(PNG), feather=9)
    assert made("erase", PNG, mask=whole).mask is whole


def test_references_keep_their_roles():
    style = Reference(Picture(PNG), Role.STYLE, 0.5)
    assert made(references=[PNG, style]).references == (Reference(Picture(PNG), Role.SOURCE), style)


WHOLE: dict[str, Any] = {
    "mask": PNG, "negative_prompt": "text", "model": "venice/firered-image-edit", "width": 640, "height": 480,
    "guidance": 7, "steps": 20, "seed": 5, "options": {"safe_mode": False},
}  # fmt: skip
"""What an edit may say, in whichever of its names."""


@pytest.mark.row("D1")
@pytest.mark.parametrize(("name", "operation"), [("general_edit", "edit"), ("style_transfer", "restyle")])
def test_every_edit_is_one_contract_under_all_its_names(name: str, operation: str):
    old, new = made(name, PNG, "red", **WHOLE), made(operation, PNG, "red", **WHOLE)
    assert old == new
    assert new.operation is Operation(operation)
    assert (new.prompt, new.negative_prompt, new.model) == ("red", "text", WHOLE["model"])
    assert (new.size, new.guidance, new.steps, new.seed) == (Size(640, 480), 7, 20, 5)
    assert new.options == {"safe_mode": False}
    assert new.images[0].data == PNG
    assert new.mask
    assert new.mask.picture.data == PNG
