"""The ten lines of docs/every-provider.md, as a reader runs them."""

from pathlib import Path

import pytest

from limner.catalog.load import load
from limner.core.models import Lifecycle
from limner.core.operations import Operation
from limner.sandbox.app import VENDORS
from limner.sandbox.server import running_sandbox
from tools import every_provider


@pytest.mark.row("B6", "F7", "P1")
def test_ten_lines_edit_one_photograph_through_every_provider(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    written = [line for line in every_provider.lines().splitlines() if line.strip()]
    assert len(written) <= 11, "the import, and ten"
    every_provider.photograph(tmp_path, shrink=2)
    with running_sandbox(polls=1) as sandbox:
        for name, value in every_provider.environ(sandbox).items():
            monkeypatch.setenv(name, value)
        made = every_provider.run(tmp_path)["made"]
        billed = {charge.provider for charge in sandbox.bill.charges()}
    emulated = {vendor.slug for vendor in VENDORS}
    able = {
        model.provider
        for model in load().all()
        if model.can(Operation.INPAINT) and model.lifecycle is not Lifecycle.RETIRED
    }
    assert {result.provider for result in made.results} == able & (emulated | {"limner"})
    assert billed == able & emulated
    for result in made.results:
        assert result.image.measured.changed_outside_mask == 0
        assert result.cost.usd is not None
    assert (tmp_path / "raspberries" / "sheet.png").stat().st_size > 10_000


def test_the_page_shows_the_sheet():
    assert every_provider.SHEET.is_file()
    assert f"images/{every_provider.SHEET.name}" in every_provider.PAGE.read_text(encoding="utf-8")
