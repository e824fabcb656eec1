"""Runs, usage and budgets, read from the rows of the journal and of the ledger."""

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, select, update

from limner.core.clock import Clock
from limner.core.errors import Billed, Error, UserError
from limner.core.results import AttemptState
from limner.engine import records
from limner.engine.books import MOST_RUNS, PAGE, Call, Filter, RunLine, RunStory
from limner.engine.journal import Held, RunState, no_such_run
from limner.engine.sql.tables import ATTEMPTS, RUNS
from limner.ledger.entries import Account, Budget, Period, State
from limner.ledger.sql import book, budgets
from limner.ledger.sql.tables import ENTRIES, OWNERS
from limner.ledger.sql.usage import usage
from limner.ledger.usage import By, Usage
from limner.storage.database import Database

_NOTHING: Final = Decimal(0)
_LONGEST: Final = 200
"""Characters of a prompt that a list shows."""


class SqlBooks:
    """The books of a store; see `limner.engine.books.Books`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Use a database that has the current schema.

        Args:
            database: with the rows.
            clock: decides which period of a budget is running.
        """
        self._database = database
        self._clock = clock

    async def runs(
        self,
        *,
        state: Filter | None = None,
        model: str | None = None,
        owner: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        before: str | None = None,
        limit: int = PAGE,
    ) -> list[RunLine]:
        """The runs there are, the newest first."""
        wanted = select(RUNS).order_by(RUNS.c.id.desc()).limit(min(max(limit, 1), MOST_RUNS))
        if state is not None:
            wanted = wanted.where(_entry(State.UNKNOWN) if state == "unknown" else RUNS.c.state == state)
        if model is not None:
            wanted = wanted.where(RUNS.c.id.in_(select(ENTRIES.c.run).where(ENTRIES.c.model == model)))
        if owner is not None:
            owned = ENTRIES.join(OWNERS, OWNERS.c.entry == ENTRIES.c.id)
            wanted = wanted.where(
                RUNS.c.id.in_(select(ENTRIES.c.run).select_from(owned).where(OWNERS.c.owner == owner))
            )
        wanted = _between(wanted, since, until)
        if before is not None:
            wanted = wanted.where(RUNS.c.id < before)
        return await self._database.read(lambda db: _lines(db, wanted))

    async def show(self, run: str) -> RunStory:
        """One run with everything its rows say."""
        return await self._database.read(lambda db: _story(db, run))

    async def resolve(self, attempt: str, usd: Decimal) -> None:
        """Decide what an unknown attempt came to, in the ledger and in the journal, in one transaction."""
        if not usd.is_finite() or not 0 <= usd <= budgets.MOST:
            raise UserError(
                f"{usd} is no amount that a call can have cost.",
                code="invalid_amount",
                field="usd",
                remedy="Give what the provider's bill says, in US dollars; 0: it was not billed.",
            )

        def work(db: Connection) -> None:
            book.resolve(db, attempt, usd)
            _decide(db, attempt, Billed.YES if usd else Billed.NO)

        await self._database.write(work)

    async def usage(
        self,
        by: Sequence[By],
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        owner: str | None = None,
    ) -> list[Usage]:
        """Add up what was spent."""
        return await self._database.read(lambda db: usage(db, by, since=since, until=until, owner=owner))

    async def budgets(self, owner: str | None = None) -> list[Account]:
        """The budgets there are, with what is used of each."""
        now = self._clock.now()
        return await self._database.read(lambda db: budgets.budgets(db, now, owner))

    async def set_budget(self, budget: Budget) -> None:
        """Set an owner's budget for a period."""
        now = self._clock.now()
        await self._database.write(lambda db: budgets.set_budget(db, budget, now))

    async def remove_budget(self, owner: str, period: Period) -> None:
        """Remove a budget."""
        if not await self._database.write(lambda db: budgets.remove_budget(db, owner, period)):
            raise UserError(
                f"{owner!r} has no budget for each {period.value}."
                if period is not Period.TOTAL
                else f"{owner!r} has no budget in total.",
                code="unknown_budget",
                field="owner",
                remedy="`limner budgets` lists those there are.",
            )


def _entry(state: State) -> Any:
    return RUNS.c.id.in_(select(ENTRIES.c.run).where(ENTRIES.c.state == state.value))


def _between(wanted: Select[Any], since: datetime | None, until: datetime | None) -> Select[Any]:
    if since is not None:
        wanted = wanted.where(RUNS.c.at >= since)
    return wanted if until is None else wanted.where(RUNS.c.at < until)


def _lines(db: Connection, wanted: Select[Any]) -> list[RunLine]:
    found = db.execute(wanted).all()
    entries: dict[str, list[Row[Any]]] = {row.id: [] for row in found}
    for entry in db.execute(select(ENTRIES).where(ENTRIES.c.run.in_(entries)).order_by(ENTRIES.c.id)):
        entries[entry.run].append(entry)
    return [_line(row, entries[row.id]) for row in found]


def _line(run: Row[Any], entries: Sequence[Row[Any]]) -> RunLine:
    user, _ = json.loads(run.caller)
    request = json.loads(run.request)
    held = None if run.held is None else records.read(Held, run.held)
    charged = [entry for entry in entries if entry.state in {State.CHARGED, State.FAILED}]
    unknown = [entry for entry in entries if entry.state == State.UNKNOWN]
    return RunLine(
        id=run.id,
        at=run.at,
        state=RunState(run.state),
        operation=request["operation"],
        model=None if held is None else held.model,
        prompt=request["prompt"][:_LONGEST],
        owner=f"tenant:{run.tenant}" if user is None else f"user:{user}",
        usd=_sum(entry.usd for entry in charged),
        held=_sum(entry.usd for entry in entries if entry.state == State.HELD),
        possible=_sum(entry.possible for entry in unknown),
        unpriced=sum(entry.usd is None for entry in charged) + sum(not entry.possible for entry in unknown),
        images=sum(entry.images for entry in charged),
        unknown=tuple(entry.id for entry in unknown),
    )


def _sum(amounts: Any) -> Decimal:
    return sum((amount for amount in amounts if amount is not None), _NOTHING)


def _story(db: Connection, run: str) -> RunStory:
    lines = _lines(db, select(RUNS).where(RUNS.c.id == run))
    if not lines:
        raise no_such_run(run)
    row = db.execute(select(RUNS).where(RUNS.c.id == run)).one()
    entries = {entry.id: entry for entry in db.execute(select(ENTRIES).where(ENTRIES.c.run == run))}
    tried = db.execute(select(ATTEMPTS).where(ATTEMPTS.c.run == run).order_by(ATTEMPTS.c.number))
    outcome = row.outcome if row.state == RunState.FAILED else None
    return RunStory(
        line=lines[0],
        calls=tuple(_call(attempt, entries.get(attempt.id)) for attempt in tried),
        error=None if outcome is None else records.read_error(outcome),
        idempotent=row.key is not None,
    )


def _call(attempt: Row[Any], entry: Row[Any] | None) -> Call:
    native = entry is not None and entry.native is not None
    return Call(
        id=attempt.id,
        model=attempt.model,
        state=attempt.state,
        at=attempt.at,
        request_id=attempt.request_id,
        error=None if attempt.error is None else records.read_error(attempt.error),
        entry=None if entry is None else State(entry.state),
        usd=None if entry is None else entry.usd,
        possible=(entry.possible or None) if entry is not None and entry.state == State.UNKNOWN else None,
        native=f"{entry.native} {entry.unit}" if entry is not None and native else None,
        arithmetic="" if entry is None else entry.arithmetic,
    )


def _decide(db: Connection, attempt: str, billed: Billed) -> None:
    """Write on the attempt, and on its run when that was the last, whether it was billed."""
    row = db.execute(select(ATTEMPTS.c.run, ATTEMPTS.c.error).where(ATTEMPTS.c.id == attempt)).first()
    if row is None:
        return  # a ledger restored without its journal
    values: dict[str, object] = {"state": AttemptState.FAILED.value}
    if row.error is not None:
        values["error"] = _decided(records.read_error(row.error), billed)
    db.execute(update(ATTEMPTS).where(ATTEMPTS.c.id == attempt).values(**values))
    _decide_run(db, row.run)


def _decide_run(db: Connection, run: str) -> None:
    """A failed run whose calls are all decided was billed when any of them was."""
    row = db.execute(select(RUNS).where(RUNS.c.id == run).with_for_update()).one()
    states = set(db.scalars(select(ENTRIES.c.state).where(ENTRIES.c.run == run)))
    if row.state != RunState.FAILED or row.outcome is None or {State.UNKNOWN, State.HELD} & states:
        return
    billed = Billed.YES if State.CHARGED in states else Billed.NO
    outcome = _decided(records.read_error(row.outcome), billed)
    db.execute(update(RUNS).where(RUNS.c.id == run).values(outcome=outcome))


def _decided(error: Error, billed: Billed) -> str:
    """The error, with what is known now in place of what was not; some kinds could not say it."""
    known = Error(
        error.message,
        code=error.code,
        remedy="A person has looked at the provider's bill; the same request may be sent anew.",
        billed=billed,
        request_id=error.request_id,
    )
    return records.write_error(known)
