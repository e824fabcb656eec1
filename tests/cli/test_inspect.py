"""`limner inspect`: what a picture is, what it was made with, and what it looks like."""

from pathlib import Path

from PIL import Image

from tests.cli.conftest import Limner

PEAR = ("generate", "a pear", "--model", "limner/sketch", "--size", "64x48", "--seed", "7")


def test_what_was_written_is_read(limner: Limner, folder: Path):
    assert limner(*PEAR, "--embed-settings", "-o", "pear.png").code == 0
    ran = limner("inspect", "pear.png")
    words = " ".join(ran.out.split())
    assert ran.code == 0
    assert words.startswith("pear.png image/png, 64x48, RGB, ")
    assert "Made with (as limner writes it): prompt: a pear model: limner/sketch seed: 7 size: 64x48" in words
    known = limner("inspect", "pear.png", "--json").json
    assert known["settings"]["prompt"] == "a pear"
    assert known["blank"] is False
    assert known["colours"]


def test_what_is_not_written_is_not_made_up(limner: Limner, folder: Path):
    assert limner(*PEAR, "-o", "pear.png").code == 0
    assert "It does not say what it was made with." in limner("inspect", "pear.png").out


def test_a_blank_picture_says_so_and_what_is_no_picture_fails(limner: Limner, folder: Path):
    Image.new("RGB", (64, 64), "white").save(folder / "white.png")
    (folder / "notes.png").write_text("no picture")
    ran = limner("inspect", "white.png", "notes.png")
    assert ran.code == 1
    assert "Every pixel is nearly the same." in ran.out
    assert "#ffffff 100%" in ran.out
    assert "'notes.png' is not a picture" in " ".join(ran.err.split())
