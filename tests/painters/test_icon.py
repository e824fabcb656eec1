import itertools
import xml.etree.ElementTree as ET

import cv2
import numpy as np
import pytest

from limner.core.adapter import Artifact
from limner.core.operations import Operation
from limner.core.pictures import Format, Size
from limner.painters.embedded.icon.design import design
from limner.painters.embedded.icon.meaning import glyphs
from limner.painters.embedded.rasters import Pixels, decode
from limner.painters.embedded.svg import render
from limner.painters.embedded.tables import packed, table
from tools.painter_sheets import ICONS


def _bytes(artifact: Artifact) -> bytes:
    assert isinstance(artifact.source, bytes)
    return artifact.source


def _on_white(picture: Pixels) -> Pixels:
    alpha = picture[..., 3:].astype(np.float32) / 255
    return np.asarray(picture[..., :3] * alpha + 255 * (1 - alpha), np.uint8)


def _distance(one: Pixels, other: Pixels) -> float:
    """A perceptual distance: the mean difference in Lab of small, slightly blurred copies on white."""
    small = [
        cv2.GaussianBlur(cv2.resize(_on_white(icon), (48, 48), interpolation=cv2.INTER_AREA), (0, 0), 1)
        for icon in (one, other)
    ]
    lab = [cv2.cvtColor(icon.astype(np.float32) / 255, cv2.COLOR_RGB2Lab) for icon in small]
    return float(np.sqrt(((lab[0] - lab[1]) ** 2).sum(2)).mean())


PROMPTS = [
    "HR assistant",
    "bygglov",
    "a red heart",
    "zorgblatt",
    "مساعد",
    "Ekonomi och faktura",
    "legal contract review",
    "",
]


@pytest.mark.row("E5")
@pytest.mark.parametrize("prompt", dict.fromkeys((*PROMPTS, *ICONS)))
def test_four_variants_are_clearly_different(paint, prompt):
    done = paint("icon", Operation.GENERATE, prompt=prompt, n=4, size=Size(128, 128), seed=3)
    icons = [decode(_bytes(artifact)) for artifact in done.artifacts]
    distances = [_distance(one, other) for one, other in itertools.combinations(icons, 2)]
    assert min(distances) > 8, distances


@pytest.mark.parametrize(
    ("prompt", "fitting"),
    [
        ("HR assistant for vacation questions", {"users-three"}),
        ("Personalavdelningen", {"users-three", "identification-badge"}),
        ("en ikon för bygglov", {"crane"}),
        ("Löneassistenten", {"money-wavy", "wallet"}),
        ("äldreomsorg", {"hand-heart"}),
        ("an icon for translating text", {"translate"}),
        ("fakturor", {"invoice"}),
        ("lighthouse", {"lighthouse"}),
        ("a bicycle", {"bicycle"}),
        ("räddningstjänsten", {"fire-truck"}),
        ("skolmat", {"graduation-cap", "fork-knife"}),
        ("GDPR and privacy", {"shield-check"}),
    ],
)
def test_the_glyph_means_what_is_said(prompt, fitting):
    assert glyphs(prompt, 0)[0] in fitting


def test_the_name_in_quotes_counts_more_than_what_is_said_about_it():
    assert glyphs('an icon for "Bicycle rental", which has cars, buses and houses near it', 0)[0] == "bicycle"


def test_what_means_nothing_gets_its_letter_and_what_has_no_letter_a_sign():
    assert design("zorgblatt", 0).glyph == "Z"
    assert design("Åxyzq", 0).glyph == "Å"
    assert design("مساعد", 0).glyph in packed("glyphs")
    assert design("", 0).glyph in packed("glyphs")


def test_svg_says_the_same_as_png(paint):
    fields = {"prompt": "weather", "size": Size(200, 200), "seed": 2}
    png = decode(_bytes(paint("icon", Operation.GENERATE, **fields).artifacts[0]))
    artifact = paint("icon", Operation.GENERATE, format=Format.SVG, **fields).artifacts[0]
    assert artifact.media_type == "image/svg+xml"
    text = _bytes(artifact).decode()
    assert ET.fromstring(text).attrib["viewBox"] == "0 0 256 256"  # noqa: S314 - our own file
    assert "<script" not in text
    assert "<image" not in text
    assert np.array_equal(render(text), png)


def test_corners_are_transparent_unless_it_must_be_opaque(paint):
    clear = decode(_bytes(paint("icon", Operation.GENERATE, prompt="music", seed=0).artifacts[0]))
    full = decode(
        _bytes(paint("icon", Operation.GENERATE, prompt="music", seed=0, background="opaque").artifacts[0])
    )
    assert clear.shape == (512, 512, 4)
    assert clear[0, 0, 3] == 0
    assert full.shape == (512, 512, 3)


def test_in_a_picture_that_is_not_square_it_stands_in_the_middle(paint):
    wide = decode(_bytes(paint("icon", Operation.GENERATE, prompt="music", size=Size(300, 100)).artifacts[0]))
    assert wide.shape == (100, 300, 4)
    assert wide[:, :90, 3].max() == 0
    assert wide[50, 150, 3] == 255


def test_a_colour_that_is_asked_for_is_there(paint):
    icon = decode(_bytes(paint("icon", Operation.GENERATE, prompt="a green leaf", seed=0).artifacts[0]))
    red, green, blue = (float(icon[..., band][icon[..., 3] > 200].mean()) for band in range(3))
    assert green > red
    assert green > blue


def test_the_tables_name_glyphs_that_exist_or_nothing_would_be_drawn():
    known = packed("glyphs")
    for meaning in table("icons")["meaning"]:
        assert [name for name in meaning["glyphs"] if name in known], meaning["words"][0]
