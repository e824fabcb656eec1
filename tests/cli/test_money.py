"""What is said and asked before money is spent, and how failures of providers end."""

from decimal import Decimal
from pathlib import Path

import pytest

from limner.cli import spend
from limner.sandbox.faults import Fault, FaultKind
from limner.sandbox.server import RunningSandbox
from tests.cli.conftest import Limner

PAINT = ("generate", "a pear", "--model", "openai/gpt-image-2", "--size", "1024x1024", "--quality", "draft")
CALLS = "POST /v1/images/*"


@pytest.fixture
def somebody(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A person at the keyboard, who says no. What they were asked is kept."""
    asked: list[str] = []

    def confirm(question: str, **_: object) -> bool:
        asked.append(question)
        return False

    monkeypatch.setattr(spend, "_somebody_there", lambda: True)
    monkeypatch.setattr(spend.typer, "confirm", confirm)
    return asked


@pytest.mark.row("F3")
def test_the_price_is_said_before_and_the_cost_after(limner: Limner, sandbox: RunningSandbox, folder: Path):
    ran = limner(*PAINT, "-o", "pear.png")
    assert ran.code == 0
    assert ran.out == "pear.png\n"
    first, *_, last = [line for line in ran.err.splitlines() if "openai/gpt-image-2" in line]
    assert first.startswith("about $0.0")
    assert last.strip().startswith("$0.0")
    assert (folder / "pear.png").read_bytes().startswith(b"\x89PNG")
    assert sandbox.requests.count("openai") == 1


def test_what_the_sandbox_billed_is_what_is_reported(limner: Limner, sandbox: RunningSandbox):
    ran = limner(*PAINT, "--json")
    billed = sum(charge.amount for charge in sandbox.bill.charges())
    assert Decimal(ran.json["cost"]["usd"]) == billed


def test_a_quote_needs_no_key_and_sends_nothing(limner: Limner, emulated: RunningSandbox, folder: Path):
    emulated.reset()
    ran = limner("quote", "generate", "a pear", "--model", "openai/gpt-image-2", "-n", "3")
    assert ran.code == 0
    assert ran.out.startswith("about $0.")
    assert "on openai/gpt-image-2" in ran.out
    assert emulated.requests.count("openai") == 0
    assert not list(folder.iterdir())


def test_a_quote_for_programs(limner: Limner, small: Path):
    ran = limner("quote", "edit", small, "at night", "--model", "openai/gpt-image-2", "--json")
    assert ran.json["model"] == "openai/gpt-image-2"
    assert ran.json["price"]["kind"] == "estimated"
    assert Decimal(ran.json["price"]["usd"]) <= Decimal(ran.json["price"]["most"])


def test_little_money_is_spent_without_a_question(
    limner: Limner, sandbox: RunningSandbox, somebody: list[str]
):
    assert limner(*PAINT).code == 0
    assert not somebody


def test_much_money_is_asked_for_and_no_means_no(
    limner: Limner, sandbox: RunningSandbox, somebody: list[str], folder: Path
):
    ran = limner(*PAINT[:-2], "--quality", "ultra", "-n", "20")
    assert ran.code == 130
    assert somebody == ["Send it?"]
    assert "Nothing was sent; nothing was charged." in ran.err
    assert sandbox.requests.count("openai") == 0
    assert not list(folder.iterdir())


def test_yes_is_not_asked(limner: Limner, sandbox: RunningSandbox, somebody: list[str]):
    assert limner(*PAINT[:-2], "--quality", "ultra", "-n", "6", "--yes").code == 0
    assert not somebody


def test_the_limit_is_kept(limner: Limner, sandbox: RunningSandbox, folder: Path):
    ran = limner(*PAINT, "--max-cost", "0.001", "--json")
    assert ran.code == 3
    assert ran.json["error"]["code"] == "over_max_cost"
    assert ran.json["error"]["stage"] == "budget"
    assert sandbox.requests.count("openai") == 0
    assert not list(folder.iterdir())


def test_moderation_is_exit_code_3(limner: Limner, sandbox: RunningSandbox):
    ran = limner("generate", "forbidden-violence", *PAINT[2:], "--json")
    assert ran.code == 3
    assert ran.json["error"]["stage"] == "moderation"


def test_a_provider_that_fails_is_exit_code_4(limner: Limner, sandbox: RunningSandbox, folder: Path):
    sandbox.faults.plan(Fault(FaultKind.STATUS, "openai", CALLS, status=400, times=None))
    ran = limner(*PAINT, "--json")
    assert ran.code == 4
    assert ran.json["error"]["provider"] == "openai"
    assert not list(folder.iterdir())


def test_a_lost_answer_is_exit_code_5_and_not_repeated(limner: Limner, sandbox: RunningSandbox):
    sandbox.faults.plan(Fault(FaultKind.RESET_AFTER_BILLED, "openai", CALLS, times=None))
    ran = limner(*PAINT)
    assert ran.code == 5
    assert "It may have been charged." in ran.err
    assert "Reference: run_" in ran.err or "Reference: attempt_" in ran.err
    assert sandbox.requests.count("openai") == 1


def test_a_key_that_is_wrong_is_exit_code_4(
    limner: Limner, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-invalid-1")
    ran = limner(*PAINT)
    assert ran.code == 4
    assert "Nothing was charged." in ran.err
    assert "sk-invalid-1" not in ran.err


def test_when_every_call_fails_differently_it_is_exit_code_7(
    limner: Limner, sandbox: RunningSandbox, folder: Path
):
    sandbox.faults.plan(Fault(FaultKind.STATUS, "openai", CALLS, status=400, times=1))
    sandbox.faults.plan(Fault(FaultKind.STATUS, "openai", CALLS, status=401, times=None))
    ran = limner(*PAINT, "-n", "12")
    assert ran.code == 7
    assert ran.err.count("  · ") == 2
    assert not list(folder.iterdir())


def test_when_a_part_comes_it_is_exit_code_1(limner: Limner, sandbox: RunningSandbox, folder: Path):
    sandbox.faults.plan(Fault(FaultKind.STATUS, "openai", CALLS, status=400, times=1))
    ran = limner(*PAINT, "-n", "12", "-o", "pear.png")
    assert ran.code == 1
    assert sorted(ran.out.split()) == sorted(path.name for path in folder.iterdir())
    assert len(ran.out.split()) in {2, 10}
    assert "missing" in ran.err
