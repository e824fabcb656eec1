"""Wrong input: what is wrong, what to do, exit code 2, nothing sent and nothing written."""

import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.conftest import Limner, draw_mask


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred kilobytes that would decode to `width` × `height` pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes((width + 1) * 64), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.fixture
def bad(folder: Path, small: Path, mask: Path) -> Path:
    """The files that are wrong."""
    (folder / "text.png").write_text("I am a letter to my aunt.")
    whole = folder / "whole.jpg"
    with Image.open(small) as picture:
        picture.convert("RGB").resize((640, 480)).save(whole, quality=95)
    (folder / "cut.jpg").write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    (folder / "bomb.png").write_bytes(bomb(20_000, 20_000))
    draw_mask(folder / "other.png", (50, 40), (10, 10, 30, 30))
    (folder / "file").write_text("in the way")
    return folder


ERASE = ("erase", "small.png", "--mask", "mask.png")
WRONG = {
    "an unknown model": (
        ("generate", "a pear", "--model", "openai/gpt-image-9"),
        "no model 'openai/gpt-image-9'",
        "Did you mean openai/gpt-image-",
    ),
    "a retired model": (
        ("generate", "a pear", "--model", "openai/dall-e-3"),
        "no longer answers",
        "successor openai/gpt-image-",
    ),
    "a mask of another size, strictly": (
        ("erase", "small.png", "--mask", "other.png", "--mode", "strict"),
        "The mask is 50x40; the picture is 64x64",
        "a mask of the picture's size",
    ),
    "an empty prompt": (("generate", ""), "needs a prompt", "Say what to paint"),
    "a blank prompt": (("generate", "  ", "--model", "limner/sketch"), "needs a prompt", "Say what to paint"),
    "no prompt for an edit": (("edit", "small.png"), "needs a prompt", "Say what to paint"),
    "a file for a prompt": (("edit", "small.png", "mask.png"), "needs a prompt", "Say what to paint"),
    "text named .png": (
        ("erase", "text.png", "--mask", "mask.png"),
        "'text.png' is not a picture",
        "Send a PNG, JPEG",
    ),
    "a truncated JPEG": (("erase", "cut.jpg", "--mask", "mask.png"), "'cut.jpg' is cut off", "whole file"),
    "a bomb of 400 megapixels": (
        ("erase", "bomb.png", "--mask", "mask.png"),
        "400.0 megapixels",
        "Scale it down",
    ),
    "a folder that is not there": (
        (*ERASE, "-o", "nowhere/out.png"),
        "the folder nowhere does not exist",
        "Choose another place",
    ),
    "a file for a folder": (
        (*ERASE, "-o", "file/out.png"),
        "file/out.png cannot be written",
        "Choose another",
    ),
    "a name that is taken": ((*ERASE, "-o", "small.png"), "small.png exists already", "--force"),
    "an ending that is not written": ((*ERASE, "-o", "out.tiff"), "ends in .tiff", ".webp"),
    "a place that is none": ((*ERASE, "-o", "{colour}.png"), "'colour' is no place", "{stem}, {n} or {seed}"),
    "two formats": (
        (*ERASE, "-o", "out.png", "--format", "webp"),
        "--format says webp",
        "Leave --format out",
    ),
    "a missing key": (
        ("generate", "a pear", "--model", "openai/gpt-image-2"),
        "OpenAI needs a key, and none is set",
        "Set OPENAI_API_KEY",
    ),
    "a private address": (
        ("erase", "http://169.254.169.254/latest/meta-data", "--mask", "mask.png"),
        "not public",
        "Send the picture itself",
    ),
    "a file that is not there": (
        ("erase", "gone.png", "--mask", "mask.png"),
        "gone.png cannot be read: No such file",
        "Check the path",
    ),
    "no mask": (("erase", "small.png"), "needs a mask", "white where"),
    "a mask that is not there": (
        ("erase", "small.png", "--mask", "gone.png"),
        "gone.png cannot be read",
        "Check",
    ),
    "two kinds of masks": ((*ERASE, "--mask-dir", "."), "exclude each other", "a folder with one for each"),
    "a size that is none": (("generate", "a pear", "--size", "big"), "'big' cannot be read", "WIDTHxHEIGHT"),
    "a width alone": (("generate", "a pear", "--width", "64"), "go together", "Give both"),
    "a tier that is none": (("generate", "a pear", "--quality", "gold"), "'gold' is no quality", "standard"),
    "a price that is none": (("generate", "a pear", "--max-cost", "cheap"), "'cheap' is no amount", "0.05"),
    "a strength out of range": (
        ("img2img", "small.png", "a pear", "--strength", "3"),
        "`strength` is 3",
        "from 0 to 1",
    ),
    "margins that are none": (
        ("outpaint", "small.png", "--margins", "wide"),
        "'wide' cannot be read",
        "left=300",
    ),
    "an option without a value": (("generate", "a pear", "--option", "style"), "has no value", "KEY=VALUE"),
    "an option the vendor has not": (
        ("generate", "a pear", "--model", "limner/sketch", "--option", "sparkle=9"),
        "no option 'sparkle'",
        "",
    ),
    "an operation that is none": (("run", "levitate", "small.png"), "no operation 'levitate'", "--help"),
    "a command that is none": (("generat", "a pear"), "no command 'generat'", "Did you mean generate?"),
    "a switch that is none": (
        ("generate", "a pear", "--sise", "3"),
        "No such option: --sise",
        "generate --help",
    ),
    "a pattern without files": (("erase", "*.webp", "--mask", "mask.png"), "No file matches *.webp", "path"),
    "an empty folder": (("erase", "empty", "--mask", "mask.png"), "no picture in it", "Check the path"),
    "several pictures for stdout": (
        ("generate", "a pear", "-n", "2", "-o", "-"),
        "Only one picture",
        "folder",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_input(limner: Limner, bad: Path, what: str):
    arguments, cause, remedy = WRONG[what]
    (bad / "empty").mkdir()
    before = {path: path.stat().st_mtime_ns for path in bad.rglob("*")}
    ran = limner(*arguments)
    assert ran.code == 2
    assert ran.out == ""
    first, *rest = ran.err.splitlines()
    assert first.startswith("Error: ")
    assert cause in first
    assert rest[0] == "  Nothing was charged."
    assert remedy in "\n".join(rest[1:])
    assert {path: path.stat().st_mtime_ns for path in bad.rglob("*")} == before


@pytest.mark.parametrize("what", WRONG)
def test_the_same_for_programs(limner: Limner, bad: Path, what: str):
    arguments, cause, _ = WRONG[what]
    (bad / "empty").mkdir()
    ran = limner(*arguments, "--json")
    assert ran.code == 2
    error = ran.json["error"]
    assert error["billed"] == "no"
    assert error["code"]
    if what != "several pictures for stdout":  # with --json there is another reason
        assert cause in error["message"]
