"""What was paid for is not lost: bytes that cannot be finished, and places that cannot be written."""

from pathlib import Path

import pytest

from limner.cli import outputs
from limner.core.errors import Billed, ImageProcessing, UserError
from limner.engine.run import Engine
from limner.sandbox.server import RunningSandbox
from tests.cli.conftest import Limner

PAINT = ("generate", "a pear", "--model", "openai/gpt-image-2", "--size", "1024x1024", "--quality", "draft")


@pytest.fixture
def unfinished(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine whose pictures come and cannot be finished."""

    async def run(*_: object, **__: object) -> None:
        raise ImageProcessing(
            "The picture came, but could not be finished: its palette is gone.",
            remedy="The bytes as they came are in `error.kept`.",
            billed=Billed.YES,
            kept=(b"\x89PNG\r\n\x1a\n half a picture", b"nothing known"),
        )

    monkeypatch.setattr(Engine, "run", run)


@pytest.mark.usefixtures("unfinished", "sandbox")
def test_bytes_that_cannot_be_finished_are_written_beside_the_output(limner: Limner, folder: Path):
    (folder / "out").mkdir()
    ran = limner(*PAINT, "-o", "out/pear.png")
    assert ran.code == 6
    assert "It was charged." in ran.err
    assert (folder / "out" / "pear.kept.png").read_bytes() == b"\x89PNG\r\n\x1a\n half a picture"
    assert (folder / "out" / "pear.kept.bin").read_bytes() == b"nothing known"
    assert "out/pear.kept.png" in ran.err
    assert ran.out == ""


@pytest.mark.usefixtures("unfinished", "sandbox")
def test_programs_are_told_where(limner: Limner):
    ran = limner(*PAINT, "--json")
    assert ran.code == 6
    assert ran.json["error"]["billed"] == "yes"
    assert ran.json["kept"] == ["a-pear.kept.png", "a-pear.kept.bin"]


def test_a_disk_that_is_full_loses_nothing(
    limner: Limner, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
):
    def full(path: Path, data: bytes) -> Path:
        raise UserError(
            f"{path} cannot be written: no space left on device.", code="unwritable_output", remedy="Choose."
        )

    monkeypatch.setattr(outputs, "write", full)
    ran = limner(*PAINT, "-o", "pear.png", "--json")
    assert ran.code == 6
    assert ran.json["error"]["billed"] == "yes"
    place = ran.json["error"]["message"].partition("The picture is in ")[2].rstrip(".")
    assert Path(place).read_bytes().startswith(b"\x89PNG")
    assert sandbox.requests.count("openai") == 1


def test_a_fault_of_ours_is_no_lie_about_money(
    limner: Limner, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
):
    async def run(*_: object, **__: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(Engine, "run", run)
    ran = limner(*PAINT, "--json")
    assert ran.code == 70
    assert ran.json["error"]["code"] == "unexpected"
    assert ran.json["error"]["billed"] == "unknown"
    assert "ZeroDivisionError: oh" in ran.err
    assert "report it" in ran.err
