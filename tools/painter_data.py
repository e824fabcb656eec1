"""Pack the illustrations, glyphs and letters that the embedded painter draws with.

The results are committed; run this again only to take newer versions of the packages:

    npm pack @iconify-json/noto @phosphor-icons/core emojibase-data @fontsource/newsreader
    # unpack each into SOURCES/<name>/package
    uv run --with fonttools python tools/painter_data.py SOURCES

Sources and licences (2026-11-21, npm registry):

- @iconify-json/noto 1.2.9: Noto Emoji, Google, Apache-2.0; what stands in drawn/ is Limner's own
- @phosphor-icons/core 2.1.1: Phosphor Icons, MIT
- emojibase-data 17.0.0: names of emoji in English and Swedish, MIT (after Unicode CLDR, Unicode-3.0)
- @fontsource/newsreader 5.3.0: Newsreader, SIL Open Font License 1.1
"""

import io
import json
import lzma
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import resvg_py
from PIL import Image

DATA = Path(__file__).parent.parent / "src/limner/painters/embedded/data"
DRAWN = Path(__file__).parent / "drawn"
"""Limner's own pictures of animals, in the place of faces."""
OWN = {
    "hot-air-balloon": ("travel", "hot air balloon", "varmluftsballong"),
    "cinnamon-bun": ("food", "cinnamon bun", "kanelbulle"),
}
"""Our own pictures of what Noto has not: their kinds and names."""
KINDS = {3: "animal", 4: "food", 5: "travel", 6: "activity", 7: "object"}
"""Groups of emojibase that are taken whole."""
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞŁŃŚŹŻŠŽČĆĐŐŰ0123456789&?!"
NUMBER = re.compile(r"[\s,]*([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)", re.IGNORECASE)
FLAG = re.compile(r"[\s,]*([01])")
SEEN = 20
"""A pixel of less alpha, of 255, does not count."""
WEIGHTS = ("fill", "duotone", "bold", "thin")
PLANTS = re.compile(
    r"flower|rose|tulip|blossom|tree|plant|leaf|cactus|lotus|hibiscus|hyacinth|herb|clover|shamrock|bouquet|seedling|mushroom|rice"
)
DROPPED = re.compile(
    r"oclock|thirty|-moon|moon-face|sun-behind|cloud-with|face-|banknote|arrow|speaker|mailbox|tray|medal|chart|page-|optical"
    r"|map-of|globe-with|post-office|love-hotel|kaaba|barber|police-car-light|tanabata|pine-decoration|moon-viewing|red-envelope"
    r"|suit$|mahjong|joker|playing-card|reminder|ticket|brief|swimsuit|cigarette|coffin|syringe|pill$|drop-of|toilet|plunger|roll-of"
    r"|razor|sponge|underwear|dagger|bomb|pistol|low-battery|slash|unlocked|locked-with|broken-chain|card-|folder|yen|incoming|e-mail"
    r"|outbox|inbox|construction$|stop-sign|motorway|landslide|cityscape|sunrise|sunset|night-with|foggy|mount-fuji|national-park"
    r"|beach-with|^desert|snow-capped|^mountain$|bridge-at|hot-springs|fog$|wind-face|cyclone|water-wave|rainbow|milky|^sun$|sun-with"
    r"|oncoming|playground|paw-prints|spider-web|pig-nose|hatching|front-facing|monkey-face|-face$|identification|placard"
)
PEOPLE = [
    "person-standing",
    "person-walking",
    "person-running",
    "person-biking",
    "person-surfing",
    "person-rowing-boat",
    "person-climbing",
    "person-golfing",
    "person-in-lotus-position",
    "person-mountain-biking",
    "person-juggling",
    "woman-dancing",
    "man-dancing",
    "skier",
    "snowboarder",
    "horse-racing",
    "mermaid",
    "fairy",
    "mage",
    "astronaut",
    "ninja",
    "santa-claus",
    "superhero",
    "robot",
    "ghost",
    "alien",
    "alien-monster",
    "skull",
    "people-holding-hands",
    "woman-artist",
    "man-cook",
    "woman-scientist",
    "man-farmer",
    "woman-pilot",
    "man-firefighter",
    "person-with-crown",
    "elf",
    "genie",
]


def main(sources: Path) -> None:
    """Write the packed files."""
    pack("subjects", dict(subjects(sources)))
    pack("glyphs", glyphs(sources))
    pack("letters", dict(letters(sources / "newsreader/package/files")))


def pack(name: str, content: dict[str, Any]) -> None:
    """Write one compressed JSON file."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    path = DATA / f"{name}.json.xz"
    path.write_bytes(lzma.compress(text, preset=9 | lzma.PRESET_EXTREME))
    print(f"{path.name}: {len(content)} entries, {len(text):,} -> {path.stat().st_size:,} bytes")


def subjects(sources: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Noto's pictures with their names in both languages and the box that they fill."""
    bodies = _json(sources / "noto/package/icons.json")["icons"]
    names = _json(sources / "noto/package/chars.json")
    english, swedish = (
        _by_code(sources / f"emojibase/package/{tongue}/data.json") for tongue in ("en", "sv")
    )
    for name, (kind, *labels) in OWN.items():
        body, view = _picture(name, "")
        yield name, {"svg": body, "view": view, "box": filled(body, view), "kind": kind, "labels": labels}
    done: set[str] = set()
    for code, name in names.items():
        entry = english.get(code.replace("-fe0f", ""))
        if name in done or name not in bodies or entry is None:
            continue
        kind = "person" if name in PEOPLE else KINDS.get(entry.get("group", -1))
        if kind is None or (kind != "person" and DROPPED.search(name)):
            continue
        done.add(name)
        body, view = _picture(name, bodies[name]["body"])
        other = swedish[code.replace("-fe0f", "")]
        yield (
            name,
            {
                "svg": body,
                "view": view,
                "box": filled(body, view),
                "kind": "plant" if kind == "animal" and PLANTS.search(name) else kind,
                "labels": [plain(entry["label"]), plain(other["label"])],
            },
        )


def _picture(name: str, body: str) -> tuple[str, list[int]]:
    """Noto's picture and its size, or our own where Noto has only a face."""
    own = DRAWN / f"{name}.svg"
    if not own.exists():
        return rounded(body), [128, 128]
    text = own.read_text("utf-8")
    sizes = re.findall(r'viewBox="0 0 (\d+) (\d+)"', text)[0]
    return re.sub(r"\s*\n", "", rounded(_bare(text))), [int(size) for size in sizes]


def plain(label: str) -> str:
    """A label as people would write the thing: `fox`, not `fox face`."""
    label = label.lower().replace("’", "'")
    return re.sub(r"( face|(?<=\w\w)ansikte)$", "", label).strip() or label


def rounded(body: str) -> str:
    """Paths to a tenth of a unit of 128, which nobody sees."""
    return re.sub(r' d="([^"]*)"', lambda path: f' d="{_shorter(path[1])}"', body)


def _shorter(path: str) -> str:
    """Rewrite a path command by command. The flags of an arc may be written without a space after them."""
    out: list[str] = []
    for letter, given in re.findall(r"([a-df-zA-DF-Z])([^a-df-zA-DF-Z]*)", path):
        rest, numbers = given, list[str]()
        while found := re.match(FLAG if letter in "aA" and len(numbers) % 7 in {3, 4} else NUMBER, rest):
            numbers.append(f"{float(found[1]):.1f}".rstrip("0").rstrip("."))
            rest = rest[found.end() :]
        out.append(letter + " ".join("0" if number == "-0" else number for number in numbers))
    return "".join(out).replace(" -", "-")


def filled(body: str, view: list[int]) -> list[int]:
    """The box a picture fills: left, top, right, bottom."""
    wide, tall = view
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="0 0 {wide} {tall}">{body}</svg>'
    )
    picture = Image.open(io.BytesIO(resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True)))
    alpha = np.asarray(picture.convert("RGBA"))[..., 3] > SEEN
    rows, columns = np.nonzero(alpha.any(1))[0], np.nonzero(alpha.any(0))[0]
    return [int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1]


def glyphs(sources: Path) -> dict[str, Any]:
    """Phosphor's glyphs in four weights, with their tags."""
    root = sources / "phosphor/package"
    listing = (root / "dist/icons.d.ts").read_text("utf-8")
    tags = {
        name: re.findall(r'"([^"]+)"', words)
        for name, words in re.findall(
            r'readonly name: "([^"]+)".*?readonly tags: readonly \[(.*?)\]', listing, re.DOTALL
        )
    }
    found: dict[str, Any] = {}
    for path in sorted((root / "assets/regular").glob("*.svg")):
        name = path.stem
        if name.endswith("-logo"):
            continue
        drawn = {weight: _inside(root / f"assets/{weight}/{name}-{weight}.svg") for weight in WEIGHTS}
        found[name] = {**drawn, "tags": [tag for tag in tags.get(name, []) if "*" not in tag]}
    return found


def _inside(path: Path) -> str:
    return _bare(path.read_text("utf-8"))


def _bare(svg: str) -> str:
    """What stands between an SVG's tags."""
    return re.sub(r"^<svg[^>]*>|</svg>$", "", svg.strip())


def letters(fonts: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Outlines of Newsreader's capitals as SVG paths, 1000 units high, the baseline at 0."""
    svg_pen: Any = import_module("fontTools.pens.svgPathPen").SVGPathPen
    transform_pen: Any = import_module("fontTools.pens.transformPen").TransformPen
    read_font: Any = import_module("fontTools.ttLib").TTFont
    for subset in ("latin", "latin-ext"):
        font: Any = read_font(fonts / f"newsreader-{subset}-600-normal.woff")
        scale = 1000 / font["head"].unitsPerEm
        drawn, names = font.getGlyphSet(), font.getBestCmap()
        for letter in LETTERS:
            if ord(letter) in names:
                glyph = drawn[names[ord(letter)]]
                pen = svg_pen(drawn, ntos="{:.0f}".format)
                glyph.draw(transform_pen(pen, (scale, 0, 0, -scale, 0, 0)))
                yield letter, {"path": pen.getCommands(), "width": round(glyph.width * scale)}


def _json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _by_code(path: Path) -> dict[str, Any]:
    return {entry["hexcode"].lower().replace("-fe0f", ""): entry for entry in _json(path)}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
