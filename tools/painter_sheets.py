"""Draw the embedded painter's contact sheets into docs/images: `python -m tools.painter_sheets [NAME]`."""

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from skimage import data

from limner.core.pictures import Margins, Size
from limner.painters.embedded.cutout import matte
from limner.painters.embedded.cutout.lift import behind, lift
from limner.painters.embedded.heal import outpaint
from limner.painters.embedded.heal.paint import heal
from limner.painters.embedded.icon.design import design, svg
from limner.painters.embedded.noise import Floats
from limner.painters.embedded.rasters import Pixels
from limner.painters.embedded.reading import read
from limner.painters.embedded.scale.enlarge import enlarge
from limner.painters.embedded.sketch.compose import compose
from limner.painters.embedded.svg import render

OUT: Final = Path(__file__).parent.parent / "docs/images"
_TILE: Final = 300
_LABEL: Final = 34
_INK: Final = (40, 34, 30)
_PAPER: Final = (250, 247, 240)
_MARK: Final = (255, 0, 200)

PROMPTS: Final = (
    "a red fox in a birch forest at dawn",
    "a lighthouse in the archipelago at dusk",
    "snowy mountains under northern lights",
    "the open sea in a storm",
    "a small house in a meadow, spring morning",
    "sand dunes at golden hour",
    "an old town by the water at night",
    "a quiet room with a view",
    "a still life with fruit",
    "a botanical plate of wildflowers",
    "a pattern in teal and orange",
    "the letter L",
    "en älg i dimman",
    "en röd stuga vid sjön en sommarkväll",
    "höstskog i regn",
    "vinternatt med norrsken över fjällen",
    "en segelbåt i solnedgången",
    "två svanar på en tjärn",
    "en kopp kaffe och en kanelbulle",
    "bokstaven Å",
    "midsommar på landet",
    "en uggla i månsken",
    "en cyklist på en grusväg",
    "fem får på en grön kulle under en regnbåge",
    "a robot drinking coffee in a cosy café",
    "an astronaut on the moon",
    "a whale under the sea",
    "a coral reef with tropical fish",
    "a dragon over a volcano",
    "a castle on a hill in the fog",
    "a tiger in the jungle",
    "an elephant in the savanna at sunset",
    "a polar bear in the snow",
    "penguins on an icy shore",
    "a hot air balloon above the clouds",
    "a rocket in space between planets",
    "a steam train in the mountains",
    "a busy street in Stockholm in winter",
    "a city skyline at night in the rain",
    "a bicycle",
    "a bouquet of roses in a vase",
    "three lemons on a table",
    "a black cat on a sofa",
    "a wolf howling at the full moon",
    "a blue horse in a yellow field",
    "a camel at an oasis",
    "a bamboo forest with a panda",
    "cherry blossoms in a park, watercolour",
    "an owl, pencil drawing",
    "a fishing village, linocut",
    "a vintage travel poster of a fjord",
    "a sailing ship, blueprint",
    "a castle, pixel art",
    "a racing car, pop art",
    "sunflowers, oil painting",
    "a lonely tree, black and white",
    "beautiful stunning amazing masterpiece",
    "asdf qwer zxcv",
    "ثعلب في الغابة عند الفجر",
    "A fox. " + "It is very, very quiet here, and nothing much happens at all. " * 160,
)

ICONS: Final = (
    "HR assistant",
    "IT-support",
    "Bygglov",
    "Ekonomi och faktura",
    "Skolmat",
    "Löneassistenten",
    "Code review",
    "Lighthouse project",
    "Translation",
    "Analytics dashboard",
    "Äldreomsorg",
    "Weather",
    "Zorgblatt",
    "مساعد",
    "Miljö och klimat",
    "Legal contracts",
    "Podcast studio",
    "Recipe collection",
    "Räddningstjänsten",
    "Purple rocket",
)

BACKGROUNDS: Final = (
    "a beach at sunset",
    "plain light blue",
    "a forest in autumn",
    "a starry night",
    "mountains at dawn",
    "a street in a city",
    "green",
    "a meadow in spring",
    "the open sea",
    "sand",
)


BOXES: Final = {
    "chelsea": (0.045, 0.0, 0.955, 1.0),
    "retina": (0.012, 0.012, 0.988, 0.988),
    "clock_motion": (0.33, 0.29, 0.73, 0.73),
    "cell": (0.1, 0.1, 0.9, 0.9),
    "motorcycle": (0.36, 0.2, 0.66, 0.5),
}
"""Left, top, right, bottom, as parts of the picture, where the subject does not stand out by itself."""
CLICKS: Final = {"coins": (0.87, 0.14)}
"""Likewise a point of it."""
SUBJECTS: Final = {"motorcycle": "motorcycle: its tank", "coins": "coins: one of them"}


def main() -> None:
    """Draw all sheets, or the one that is named."""
    OUT.mkdir(parents=True, exist_ok=True)
    sheets: dict[str, Callable[[], Image.Image]] = {
        "sketch-sheet": sketches,
        "icon-sheet": icons,
        "heal-sheet": healings,
        "outpaint-sheet": outpaintings,
        "cutout-sheet": cutouts,
        "scale-sheet": enlargements,
    }
    for name, draw in sheets.items():
        if len(sys.argv) < 2 or sys.argv[1] == name:  # noqa: PLR2004 - one name at most
            path = OUT / f"{name}.jpg"
            draw().save(path, quality=82, optimize=True, progressive=True)
            print(f"{path.name}: {path.stat().st_size:,} bytes")


def sketches() -> Image.Image:
    """Sixty prompts."""
    tiles: list[tuple[Pixels, str]] = []
    for prompt in PROMPTS:
        seed = int(hashlib.sha256(prompt.encode()).hexdigest()[:4], 16)
        tiles.append((compose(read(prompt, seed), Size(768, 768), seed), _named(prompt)))
    return _sheet(tiles, 6)


def icons() -> Image.Image:
    """Twenty icons in four variants each."""
    tiles: list[tuple[Pixels, str]] = []
    for prompt in ICONS:
        drawn = [_on(render(svg(design(prompt, number), 240)), _PAPER) for number in range(4)]
        tiles += [(drawn[0], _named(prompt)), *((icon, "") for icon in drawn[1:])]
    return _sheet(tiles, 8, 170)


def healings() -> Image.Image:
    """Before, with the mask marked; after."""
    tiles: list[tuple[Pixels, str]] = []
    for name, picture, corners in _spots():
        mask = np.zeros(picture.shape[:2], np.uint8)
        cv2.fillPoly(mask, [np.array(corners, np.int32)], 255)
        marked = picture.copy()
        marked[mask > 0] = (255, 0, 200)
        tiles += [(marked, name), (heal(picture, mask, 1), "healed")]
    return _sheet(tiles, 4, 400)


def outpaintings() -> Image.Image:
    """The picture in its frame, and continued."""
    tiles: list[tuple[Pixels, str]] = []
    for name, picture in _photos():
        wide = picture.shape[1] // 4
        margins = Margins(left=wide, right=wide)
        before = cv2.copyMakeBorder(picture, 0, 0, wide, wide, cv2.BORDER_CONSTANT, value=_PAPER)
        tiles += [(np.asarray(before, np.uint8), name), (outpaint.extend(picture, margins, 1), "continued")]
    return _sheet(tiles, 4, 400)


def cutouts() -> Image.Image:
    """The picture with the box or the click, its subject alone, and its subject elsewhere."""
    tiles: list[tuple[Pixels, str]] = []
    for (name, picture), ground in zip(_subjects(), BACKGROUNDS, strict=True):
        alpha, shown, how = _cut(name, picture)
        alone = _on(lift(picture, alpha), (205, 214, 210))
        tiles += [
            (shown, SUBJECTS.get(name, name)),
            (alone, how),
            (behind(picture, alpha, ground, 1), f"“{ground}”"),
        ]
    return _sheet(tiles, 6)


def _cut(name: str, picture: Pixels) -> tuple[Floats, Pixels, str]:
    """The matte, the picture with what was shown to find it, and how that is called."""
    height, width = picture.shape[:2]
    shown = np.ascontiguousarray(picture).copy()
    if name in CLICKS:
        x, y = CLICKS[name][0] * width, CLICKS[name][1] * height
        cv2.drawMarker(shown, (round(x), round(y)), _MARK, cv2.MARKER_CROSS, width // 16, width // 130)
        return matte.at(picture, (x, y)), shown, "cut out by a click"
    if name in BOXES:
        left, top, right, bottom = BOXES[name]
        box = (left * width, top * height, right * width, bottom * height)
        corners = [round(edge) for edge in box]
        cv2.rectangle(shown, corners[:2], corners[2:], _MARK, width // 130)
        return matte.around(picture, box), shown, "cut out by a box"
    return matte.matte(picture), shown, "cut out"


def enlargements() -> Image.Image:
    """A detail four times enlarged: nearest, bicubic, and Limner's."""
    tiles: list[tuple[Pixels, str]] = []
    for name, picture in _photos():
        y, x = _liveliest(picture, 75)
        small = np.ascontiguousarray(picture[y : y + 75, x : x + 75])
        near = np.asarray(cv2.resize(small, (300, 300), interpolation=cv2.INTER_NEAREST), np.uint8)
        cubic = np.asarray(cv2.resize(small, (300, 300), interpolation=cv2.INTER_CUBIC), np.uint8)
        tiles += [(near, name), (cubic, "bicubic"), (enlarge(small, 300, 300), "Limner")]
    return _sheet(tiles, 6)


def _liveliest(picture: Pixels, side: int) -> tuple[int, int]:
    """Where a square with much to see begins: row and column."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    edges = np.abs(cv2.Laplacian(grey, cv2.CV_32F))
    seen = np.asarray(cv2.boxFilter(edges, -1, (side, side), anchor=(0, 0)))[:-side, :-side]
    row, column = np.unravel_index(int(seen.argmax()), seen.shape)
    return int(row), int(column)


def _photos() -> list[tuple[str, Pixels]]:
    """Ten photographs of scikit-image that come with it."""
    with Image.open(Path(data.__file__).parent / "motorcycle_left.png") as opened:
        motorcycle = np.asarray(opened.convert("RGB"))
    named: dict[str, Pixels] = {
        "astronaut": data.astronaut(),
        "coffee": data.coffee(),
        "chelsea": data.chelsea(),
        "rocket": data.rocket(),
        "camera": data.camera(),
        "motorcycle": motorcycle,
        "coins": data.coins(),
        "grass": data.grass(),
        "gravel": data.gravel(),
        "brick": data.brick(),
    }
    return [(name, _coloured(picture)) for name, picture in named.items()]


def _subjects() -> list[tuple[str, Pixels]]:
    """Ten photographs in which something stands out."""
    folder = Path(data.__file__).parent
    others: list[tuple[str, Pixels]] = []
    for name in ("retina.jpg", "clock_motion.png", "cell.png"):
        with Image.open(folder / name) as opened:
            others.append((name.partition(".")[0], _coloured(np.asarray(opened.convert("RGB")))))
    return [entry for entry in _photos() if entry[0] not in {"grass", "gravel", "brick"}] + others


def _coloured(picture: Pixels) -> Pixels:
    colour = np.dstack([picture] * 3) if picture.ndim == 2 else picture[..., :3]  # noqa: PLR2004 - no third axis
    scale = min(1.0, 640 / max(colour.shape[:2]))
    size = (round(colour.shape[1] * scale), round(colour.shape[0] * scale))
    return np.asarray(cv2.resize(np.ascontiguousarray(colour), size, interpolation=cv2.INTER_AREA), np.uint8)


def _spots() -> list[tuple[str, Pixels, list[tuple[int, int]]]]:
    """What to take out of each photograph."""
    photo = dict(_photos())
    return [
        ("motorcycle: a box", photo["motorcycle"], [(470, 100), (530, 100), (530, 165), (470, 165)]),
        (
            "rocket: the rocket",
            photo["rocket"],
            [(308, 75), (335, 75), (350, 260), (340, 345), (300, 345), (295, 260)],
        ),
        ("camera: a tower", photo["camera"], [(425, 215), (470, 200), (480, 300), (420, 300)]),
        (
            "coffee: the spoon's end",
            photo["coffee"],
            [(395, 100), (420, 90), (590, 210), (595, 260), (560, 270)],
        ),
        ("chelsea: a spot", photo["chelsea"], [(225, 60), (265, 60), (265, 95), (225, 95)]),
        ("astronaut: the badge", photo["astronaut"], [(122, 325), (215, 325), (215, 428), (122, 428)]),
        ("grass: a patch", photo["grass"], [(200, 200), (330, 180), (350, 330), (210, 340)]),
        ("brick: a post", photo["brick"], [(240, 60), (275, 60), (275, 460), (240, 460)]),
        ("gravel: a stick", photo["gravel"], [(80, 100), (110, 90), (430, 400), (400, 420)]),
        ("coins: a coin", photo["coins"], [(150, 145), (210, 145), (210, 210), (150, 210)]),
    ]


def _named(prompt: str) -> str:
    return prompt if len(prompt) < 200 else f"{prompt[:6]} … ({len(prompt):,} characters)"  # noqa: PLR2004


def _on(picture: Pixels, colour: tuple[int, int, int]) -> Pixels:
    """An RGBA picture on a plain ground."""
    part = picture[..., 3:].astype(np.float32) / 255
    return np.asarray(picture[..., :3] * part + np.array(colour) * (1 - part), np.uint8)


def _sheet(tiles: list[tuple[Pixels, str]], columns: int, side: int = _TILE) -> Image.Image:
    """Pictures in rows, each with its words below."""
    rows = [tiles[at : at + columns] for at in range(0, len(tiles), columns)]
    heights = [
        max(round(side * picture.shape[0] / picture.shape[1]) for picture, _ in row) + _LABEL for row in rows
    ]
    sheet = Image.new("RGB", (columns * (side + 10) + 10, sum(heights) + 10), _PAPER)
    draw, font = ImageDraw.Draw(sheet), _font()
    top = 10
    for row, height in zip(rows, heights, strict=True):
        for column, (picture, words) in enumerate(row):
            left = 10 + column * (side + 10)
            shown = Image.fromarray(picture).resize(
                (side, round(side * picture.shape[0] / picture.shape[1])), Image.Resampling.LANCZOS
            )
            sheet.paste(shown, (left, top))
            if words:
                draw.text((left, top + shown.height + 4), _short(words, font, side), fill=_INK, font=font)
        top += height
    return sheet


def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """DejaVu Sans where the machine has it, for it knows every script of the prompts."""
    try:
        return ImageFont.truetype("DejaVuSans.ttf", 13)
    except OSError:
        return ImageFont.load_default(13)


def _short(words: str, font: ImageFont.ImageFont | ImageFont.FreeTypeFont, side: int) -> str:
    while font.getlength(words) > side and len(words) > 1:
        words = words[:-2].rstrip("… ") + "…"
    return words


if __name__ == "__main__":
    main()
