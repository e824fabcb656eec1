"""Statements of the journal: plain functions over a connection."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from limner.core.adapter import Ticket
from limner.core.errors import Billed, Error, UserError
from limner.core.money import Cost
from limner.core.requests import Request
from limner.core.results import AttemptState
from limner.engine import records
from limner.engine.fingerprint import sha256
from limner.engine.journal import AttemptRow, Caller, Held, RunRow, RunState, key_of, may_cost, no_such_run
from limner.engine.sql.tables import ATTEMPTS, BLOBS, EXECUTORS, RUNS
from limner.storage.upsert import insert_new, upsert

IN_PROGRESS: Final = "run_in_progress"
FORGOTTEN: Final = timedelta(days=1)
"""After how long a process that never said goodbye is forgotten."""


def open_run(
    db: Connection, row: RunRow, *, executor: str, request: str, fingerprint: str
) -> Row[Any] | None:
    """Write a new run.

    Args:
        db: in a transaction.
        row: the run.
        executor: who carries it on.
        request: its record.
        fingerprint: of the request.

    Returns:
        The run that has the same idempotency key already; `None`: there is none, and the new one was
        written. A run that bought nothing gives its key free.
    """
    key = _key(row)
    values = {
        "id": row.id,
        "tenant": row.caller.tenant,
        "caller": json.dumps([row.caller.user, row.caller.others]),
        "request": request,
        "at": row.at,
        "state": row.state.value,
        "executor": executor,
        "key": key,
        "fingerprint": fingerprint,
    }
    while insert_new(db, RUNS, [values]) == 0:
        found = db.execute(select(RUNS).where(RUNS.c.key == key).with_for_update()).first()
        if found is not None and not _bought_nothing(found):
            return found
        db.execute(update(RUNS).where(RUNS.c.key == key).values(key=None))
    return None


def _key(row: RunRow) -> str | None:
    """One key for each caller and each idempotency key of theirs, however long those are."""
    key = key_of(row)
    return None if key is None else sha256(json.dumps(key).encode())


def _bought_nothing(run: Row[Any]) -> bool:
    return run.state == RunState.FAILED and records.read_error(run.outcome).billed is Billed.NO


def claim(db: Connection, run: str, *, executor: str, now: datetime) -> Row[Any]:
    """Take an open run over.

    Returns:
        The run; one that is closed is only read.

    Raises:
        UserError: there is no such run, or another living process is carrying it on.
    """
    row = db.execute(select(RUNS).where(RUNS.c.id == run).with_for_update()).first()
    if row is None:
        raise no_such_run(run)
    if row.state not in {RunState.OPEN, RunState.WAITING}:
        return row
    if row.state == RunState.OPEN and row.executor != executor and is_alive(db, row.executor, now):
        raise in_progress(run)
    db.execute(update(RUNS).where(RUNS.c.id == run).values(executor=executor, state=RunState.OPEN.value))
    return db.execute(select(RUNS).where(RUNS.c.id == run)).one()


def in_progress(run: str) -> UserError:
    """What to say of a run that somebody is carrying on."""
    return UserError(
        f"{run} is being carried on already.",
        code=IN_PROGRESS,
        field="run",
        remedy="Wait for it. If the process that did so has died, try again in a minute.",
    )


def change_run(db: Connection, run: str, *, executor: str, **values: object) -> None:
    """Change columns of a run.

    Raises:
        Error: another process has taken it over.
    """
    mine = (RUNS.c.id == run) & (RUNS.c.executor == executor)
    if db.execute(update(RUNS).where(mine).values(**values)).rowcount == 0:
        raise _taken_over(run)


def check_open(db: Connection, run: str) -> None:
    """Refuse to go on with a run that is closed, or that somebody else has to claim first.

    Raises:
        Error: it is.
    """
    state = db.scalar(select(RUNS.c.state).where(RUNS.c.id == run).with_for_update())
    if state != RunState.OPEN:
        raise Error(
            f"{run} was let go before anything was sent.",
            code="run_closed",
            remedy="Ask again.",
            request_id=run,
        )


def _taken_over(run: str) -> Error:
    return Error(
        f"{run} was taken over by another process, which counted this one as dead.",
        code="run_taken_over",
        remedy=f"`limner runs show {run}` tells how it stands.",
        billed=Billed.UNKNOWN,
        request_id=run,
    )


def carries(db: Connection, run: str, executor: str) -> bool:
    """Whether a process still carries a run on; if so, nobody takes it over until the transaction ends."""
    return db.scalar(select(RUNS.c.executor).where(RUNS.c.id == run).with_for_update()) == executor


def add_attempt(db: Connection, row: AttemptRow, *, executor: str) -> None:
    """Write the `sending` row.

    Raises:
        Error: another process has taken the run over, so this one must not send.
    """
    if not carries(db, row.run, executor):
        raise _taken_over(row.run)
    made = db.scalar(select(func.count()).where(ATTEMPTS.c.run == row.run)) or 0
    db.execute(
        insert(ATTEMPTS).values(
            id=row.id,
            run=row.run,
            number=made,
            position=row.index,
            provider=row.provider,
            model=row.model,
            state=row.state.value,
            at=row.at,
            sent=json.dumps(row.sent, default=str),
            stage=row.stage,
        )
    )


def change_attempt(db: Connection, attempt: str, **values: object) -> None:
    """Change columns of an attempt."""
    db.execute(update(ATTEMPTS).where(ATTEMPTS.c.id == attempt).values(**values))


def attempt_home(db: Connection, attempt: str) -> tuple[str, str]:
    """The run and the tenant of an attempt."""
    joined = select(RUNS.c.id, RUNS.c.tenant).join(ATTEMPTS, ATTEMPTS.c.run == RUNS.c.id)
    found = db.execute(joined.where(ATTEMPTS.c.id == attempt)).one()
    return found.id, found.tenant


def has_ticket(db: Connection, run: str) -> bool:
    """Whether something of the run can still be polled."""
    waiting = select(ATTEMPTS.c.id).where(
        ATTEMPTS.c.run == run, ATTEMPTS.c.state == AttemptState.SENT.value, ATTEMPTS.c.ticket.is_not(None)
    )
    return db.execute(waiting.limit(1)).first() is not None


def may_have_cost(db: Connection, run: str) -> bool:
    """Whether something of the run may have been paid for."""
    held = db.scalar(select(RUNS.c.held).where(RUNS.c.id == run))
    return may_cost(None if held is None else records.read(Held, held), attempts(db, run))


def name_blobs(db: Connection, run: str, digests: Iterable[str]) -> None:
    """Say that a run needs these bytes."""
    insert_new(db, BLOBS, [{"run": run, "digest": digest} for digest in digests])


def attempts(db: Connection, run: str) -> tuple[AttemptRow, ...]:
    """The attempts of a run, in the order they were made."""
    found = db.execute(select(ATTEMPTS).where(ATTEMPTS.c.run == run).order_by(ATTEMPTS.c.number))
    return tuple(_attempt_row(row) for row in found)


def attempts_at(db: Connection, model: str, since: datetime, *, but: str) -> tuple[AttemptRow, ...]:
    """The attempts at a model since a moment, but one."""
    wanted = (ATTEMPTS.c.model == model, ATTEMPTS.c.at >= since, ATTEMPTS.c.id != but)
    return tuple(_attempt_row(row) for row in db.execute(select(ATTEMPTS).where(*wanted)))


def _attempt_row(row: Row[Any]) -> AttemptRow:
    return AttemptRow(
        id=row.id,
        run=row.run,
        index=row.position,
        provider=row.provider,
        model=row.model,
        state=AttemptState(row.state),
        at=row.at,
        sent=json.loads(row.sent),
        ticket=None if row.ticket is None else records.read(Ticket, row.ticket),
        request_id=row.request_id,
        error=None if row.error is None else records.read_error(row.error),
        stage=row.stage,
    )


def run_row(row: Row[Any], request: Request, tried: tuple[AttemptRow, ...]) -> RunRow:
    """A run as the engine knows it."""
    user, others = json.loads(row.caller)
    return RunRow(
        id=row.id,
        caller=Caller(row.tenant, user, tuple(others)),
        request=request,
        at=row.at,
        state=RunState(row.state),
        held=None if row.held is None else records.read(Held, row.held),
        settled=None if row.settled is None else records.read(Cost, row.settled),
        attempts=tried,
    )


def lease(db: Connection, executor: str, until: datetime) -> None:
    """Say until when a process counts as alive. Those that died long ago are forgotten."""
    upsert(db, EXECUTORS, {"id": executor, "lease_until": until})
    db.execute(delete(EXECUTORS).where(EXECUTORS.c.lease_until < until - FORGOTTEN))


def leave(db: Connection, executor: str) -> None:
    """Say that a process has ended."""
    db.execute(delete(EXECUTORS).where(EXECUTORS.c.id == executor))


def is_alive(db: Connection, executor: str, now: datetime) -> bool:
    """Whether a process has given a sign of life lately."""
    until = db.scalar(select(EXECUTORS.c.lease_until).where(EXECUTORS.c.id == executor))
    return until is not None and until > now
