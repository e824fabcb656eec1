"""A thousand at once against room for one, ten and a hundred: exactly as many pass as there is room for."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import pytest

from limner.ledger.entries import Budget, Period
from limner.ledger.sql.budgets import budgets, set_budget, spent
from tests.support.databases import database
from tests.support.sources import ROOT
from tests.support.spender import opened

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
CROWDS = [
    {"processes": 1, "threads": 1, "tasks": 1000},
    {"processes": 1, "threads": 4, "tasks": 250},
    {"processes": 4, "threads": 2, "tasks": 125},
]


@pytest.fixture(scope="module")
def spender() -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "tests.support.spender"]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    yield process
    process.communicate()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("crowd")
    with database(request.param, folder) as url:
        yield url


def told(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream


@pytest.mark.row("P4")
@pytest.mark.row("C12")
@pytest.mark.parametrize("room", [1, 10, 100])
@pytest.mark.parametrize("crowd", CROWDS, ids=["tasks", "threads", "processes"])
async def test_of_a_thousand_exactly_as_many_pass_as_there_is_room_for(
    url: str, room: int, crowd: dict[str, int], spender: "subprocess.Popen[str]"
):
    owner = f"user:{room}-{crowd['threads']}-{crowd['processes']}"
    budget = Budget(owner, Period.TOTAL, usd=Decimal("0.01") * room)
    base = opened(url)
    await base.write(lambda db: set_budget(db, budget, NOW))
    plan: dict[str, Any] = {"url": url, "owner": owner, **crowd}
    told(spender.stdin).write(json.dumps(plan) + "\n")
    told(spender.stdin).flush()
    assert json.loads(told(spender.stdout).readline()) == {"passed": room, "refused": 1000 - room}
    (account,) = await base.read(lambda db: budgets(db, NOW, owner))
    added = await base.read(lambda db: spent(db, owner, Period.TOTAL, NOW))
    await base.aclose()
    assert (account.usd, account.images) == added == (budget.usd, room)
