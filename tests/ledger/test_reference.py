"""Any history of budgets, holds and settlements comes to what a plain list of entries comes to."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from limner.core.errors import Refused
from limner.core.money import Price
from limner.ledger.entries import Budget, Charge, Period, Spend, State
from limner.ledger.sql.book import release, reserve, resolve, settle
from limner.ledger.sql.budgets import budgets, set_budget, spent
from limner.ledger.sql.usage import usage
from limner.ledger.usage import GROUPS, By
from tests.ledger.samples import NOON, UNPRICED, charged, failed, spend, unknown, usd

OWNERS = ("tenant:acme", "user:ada", "user:bob")
CENTS = st.integers(0, 12).map(lambda cents: Decimal(cents) / 100)


@dataclass
class Entry:
    """What the reference remembers of a hold or an attempt."""

    spend: Spend
    counts: Decimal
    """Against budgets."""
    images: int
    charge: Charge | None = None
    """Absent: it is held."""
    decided: Decimal | None = None
    """What a person said of an unknown one."""


@dataclass
class Reference:
    """The ledger as a list that is added up each time."""

    entries: list[Entry] = field(default_factory=list[Entry])
    budgets: dict[tuple[str, Period], Budget] = field(default_factory=dict[Any, Budget])

    def used(self, owner: str, period: Period, now: datetime) -> tuple[Decimal, int]:
        start = period.start(now)
        mine = [
            entry
            for entry in self.entries
            if owner in entry.spend.owners and (start is None or entry.spend.at >= start)
        ]
        return sum((entry.counts for entry in mine), Decimal(0)), sum(entry.images for entry in mine)

    def concerning(self, spend: Spend) -> list[Budget]:
        return [budget for budget in self.budgets.values() if budget.owner in spend.owners]

    def held(self, spend: Spend) -> Decimal | None:
        """What to hold. Absent: refused, because a ceiling is missing."""
        if spend.price.most is not None:
            return spend.price.most
        ceilings = [budget.ceiling for budget in self.concerning(spend) if budget.usd is not None]
        return None if None in ceilings else max((c for c in ceilings if c is not None), default=Decimal(0))

    def reserve(self, spend: Spend) -> bool:
        held = self.held(spend)
        if held is None or not all(self.fits(budget, spend, held) for budget in self.concerning(spend)):
            return False
        self.entries.append(Entry(spend, held, spend.images))
        return True

    def fits(self, budget: Budget, spend: Spend, held: Decimal) -> bool:
        money, images = self.used(budget.owner, budget.period, spend.at)
        rich = budget.usd is None or spend.price.free or money + held <= budget.usd
        return rich and (budget.images is None or images + spend.images <= budget.images)

    def settle(self, run: str, charges: list[Charge]) -> None:
        hold = next((e for e in self.entries if e.spend.run == run and e.charge is None), None)
        if hold is None:
            return
        self.entries.remove(hold)
        paid = sum(charge.state is not State.FAILED for charge in charges)
        for charge in charges:
            counts = charge.cost.usd if charge.state is not State.UNKNOWN else charge.possible
            if counts is None:
                counts = hold.counts / paid
            self.entries.append(Entry(hold.spend, counts, charge.images, charge))

    def release(self, run: str) -> None:
        self.entries = [e for e in self.entries if not (e.spend.run == run and e.charge is None)]

    def resolve(self, attempt: str, amount: Decimal) -> None:
        for entry in self.entries:
            if entry.charge is not None and entry.charge.attempt == attempt:
                entry.counts = entry.decided = amount

    def usage(self, by: list[By]) -> dict[tuple[str, ...], tuple[int, int, int, Decimal, Decimal, int]]:
        lines: dict[tuple[str, ...], list[Entry]] = {}
        for entry in self.entries:
            if entry.charge is None:
                continue
            for owner in dict.fromkeys(entry.spend.owners) if "owner" in by else [""]:
                names = {
                    "day": entry.spend.at.date().isoformat(),
                    "owner": owner,
                    "model": entry.charge.model,
                    "provider": entry.charge.provider,
                    "operation": entry.spend.operation.value,
                }
                lines.setdefault(tuple(names[name] for name in by), []).append(entry)
        return {group: _line(entries) for group, entries in lines.items()}


def _line(entries: list[Entry]) -> tuple[int, int, int, Decimal, Decimal, int]:
    states = [(entry, _state(entry)) for entry in entries]
    paid = [entry for entry, state in states if state is State.CHARGED]
    prices = [entry.decided if entry.decided is not None else _usd(entry) for entry in paid]
    return (
        len(entries),
        sum(state is State.FAILED for _, state in states),
        sum(entry.images for entry in paid),
        sum((price for price in prices if price is not None), Decimal(0)),
        sum((entry.counts for entry, state in states if state is State.UNKNOWN), Decimal(0)),
        prices.count(None) + sum(state is State.UNKNOWN and not entry.counts for entry, state in states),
    )


def _usd(entry: Entry) -> Decimal | None:
    return None if entry.charge is None else entry.charge.cost.usd


def _state(entry: Entry) -> State:
    assert entry.charge is not None
    if entry.decided is None:
        return entry.charge.state
    return State.CHARGED if entry.decided else State.FAILED


@st.composite
def steps(draw: st.DrawFn) -> list[tuple[Any, ...]]:
    """A history: what is done, in which order."""
    kinds = ["budget", "reserve", "reserve", "reserve", "settle", "settle", "release", "resolve", "wait"]
    return [_step(draw, kind) for kind in draw(st.lists(st.sampled_from(kinds), min_size=8, max_size=40))]


def _step(draw: st.DrawFn, kind: str) -> tuple[Any, ...]:
    match kind:
        case "budget":
            money = draw(st.none() | CENTS)
            pictures = draw(st.none() | st.integers(0, 12)) if money is not None else draw(st.integers(0, 12))
            owner, period = draw(st.sampled_from(OWNERS)), draw(st.sampled_from(list(Period)))
            return kind, Budget(owner, period, money, pictures, draw(st.none() | CENTS))
        case "reserve":
            price: Price = draw(st.just(UNPRICED) | CENTS.map(usd))
            owners = draw(st.sampled_from([OWNERS[:2], (OWNERS[0], OWNERS[2]), ("user:bob",)]))
            model = draw(st.sampled_from(["openai/one", "openai/two", "stability/core"]))
            return kind, price, owners, draw(st.integers(1, 4)), model
        case "settle":
            one = CENTS.map(charged) | st.just(None).map(charged) | st.builds(failed)
            lost = CENTS.map(unknown) | st.just(None).map(unknown)
            return kind, draw(st.integers(0, 9)), draw(st.lists(one | lost, min_size=1, max_size=2))
        case "resolve":
            return kind, draw(st.integers(0, 9)), draw(CENTS)
        case "wait":
            return kind, draw(st.sampled_from([60, 3599, 3600, 86_399, 86_400, 40 * 86_400]))
        case _:
            return kind, draw(st.integers(0, 9))


class History:
    """Both ledgers, side by side."""

    def __init__(self, db: Connection) -> None:
        self.db = db
        self.reference = Reference()
        self.now = NOON
        self.runs: list[str] = []

    def budget(self, budget: Budget) -> None:
        set_budget(self.db, budget, self.now)
        self.reference.budgets[budget.owner, budget.period] = budget

    def reserve(self, price: Price, owners: tuple[str, ...], images: int, model: str) -> None:
        asked = spend(price, owners=owners, images=images, model=model, at=self.now)
        fits = self.reference.reserve(asked)
        try:
            reserve(self.db, asked)
        except Refused:
            assert not fits
        else:
            assert fits
            self.runs.append(asked.run)

    def settle(self, which: int, charges: list[Charge]) -> None:
        if self.runs:
            run = self.runs[which % len(self.runs)]
            settle(self.db, run, charges)
            self.reference.settle(run, charges)

    def release(self, which: int) -> None:
        if self.runs:
            run = self.runs[which % len(self.runs)]
            release(self.db, run)
            self.reference.release(run)

    def resolve(self, which: int, amount: Decimal) -> None:
        lost = [
            e.charge.attempt
            for e in self.reference.entries
            if e.charge is not None and _state(e) is State.UNKNOWN
        ]
        if lost:
            resolve(self.db, lost[which % len(lost)], amount)
            self.reference.resolve(lost[which % len(lost)], amount)

    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    def check(self) -> None:
        for account in budgets(self.db, self.now):
            budget = account.budget
            wanted = self.reference.used(budget.owner, budget.period, self.now)
            assert (account.usd, account.images) == wanted
            assert spent(self.db, budget.owner, budget.period, self.now) == wanted
        for by in [[], *([group] for group in GROUPS), ["day", "model"], ["owner", "operation"]]:
            lines = {
                line.group: (
                    line.calls,
                    line.failed,
                    line.images,
                    line.usd,
                    line.unknown_usd,
                    line.unpriced,
                )
                for line in usage(self.db, by)
            }
            assert lines == self.reference.usage(by)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(history=steps())
def test_the_ledger_agrees_with_a_list(db: Connection, history: list[tuple[Any, ...]]):
    with db.begin_nested() as savepoint:
        both = History(db)
        for kind, *arguments in history:
            getattr(both, kind)(*arguments)
        both.check()
        savepoint.rollback()
