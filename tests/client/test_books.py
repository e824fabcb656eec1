"""Runs, usage and budgets from the library; the store remembers them from one process to the next."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from limner import AsyncLimner, Limner
from limner.client.books import amount, moment
from limner.core.errors import Refused, UserError

SKETCH = {"model": "limner/sketch", "size": "64x64"}


@pytest.fixture
def store(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'limner.db'}"


@pytest.mark.row("E4")
def test_another_limner_finds_what_this_one_made(store: str):
    with Limner(store=store) as limner:
        made = limner.generate("a pear", seed=3, **SKETCH)  # pyright: ignore[reportArgumentType]
    with Limner(store=store) as limner:
        [line] = limner.runs.list()
        assert (line.id, line.prompt, line.model, line.images) == (made.id, "a pear", "limner/sketch", 1)
        assert limner.runs.show(made.id).line == line
        assert limner.runs.resume(made.id).image.picture.data == made.image.picture.data
        assert limner.runs.list(state="unknown") == []
        [used] = limner.usage("day", "model")
        assert used.group == (line.at.date().isoformat(), "limner/sketch")
        assert (used.calls, used.images, used.usd) == (1, 1, 0)
        assert limner.usage(since="2100-01-01") == []


@pytest.mark.row("E1")
async def test_a_budget_of_pictures_holds(store: str):
    async with AsyncLimner(store=store) as limner:
        await limner.budgets.set("tenant:local", "day", images=1)
        await limner.generate("a pear", **SKETCH)  # pyright: ignore[reportArgumentType]
        with pytest.raises(Refused) as caught:
            await limner.generate("a plum", **SKETCH)  # pyright: ignore[reportArgumentType]
        assert caught.value.code == "over_quota"
        [account] = await limner.budgets.list()
        assert (account.images, account.budget.images) == (1, 1)
        await limner.budgets.remove("tenant:local", "day")
        await limner.generate("a plum", **SKETCH)  # pyright: ignore[reportArgumentType]


def test_without_a_store_the_remedy_is_named():
    with Limner() as limner, pytest.raises(UserError) as caught:
        limner.runs.list()
    assert caught.value.code == "no_store"


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("2026-11-21", datetime(2026, 11, 21, tzinfo=UTC)),
        ("2026-11-21T14:30+02:00", datetime(2026, 11, 21, 12, 30, tzinfo=UTC)),
        (date(2026, 11, 21), datetime(2026, 11, 21, tzinfo=UTC)),
        (datetime(2026, 11, 21, 5), datetime(2026, 11, 21, 5, tzinfo=UTC)),  # noqa: DTZ001 - in UTC then
        (None, None),
    ],
)
def test_moments_are_read(value: str | date | None, read: datetime | None):
    assert moment(value, "since") == read


def test_amounts_are_read_exactly():
    assert [amount(value, "usd") for value in ("$0.10", 0.1, Decimal("0.10"))] == [Decimal("0.1")] * 3


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda limner: limner.runs.list(state="finnished"), "unknown_state"),
        (lambda limner: limner.runs.list(since="yesterday"), "invalid_time"),
        (lambda limner: limner.runs.resolve("attempt_1", "much"), "invalid_amount"),
        (lambda limner: limner.budgets.set("tenant:local", usd="NaN"), "invalid_amount"),
        (lambda limner: limner.usage("modell"), "unknown_group"),
        (lambda limner: limner.budgets.set("tenant:local", "week", usd=1), "unknown_period"),
        (lambda limner: limner.budgets.set("tenant:local"), "empty_budget"),
    ],
)
def test_a_wrong_value_is_named(store: str, call, code: str):
    with Limner(store=store) as limner, pytest.raises(UserError) as caught:
        call(limner)
    assert caught.value.code == code


@pytest.mark.parametrize("value", ["yesterday", "0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00"])
def test_what_is_no_moment_is_refused(value: str):
    with pytest.raises(UserError) as raised:
        moment(value, "since")
    assert raised.value.code == "invalid_time"
