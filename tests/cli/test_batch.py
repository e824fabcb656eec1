"""Several pictures: one that fails does not stop the others."""

from pathlib import Path
from typing import Any

import pytest

from limner.core.requests import Request
from limner.core.results import Result
from limner.engine.run import Engine
from tests.cli.conftest import Limner, draw_mask


@pytest.fixture
def photos(small: Path, folder: Path) -> Path:
    """Three pictures, two of them with masks."""
    for name in ("one", "two", "three"):
        (folder / f"{name}.png").write_bytes(small.read_bytes())
    small.unlink()
    (folder / "masks").mkdir()
    for name in ("one", "three"):
        draw_mask(folder / "masks" / f"{name}.png", (64, 64), (20, 20, 40, 40))
    return folder


@pytest.mark.row("F3")
def test_the_others_are_done(limner: Limner, photos: Path):
    ran = limner("erase", "*.png", "--mask-dir", "masks", "-o", "out/")
    assert ran.code == 1
    assert sorted(ran.out.split()) == ["out/one-erase.png", "out/three-erase.png"]
    assert sorted(path.name for path in (photos / "out").iterdir()) == ["one-erase.png", "three-erase.png"]
    assert "Error: two.png: masks/two.png cannot be read" in ran.err
    table = ran.err[ran.err.index("picture") :]
    assert "2 of 3 done" in table
    assert all(len(line.rstrip()) <= 80 for line in table.splitlines())


def test_programs_get_a_line_for_each(limner: Limner, photos: Path):
    ran = limner("erase", "one.png", "two.png", "three.png", "--mask-dir", "masks", "-o", "out/", "--json")
    assert ran.code == 1
    lines = {line["inputs"][0]: line for line in ran.lines}
    assert set(lines) == {"one.png", "two.png", "three.png"}
    assert lines["two.png"]["error"]["code"] == "unreadable_file"
    assert lines["one.png"]["images"][0]["path"] == "out/one-erase.png"
    assert lines["three.png"]["images"][0]["measured"]["changed_outside_mask"] == 0


def test_all_well_is_exit_code_0(limner: Limner, photos: Path):
    mask = photos / "masks" / "one.png"
    ran = limner("erase", "one.png", "two.png", "--mask", mask, "-o", "{stem}-clean.png")
    assert ran.code == 0
    assert sorted(ran.out.split()) == ["one-clean.png", "two-clean.png"]


def test_what_is_wrong_with_all_is_said_once(limner: Limner, photos: Path):
    ran = limner("erase", "one.png", "three.png", "--mask-dir", "masks", "--model", "limner/heel")
    assert ran.code == 2
    assert ran.err.count("Error:") == 1
    assert "limner/heal" in ran.err


def test_a_folder_is_its_pictures(limner: Limner, photos: Path):
    ran = limner("erase", ".", "--mask", "masks/one.png", "-o", "out", "--jobs", "1")
    assert ran.code == 0
    assert len(ran.out.split()) == 3


def test_a_fault_of_ours_stops_only_its_own(limner: Limner, photos: Path, monkeypatch: pytest.MonkeyPatch):
    real = Engine.run

    async def run(self: Engine, request: Request, **more: Any) -> Result:
        if request.images[0].name == "one.png":
            raise ZeroDivisionError("oh")
        return await real(self, request, **more)

    monkeypatch.setattr(Engine, "run", run)
    ran = limner("erase", "one.png", "three.png", "--mask-dir", "masks", "-o", "out/")
    assert ran.code == 1
    assert ran.out.split() == ["out/three-erase.png"]
    assert "ZeroDivisionError" in ran.err


def test_several_pictures_for_one_edit_are_one_request(limner: Limner, photos: Path):
    edit = ("edit", "one.png", "two.png", "put them side by side", "--model", "openai/gpt-image-2", "--json")
    assert limner("quote", *edit).json["inputs"] == ["one.png", "two.png"]
    assert [line["inputs"] for line in limner("quote", *edit, "--each").lines] == [["one.png"], ["two.png"]]


def test_a_note_about_all_is_said_once(limner: Limner, photos: Path):
    ran = limner("erase", "one.png", "three.png", "--mask-dir", "masks", "-o", "out/")
    assert ran.err.count("limner/heal was chosen") == 1
    draw_mask(photos / "masks" / "one.png", (32, 32), (10, 10, 20, 20))
    ran = limner("erase", "one.png", "three.png", "--mask-dir", "masks", "-o", "out/")
    assert "note: one.png: The mask is 32x32" in ran.err


def test_a_key_counts_for_each_picture_by_itself(
    limner: Limner, photos: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("LIMNER_STORE", f"sqlite:///{photos / 'limner.db'}")
    batch = ("upscale", "--scale", "2", "--model", "limner/scale", "--idempotency-key", "nightly")
    first = limner(*batch, "one.png", "two.png", "--json")
    assert first.code == 0
    again = limner(*batch, "one.png", "two.png", "three.png", "--json")
    assert again.code == 0
    runs = [{line["inputs"][0]: line["id"] for line in ran.lines} for ran in (first, again)]
    assert runs[1]["one.png"] == runs[0]["one.png"]
    assert runs[1]["two.png"] == runs[0]["two.png"]
    assert runs[1]["three.png"] not in runs[0].values()
