"""`limner runs`, `usage` and `budgets`: what was asked for, what it cost, and how much may be spent."""

import csv
import io
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image

from limner.sandbox.faults import Fault, FaultKind
from limner.sandbox.server import RunningSandbox
from tests.cli.conftest import Limner

SKETCH = ("generate", "a pear", "--model", "limner/sketch", "--size", "64x64")
PAINT = ("generate", "a pear", "--model", "openai/gpt-image-2", "--size", "1024x1024", "--quality", "draft")
LOST = Fault(FaultKind.RESET_AFTER_BILLED, provider="openai", route="POST /v1/images/*")


@pytest.fixture(autouse=True)
def remembered(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's own store, in a folder of the test's."""
    monkeypatch.delenv("LIMNER_STORE")


def test_with_nothing_made_there_is_nothing_to_see(limner: Limner):
    for command in (("runs", "list"), ("usage",), ("budgets",)):
        ran = limner(*command)
        assert (ran.code, ran.out) == (0, "")
        assert ran.err.strip()


@pytest.mark.row("E4")
def test_a_run_is_listed_shown_and_brought_again(limner: Limner, folder: Path):
    assert limner(*SKETCH, "-o", "pear.png").code == 0
    listed = limner("runs", "list")
    run = listed.out.split()[0]
    assert run.startswith("run_")
    assert "finished" in listed.out
    assert "limner/sketch · a pear" in listed.out
    shown = limner("runs", "show", run)
    assert shown.code == 0
    assert "attempt_" in shown.out
    again = limner("runs", "resume", run, "-o", "again.png")
    assert (again.code, again.out) == (0, "again.png\n")
    assert (folder / "again.png").read_bytes() == (folder / "pear.png").read_bytes()
    assert limner("runs", "resume", run, "-o", "again.png").code == 2  # it exists
    kept = limner("runs", "drop", run)
    assert (kept.code, "is finished" in kept.err) == (2, True)


@pytest.mark.row("E4")
def test_pages_and_filters(limner: Limner):
    for name in ("a.png", "b.png", "c.png"):
        limner(*SKETCH, "-o", name)
    first = limner("runs", "list", "--limit", "2", "--json")
    assert len(first.lines) == 2
    last = first.lines[-1]["id"]
    assert f"--before {last}" in limner("runs", "list", "--limit", "2").err
    [oldest] = limner("runs", "list", "--before", last, "--json").lines
    assert oldest["id"] < last
    assert limner("runs", "list", "--model", "openai/gpt-image-2").out == ""
    assert limner("runs", "list", "--state", "done").code == 2


def test_an_amount_nobody_knows_is_no_false_zero(
    limner: Limner, sandbox: RunningSandbox, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("NOVELAI_API_KEY", sandbox.key("novelai"))
    monkeypatch.setenv("NOVELAI_BASE_URL", sandbox.url("novelai"))
    Image.new("RGB", (128, 128), "teal").save(folder / "small.png")
    enlarge = ("upscale", "small.png", "--model", "novelai/nai-diffusion-4-5-full", "-o", "large.png")
    assert limner(*enlarge).code == 0
    sandbox.faults.plan(Fault(FaultKind.RESET_AFTER_BILLED, provider="novelai"))
    assert limner(*enlarge, "--force").code == 5
    listed = limner("runs", "list")
    assert "$0" not in listed.out
    assert listed.out.count("an amount nobody knows") == 2
    assert [line["unpriced"] for line in limner("runs", "list", "--json").lines] == [1, 1]
    assert limner("usage", "--by", "provider", "--json").json["unpriced"] == 2


@pytest.mark.row("C12")
def test_a_lost_answer_is_listed_until_a_person_decides(limner: Limner, sandbox: RunningSandbox):
    sandbox.faults.plan(LOST)
    assert limner(*PAINT, "-o", "pear.png").code == 5
    billed = sandbox.bill.total("openai")
    [unknown] = limner("runs", "list", "--unknown", "--json").lines
    [attempt] = unknown["unknown"]
    assert Decimal(unknown["unknown_usd"]) >= billed
    assert limner("runs", "list").out.split()[0] == unknown["id"]  # whole, however long the line is
    shown = limner("runs", "show", unknown["id"])
    assert "up to $" in shown.out
    assert f"limner runs resolve {attempt}" in shown.err
    assert limner("runs", "resolve", attempt, "--usd", "plenty").code == 2
    assert limner("runs", "resolve", attempt, "--usd", str(billed)).code == 0
    assert limner("runs", "list", "--unknown").out == ""
    [story] = limner("runs", "show", unknown["id"], "--json").lines
    assert Decimal(story["usd"]) == billed
    assert story["error"]["billed"] == "yes"
    assert limner("runs", "resolve", attempt, "--usd", "0").code == 2


@pytest.mark.row("E4")
def test_usage_as_table_csv_and_json(limner: Limner, sandbox: RunningSandbox):
    limner(*SKETCH, "-o", "pear.png")
    limner(*PAINT, "-o", "plum.png")
    table = limner("usage", "--by", "provider")
    assert [line.split()[0] for line in table.out.splitlines()] == ["provider", "limner", "openai"]
    [_, row] = csv.DictReader(io.StringIO(limner("usage", "--by", "provider", "--format", "csv").out))
    [_, line] = limner("usage", "--by", "provider", "--json").lines
    assert Decimal(row["usd"]) == Decimal(line["usd"]) == sandbox.bill.total("openai")
    assert limner("usage", "--since", "2100-01-01").out == ""
    assert limner("usage", "--by", "colour").code == 2


@pytest.mark.row("E1")
def test_a_budget_refuses_before_anything_is_sent(limner: Limner, sandbox: RunningSandbox):
    assert limner("budgets", "set", "--usd", "0.001").code == 0
    refused = limner(*PAINT, "-o", "pear.png")
    assert refused.code == 3
    assert sandbox.requests.count("openai") == 0
    listed = limner("budgets")
    assert "tenant:local" in listed.out
    assert "of $0.001" in listed.out
    assert limner(*SKETCH, "-o", "free.png").code == 0  # what is free is not held up
    assert limner("budgets", "remove").code == 0
    assert limner("budgets", "remove").code == 2
    assert limner(*PAINT, "-o", "pear.png").code == 0


def test_a_budget_limits_something(limner: Limner):
    assert limner("budgets", "set").code == 2
    assert limner("budgets", "set", "--usd", "-1").code == 2
    assert limner("runs", "show", "run_none").code == 2
