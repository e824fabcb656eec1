"""What is held, charged and unknown counts against every budget it concerns, exactly."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Connection

from limner.core.errors import Refused, Stage, UserError
from limner.core.money import FREE
from limner.ledger.entries import Budget, Period
from limner.ledger.sql.book import release, reserve, resolve, settle
from limner.ledger.sql.budgets import budgets, remove_budget, set_budget, spent
from tests.ledger.samples import ADA, NOON, UNPRICED, charged, failed, spend, unknown

DAY = Budget("user:ada", Period.DAY, usd=Decimal("0.10"))


def left(db: Connection, at: datetime = NOON) -> Decimal:
    (account,) = budgets(db, at, "user:ada")
    assert (account.usd, account.images) == spent(db, "user:ada", account.budget.period, at)
    assert account.budget.usd is not None
    return account.budget.usd - account.usd


@pytest.mark.row("P4")
def test_a_hold_leaves_less_and_the_settlement_the_difference(db: Connection):
    set_budget(db, DAY, NOON)
    held = spend("0.06")
    reserve(db, held)
    assert left(db) == Decimal("0.04")
    settle(db, held.run, [charged("0.051")])
    assert left(db) == Decimal("0.049")
    settle(db, held.run, [charged("0.051")])  # once is enough
    assert left(db) == Decimal("0.049")


def test_what_was_never_sent_is_given_back(db: Connection):
    set_budget(db, DAY, NOON)
    held = spend("0.06")
    reserve(db, held)
    release(db, held.run)
    release(db, held.run)
    assert left(db) == Decimal("0.10")


@pytest.mark.row("P4")
@pytest.mark.row("C12")
def test_what_does_not_fit_is_refused_and_holds_nothing(db: Connection):
    set_budget(db, DAY, NOON)
    with pytest.raises(Refused) as refused:
        reserve(db, spend("0.11"))
    assert (refused.value.stage, refused.value.code) == (Stage.BUDGET, "over_budget")
    assert "$0.10" in str(refused.value)
    reserve(db, spend("0.10"))
    assert left(db) == 0


@pytest.mark.row("E12")
def test_every_owner_must_have_room(db: Connection):
    set_budget(db, Budget("tenant:acme", Period.TOTAL, usd=Decimal(1)), NOON)
    set_budget(db, DAY, NOON)
    reserve(db, spend("0.90", owners=("tenant:acme", "user:bob")))
    reserve(db, spend("0.09"))
    with pytest.raises(Refused, match="tenant:acme"):
        reserve(db, spend("0.02", owners=("tenant:acme", "user:bob")))
    reserve(db, spend("0.50", owners=("tenant:other", "user:bob")))


@pytest.mark.row("C12")
def test_pictures_are_counted_too(db: Connection):
    set_budget(db, Budget("user:ada", Period.HOUR, images=10), NOON)
    held = spend(images=8)
    reserve(db, held)
    with pytest.raises(Refused) as refused:
        reserve(db, spend(images=3))
    assert (refused.value.stage, refused.value.code) == (Stage.QUOTA, "over_quota")
    settle(db, held.run, [charged("0.02", images=6), failed()])
    reserve(db, spend(images=4))


@pytest.mark.parametrize(
    ("period", "after"),
    [
        (Period.HOUR, "2026-11-21T13:00+00:00"),
        (Period.DAY, "2026-11-22T00:00+00:00"),
        (Period.MONTH, "2026-12-01T00:00+00:00"),
        (Period.MONTH, "2028-03-01T00:00+00:00"),
        (Period.MONTH, "2028-01-01T00:00+00:00"),
    ],
)
def test_a_period_ends_to_the_microsecond(db: Connection, period: Period, after: str):
    first = datetime.fromisoformat(after)
    last = first - timedelta(microseconds=1)
    set_budget(db, Budget("user:ada", period, usd=Decimal("0.10")), last)
    late = spend("0.10", at=last)
    reserve(db, late)
    with pytest.raises(Refused):
        reserve(db, spend("0.01", at=last))
    reserve(db, spend("0.10", at=first))
    # The run of the old period ends in the new one, and changes nothing there.
    settle(db, late.run, [charged("0.01")])
    assert left(db, first) == 0


@pytest.mark.parametrize("period", [Period.HOUR, Period.DAY, Period.MONTH])
def test_a_clock_that_is_behind_spends_from_the_period_that_runs(db: Connection, period: Period):
    """Another machine's, or this one's after it was put back: its hour is over, so it is not counted anew."""
    first = datetime.fromisoformat("2026-12-01T00:00+00:00")
    behind = first - timedelta(seconds=5)
    set_budget(db, Budget("user:ada", period, usd=Decimal("0.10"), images=3), first)
    set_budget(db, Budget("tenant:acme", Period.TOTAL, usd=Decimal(1)), first)
    late = spend("0.06", at=behind)
    reserve(db, late)
    assert left(db, first) == Decimal("0.04")
    with pytest.raises(Refused):
        reserve(db, spend("0.06", at=behind))
    settle(db, late.run, [charged("0.01")])
    assert left(db, first) == Decimal("0.09")


def test_a_total_has_no_end(db: Connection):
    set_budget(db, Budget("user:ada", Period.TOTAL, usd=Decimal("0.10")), NOON)
    reserve(db, spend("0.10", at=NOON))
    with pytest.raises(Refused):
        reserve(db, spend("0.01", at=NOON + timedelta(days=4000)))


@pytest.mark.row("P4")
def test_what_is_free_needs_no_money(db: Connection):
    set_budget(db, Budget("user:ada", Period.DAY, usd=Decimal(0)), NOON)
    reserve(db, spend(FREE, model="limner/sketch"))
    with pytest.raises(Refused):
        reserve(db, spend("0.000000000001"))


@pytest.mark.row("P4")
def test_a_price_nobody_knows_needs_a_ceiling(db: Connection):
    reserve(db, spend(UNPRICED))  # no budget, nothing to hold
    set_budget(db, DAY, NOON)
    with pytest.raises(Refused) as refused:
        reserve(db, spend(UNPRICED))
    assert refused.value.code == "price_unknown"
    set_budget(db, Budget("user:ada", Period.DAY, usd=Decimal("0.10"), ceiling=Decimal("0.06")), NOON)
    held = spend(UNPRICED)
    reserve(db, held)
    assert left(db) == Decimal("0.04")
    settle(db, held.run, [charged(None), failed(), charged(None)])
    # It was charged, nobody knows how much: the ceiling goes on counting.
    assert left(db) == Decimal("0.04")


def test_an_unknown_call_counts_until_somebody_decides(db: Connection):
    set_budget(db, DAY, NOON)
    held, lost, late = spend("0.06"), unknown("0.03"), unknown("0.03")
    reserve(db, held)
    settle(db, held.run, [lost, late])
    assert left(db) == Decimal("0.04")
    resolve(db, lost.attempt, Decimal(0))
    assert left(db) == Decimal("0.07")
    resolve(db, late.attempt, Decimal("0.025"))
    assert left(db) == Decimal("0.075")
    with pytest.raises(UserError) as raised:
        resolve(db, lost.attempt, Decimal(1))
    assert raised.value.code == "unknown_attempt"


@pytest.mark.row("C12")
def test_crossing_a_share_of_a_budget_is_told_once(db: Connection):
    set_budget(db, Budget("user:ada", Period.DAY, usd=Decimal("0.10"), images=4), NOON)
    shares = [[str(found.share) for found in reserve(db, spend("0.02", images=1))] for _ in range(4)]
    assert shares == [[], ["0.5"], ["0.5"], ["0.8", "0.8", "1"]]
    (reached,) = reserve(db, spend("0.02", images=0))
    assert (reached.share, reached.used) == (1, Decimal("0.10"))


def test_what_is_spent_already_counts_in_a_new_budget(db: Connection):
    held = spend("0.06")
    reserve(db, held)
    reserve(db, spend("0.01", at=NOON - timedelta(days=1)))
    set_budget(db, DAY, NOON)
    assert left(db) == Decimal("0.04")
    settle(db, held.run, [charged("0.05")])
    assert left(db) == Decimal("0.05")


def test_a_removed_budget_limits_nothing(db: Connection):
    set_budget(db, DAY, NOON)
    held = spend("0.10")
    reserve(db, held)
    remove_budget(db, "user:ada", Period.DAY)
    reserve(db, spend("5"))
    settle(db, held.run, [charged("0.10")])


@pytest.mark.parametrize(
    "budget",
    [
        Budget("user:ada", Period.DAY),
        Budget("user:ada", Period.DAY, ceiling=Decimal(1)),
        Budget("user:ada", Period.DAY, usd=Decimal(-1)),
        Budget("user:ada", Period.DAY, images=-1),
        Budget("user:ada", Period.DAY, usd=Decimal(10**7)),
        Budget("", Period.DAY, usd=Decimal(1)),
        Budget("u" * 201, Period.DAY, usd=Decimal(1)),
    ],
)
def test_a_budget_makes_sense(db: Connection, budget: Budget):
    with pytest.raises(UserError):
        set_budget(db, budget, NOON)


def test_amounts_are_kept_to_the_twelfth_place_and_never_rounded_down(db: Connection):
    set_budget(db, DAY, NOON)
    held = spend("0.03")
    reserve(db, held)
    third = Decimal("0.01") / 3
    settle(db, held.run, [charged(third), charged(third), charged(third)])
    assert Decimal("0.10") - left(db) == Decimal("0.010000000002")


def test_an_owner_named_twice_counts_once(db: Connection):
    set_budget(db, DAY, NOON)
    reserve(db, spend("0.05", owners=(*ADA, "user:ada")))
    assert left(db) == Decimal("0.05")
