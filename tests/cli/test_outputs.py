"""Names of files: nothing is overwritten unasked."""

from pathlib import Path

import pytest
from PIL import Image

from limner.cli.app import run
from tests.cli.conftest import Limner

SKETCH = ("generate", "A pear, on a plate!", "--model", "limner/sketch", "--size", "32x32", "--seed", "7")


def test_a_picture_is_called_after_its_prompt_and_never_overwrites(limner: Limner, folder: Path):
    assert limner(*SKETCH).out == "a-pear-on-a-plate.png\n"
    (folder / "a-pear-on-a-plate.png").write_text("mine")
    assert limner(*SKETCH).out == "a-pear-on-a-plate-2.png\n"
    assert limner(*SKETCH).out == "a-pear-on-a-plate-3.png\n"
    assert (folder / "a-pear-on-a-plate.png").read_text() == "mine"


def test_a_picture_is_called_after_its_source(limner: Limner, small: Path, mask: Path):
    assert limner("erase", small, "--mask", mask).out == "small-erase.png\n"


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (("-o", "x.png"), ["x.png"]),
        (("-o", "x"), ["x.png"]),
        (("-o", "x.jpg"), ["x.jpg"]),
        (("-o", "x.JPG"), ["x.JPG"]),
        (("-o", "x.webp"), ["x.webp"]),
        (("--format", "webp"), ["a-pear-on-a-plate.webp"]),
        (("-o", "sub/"), ["sub/a-pear-on-a-plate.png"]),
        (("-o", "deep/er/"), ["deep/er/a-pear-on-a-plate.png"]),
        (("-o", "here"), ["here/a-pear-on-a-plate.png"]),
        (("-o", "{stem}-{seed}.png"), ["a-pear-on-a-plate-7.png"]),
        (("-n", "2"), ["a-pear-on-a-plate-1.png", "a-pear-on-a-plate-2.png"]),
        (("-n", "2", "-o", "x.png"), ["x-1.png", "x-2.png"]),
        (("-n", "2", "-o", "{n}.png"), ["1.png", "2.png"]),
    ],
)
def test_names(limner: Limner, folder: Path, arguments: tuple[str, ...], names: list[str]):
    (folder / "here").mkdir()
    ran = limner(*SKETCH, *arguments)
    assert ran.code == 0, ran.err
    assert ran.out.split() == names
    for name in names:
        with Image.open(folder / name) as picture:
            wanted = {"jpg": "JPEG", "webp": "WEBP"}.get(name.lower().rpartition(".")[2], "PNG")
            assert (picture.format, picture.size) == (wanted, (32, 32))


def test_force_overwrites(limner: Limner, folder: Path):
    (folder / "x.png").write_text("old")
    assert limner(*SKETCH, "-o", "x.png").code == 2
    assert (folder / "x.png").read_text() == "old"
    assert limner(*SKETCH, "-o", "x.png", "--force").out == "x.png\n"
    assert (folder / "x.png").read_bytes().startswith(b"\x89PNG")


def test_force_does_not_overwrite_what_this_very_command_wrote(
    limner: Limner, folder: Path, small: Path, mask: Path
):
    (folder / "other").mkdir()
    (folder / "other" / "small.png").write_bytes(small.read_bytes())
    ran = limner("erase", small, "other/small.png", "--mask", mask, "-o", "out/", "--force")
    assert sorted(ran.out.split()) == ["out/small-erase-2.png", "out/small-erase.png"]


def test_stdout(folder: Path, capfdbinary: pytest.CaptureFixture[bytes]):
    assert run([*SKETCH, "-o", "-"]) == 0
    assert capfdbinary.readouterr().out.startswith(b"\x89PNG")
    assert not list(folder.iterdir())


def test_no_temporary_file_stays(limner: Limner, folder: Path):
    limner(*SKETCH, "-o", "x.png")
    assert [path.name for path in folder.iterdir()] == ["x.png"]
