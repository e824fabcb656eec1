"""The examples of docs/venice.md, as a reader runs them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from limner.catalog.load import load
from limner.sandbox.server import RunningSandbox, running_sandbox
from tests.engine.vendors import hole, photograph, png
from tests.support.sources import ROOT

PAGE = ROOT / "docs" / "venice.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningSandbox]:
    (tmp_path / "photo.png").write_bytes(photograph(320, 256))
    (tmp_path / "mask.png").write_bytes(png(hole(320, 256)))
    monkeypatch.chdir(tmp_path)
    with running_sandbox() as running:
        monkeypatch.setenv("VENICE_API_KEY", running.key("venice"))
        monkeypatch.setenv("VENICE_BASE_URL", running.url("venice"))
        yield running


def ran(block: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(block, str(PAGE), "exec"), names)  # noqa: S102 - our own page, as its readers run it
    return names


@pytest.mark.row("B3", "B6")
def test_every_operation_of_venice_has_an_example_that_runs(
    sandbox: RunningSandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    able = {operation for one in load().all() if one.provider == "venice" for operation in one.abilities}
    for operation in able:
        assert f"limner.{operation.value}" in BLOCKS[0]
    ran(BLOCKS[0])
    pictures = [path.name for path in tmp_path.glob("*.png")]
    assert {"poster.png", "autumn.png", "both.png", "door.png", "large.png", "cut-out.png"} <= set(pictures)
    assert len(sandbox.bill.charges("venice")) == BLOCKS[0].count("**edit)") - 1 + 3
    told = capsys.readouterr().out
    assert "venice/z-image-turbo 7500 (1, 8)" in told
    assert "$0.04" in told


@pytest.mark.row("B6")
@pytest.mark.usefixtures("sandbox")
def test_what_it_refuses_is_told(capsys: pytest.CaptureFixture[str]):
    ran(BLOCKS[1])
    assert "blurred every picture. moderation yes" in capsys.readouterr().out


@pytest.mark.row("B4", "B6")
@pytest.mark.usefixtures("sandbox")
def test_keys_are_looked_after(capsys: pytest.CaptureFixture[str]):
    names = ran(BLOCKS[2])
    told = capsys.readouterr().out
    assert "for the studio 12.5 0" in told
    assert names["made"].secret.reveal() not in told
    assert len(BLOCKS) == 3
