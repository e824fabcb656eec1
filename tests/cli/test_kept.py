"""What was paid for is not lost: bytes that cannot be finished, and places that cannot be written."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from limner.cli import outputs
from limner.core.errors import Billed, ImageProcessing, UserError
from limner.engine import legs
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
def test_bytes_that_cannot_be_finished_and_cannot_be_written_are_not_lost(
    limner: Limner, monkeypatch: pytest.MonkeyPatch
):
    def full(path: Path, data: bytes) -> Path:
        raise UserError(f"{path} cannot be written.", code="unwritable_output", remedy="Choose.")

    monkeypatch.setattr(outputs, "write", full)
    ran = limner(*PAINT, "--json")
    assert ran.code == 6
    [first, second] = map(Path, ran.json["kept"])
    assert first.read_bytes() == b"\x89PNG\r\n\x1a\n half a picture"
    assert second.read_bytes() == b"nothing known"


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


@pytest.mark.usefixtures("sandbox")
def test_what_could_not_be_finished_is_written_again_on_request(
    limner: Limner, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    async def broken(blob: bytes, *_: object) -> None:
        raise ImageProcessing("Its palette is gone.", remedy="", billed=Billed.YES, kept=(blob,))

    monkeypatch.setenv("LIMNER_STORE", f"sqlite:///{folder}/limner.db")
    monkeypatch.setattr(legs, "_finished", broken)
    assert limner(*PAINT, "-o", "pear.png").code == 6
    came = (folder / "pear.kept.png").read_bytes()
    run = limner("runs", "list").out.split()[0]
    ran = limner("runs", "resume", run, "-o", "plum.png")
    assert ran.code == 6
    assert "plum.kept.png" in ran.err
    assert (folder / "plum.kept.png").read_bytes() == came
    both = limner(*PAINT, "-n", "2", "--json")
    assert len(both.json["kept"]) == 2
    [run, *_] = limner("runs", "list").out.split()
    assert len(limner("runs", "resume", run, "--json").json["kept"]) == 2


@pytest.mark.usefixtures("sandbox")
def test_one_of_several_that_could_not_be_finished_is_named_by_its_bytes(
    limner: Limner, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    finished, came = legs._finished, list[bytes]()

    async def broken(blob: bytes, *rest: Any) -> Any:
        came.append(blob)
        if len(came) == 1:
            raise ImageProcessing("Its palette is gone.", remedy="", billed=Billed.YES, kept=(blob,))
        return await finished(blob, *rest)

    monkeypatch.setenv("LIMNER_STORE", f"sqlite:///{folder}/limner.db")
    monkeypatch.setattr(legs, "_finished", broken)
    ran = limner(*PAINT, "-n", "2", "--json")
    assert ran.code == 1
    digest = hashlib.sha256(came[0]).hexdigest()
    [note] = [note["text"] for note in ran.json["notes"] if note["kind"] == "partial"]
    assert digest in note
    assert "error.kept" not in note
    assert next((folder / "limner.blobs").rglob(digest)).read_bytes() == came[0]
