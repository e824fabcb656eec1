"""The journal in SQL: every promise about a crash is kept here.

Bytes are stored before the row that names them; a row is durable before what it announces is done.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Row, select

from limner.core.adapter import Done, Ticket
from limner.core.clock import Clock
from limner.core.errors import Billed, Cancelled, Error, ImageProcessing, StoreFailed, UserError
from limner.core.ids import new_id
from limner.core.money import Cost
from limner.core.requests import Request
from limner.core.results import AttemptState, Result
from limner.engine import records
from limner.engine.fingerprint import fingerprint
from limner.engine.journal import (
    RIVALS_FROM,
    AttemptRow,
    Caller,
    Held,
    RunRow,
    RunState,
    idempotency_conflict,
    may_be_paid,
    state_after,
)
from limner.engine.records import Record
from limner.engine.sql import rows
from limner.engine.sql.tables import ATTEMPTS, RUNS
from limner.ledger.entries import Account, Charge, Spend, Threshold
from limner.ledger.sql import book, budgets
from limner.storage.blobs import Blobs
from limner.storage.database import Database, Work

T = TypeVar("T")

LEASE: Final = timedelta(seconds=60)
"""How long a process that says nothing counts as alive: longer than a database may be away."""
BEAT: Final = 10.0
"""Seconds between two signs of life."""
LOOK: Final = 0.25
"""Seconds between two looks at a run that somebody else carries on."""
PATIENCE: Final = 45.0
"""Seconds to go on trying to write what has been paid for, while the store is away."""
PAUSE: Final = 0.5
"""Seconds between two tries."""
AWAY: Final = frozenset({"store_unreachable", "store_locked"})
"""Codes of faults that pass."""


class SqlJournal:
    """The journal of a process that remembers. Several processes share one."""

    def __init__(self, database: Database, blobs: Blobs, clock: Clock) -> None:
        """Use a database that has the current schema.

        Args:
            database: for rows.
            blobs: for bytes.
            clock: stamps rows and leases.
        """
        self._database = database
        self._blobs = blobs
        self._clock = clock
        self._executor = new_id("executor")
        self._beating: asyncio.Task[None] | None = None
        self._pulse: asyncio.Task[None] | None = None
        self._carrying: set[str] = set()
        self._room_until = float("-inf")

    # --- runs ---------------------------------------------------------------------------

    async def open(self, request: Request, caller: Caller) -> RunRow | Result:
        """Begin a run; for a key seen before, wait for the first run with it and give its result."""
        await self._alive()
        record, print_ = await asyncio.to_thread(
            lambda: (records.write_request(request), fingerprint(request))
        )
        await self._store(caller.tenant, record)
        row = RunRow(new_id("run"), caller, request, self._clock.now())
        give_up = self._clock.monotonic() + request.deadline
        while True:
            found = await self._begin(row, record, print_)
            if found is None:
                self._carrying.add(row.id)
                return row
            if found.fingerprint != print_:
                raise idempotency_conflict()
            try:
                return await self.claim(found.id)
            except UserError as busy:
                if busy.code != rows.IN_PROGRESS or self._clock.monotonic() > give_up:
                    raise
            await self._clock.sleep(LOOK)

    async def _begin(self, row: RunRow, record: Record, print_: str) -> Row[Any] | None:
        begun = asyncio.ensure_future(self._database.write(lambda db: self._open(db, row, record, print_)))
        try:
            return await asyncio.shield(begun)
        except asyncio.CancelledError:
            gone = Cancelled("The caller left before anything was sent.", billed=Billed.NO)
            with contextlib.suppress(StoreFailed):
                if await begun is None:  # the row is written all the same, and nobody will carry it on
                    await self.finish(row.id, gone)
            raise

    def _open(self, db: Connection, row: RunRow, record: Record, print_: str) -> Row[Any] | None:
        found = rows.open_run(db, row, executor=self._executor, request=record.text, fingerprint=print_)
        if found is None:
            rows.name_blobs(db, row.id, record.blobs)
        return found

    async def claim(self, run: str) -> RunRow | Result:
        """Take a run over, or give how it ended."""
        await self._alive()
        if run in self._carrying:
            raise rows.in_progress(run)
        self._carrying.add(run)
        try:
            claimed = await self._claimed(run)
        except BaseException:
            self._carrying.discard(run)
            raise
        if isinstance(claimed, Result):
            self._carrying.discard(run)
        return claimed

    async def _claimed(self, run: str) -> RunRow | Result:
        now = self._clock.now()
        row = await self._database.write(lambda db: rows.claim(db, run, executor=self._executor, now=now))
        if row.state == RunState.OPEN:
            return await self._row(row)
        if row.state == RunState.FAILED:
            raise await self._error(row)
        return await self._result(row)

    async def accounts(self, caller: Caller) -> list[Account]:
        """The caller's budgets, as they are just now."""
        now = self._clock.now()
        return await self._database.read(lambda db: budgets.of_owners(db, caller.owners, now))

    async def reserve(self, run: RunRow, held: Held) -> tuple[Threshold, ...]:
        """Hold the price in the ledger and on the run in place of what was held, in one transaction."""
        spend = Spend(
            run=run.id,
            owners=run.caller.owners,
            provider=held.model.partition("/")[0],
            model=held.model,
            operation=run.request.operation,
            images=run.request.n,
            price=held.price,
            at=self._clock.now(),
        )
        text = records.write(Held, held)
        await self._check_room()

        def work(db: Connection) -> tuple[Threshold, ...]:
            rows.check_open(db, run.id)
            rows.change_run(db, run.id, executor=self._executor, held=text)
            book.release(db, run.id)
            return book.reserve(db, spend)

        return await self._database.write(work)

    async def settle(self, run: str, cost: Cost, charges: tuple[Charge, ...]) -> None:
        """Settle the ledger and note the cost on the run, in one transaction."""
        text = records.write(Cost, cost)

        def work(db: Connection) -> None:
            rows.change_run(db, run, executor=self._executor, settled=text)
            book.settle(db, run, charges)

        await self._surely(work)

    async def finish(self, run: str, outcome: Result | Error) -> None:
        """Close the run; one whose ticket ran out of time only waits to be carried on."""
        try:
            await self._finish(run, outcome)
        finally:
            self._carrying.discard(run)  # also where another has taken it over

    async def _finish(self, run: str, outcome: Result | Error) -> None:
        if isinstance(outcome, Result):
            state = RunState.FINISHED
            record = await asyncio.to_thread(records.write_result, outcome)
            tenant = await self._surely_read(
                lambda db: db.scalar(select(RUNS.c.tenant).where(RUNS.c.id == run))
            )
            await self._patiently(lambda: self._store(str(tenant), record))
        else:
            state = RunState.FAILED
            record = Record(records.write_error(outcome), {})

        def work(db: Connection) -> None:
            waits = state is RunState.FAILED and rows.has_ticket(db, run)
            final = RunState.WAITING if waits else state
            rows.change_run(db, run, executor=self._executor, state=final.value, outcome=record.text)
            rows.name_blobs(db, run, record.blobs)
            if isinstance(outcome, Error) and not may_be_paid(outcome, rows.attempts(db, run)):
                book.release(db, run)  # it ended before anything was sent

        await self._surely(work)

    async def pause(self, run: str, error: Error, *, paid: bool) -> None:
        """Let go of a run; its rows say how to go on. One that another has taken over is left to it."""
        self._carrying.discard(run)
        waiting = {"state": RunState.WAITING.value}
        closed = {"state": RunState.FAILED.value, "outcome": records.write_error(error)}

        def work(db: Connection) -> None:
            if not rows.carries(db, run, self._executor):
                return
            goes_on = paid or rows.may_have_cost(db, run)
            rows.change_run(db, run, executor=self._executor, **(waiting if goes_on else closed))
            if not goes_on:
                book.release(db, run)

        await self._database.write(work)

    async def find(self, run: str) -> RunRow | None:
        """The run with its attempts, as its rows have it."""
        row = await self._database.read(lambda db: db.execute(select(RUNS).where(RUNS.c.id == run)).first())
        return None if row is None else await self._row(row)

    # --- attempts -----------------------------------------------------------------------

    async def sending(self, row: AttemptRow) -> None:
        """Say that bytes are about to leave; refused when the run was taken over meanwhile."""
        await self._database.write(lambda db: rows.add_attempt(db, row, executor=self._executor))

    async def rivals(self, row: AttemptRow) -> tuple[AttemptRow, ...]:
        """Among all that share the store."""
        since = row.at - RIVALS_FROM
        return await self._surely_read(lambda db: rows.attempts_at(db, row.model, since, but=row.id))

    async def sent(self, attempt: str, ticket: Ticket | None, request_id: str | None) -> None:
        """Keep the ticket."""
        text = None if ticket is None else records.write(Ticket, ticket)
        values = {"state": AttemptState.SENT.value, "ticket": text, "request_id": request_id}
        await self._surely(lambda db: rows.change_attempt(db, attempt, **values))

    async def keep(self, attempt: str, done: Done, blobs: tuple[bytes, ...]) -> None:
        """Store the bytes, then the row that names them."""
        record = await asyncio.to_thread(records.write_done, done, blobs)
        run, tenant = await self._surely_read(lambda db: rows.attempt_home(db, attempt))
        await self._patiently(lambda: self._store(tenant, record))

        def work(db: Connection) -> None:
            rows.name_blobs(db, run, record.blobs)
            rows.change_attempt(
                db,
                attempt,
                state=AttemptState.KEPT.value,
                done=record.text,
                error=None,
                request_id=done.request_id,
            )

        await self._surely(work)

    async def kept(self, attempt: str) -> Done:
        """What was kept."""
        text = await self._database.read(
            lambda db: db.scalar(select(ATTEMPTS.c.done).where(ATTEMPTS.c.id == attempt))
        )
        _, tenant = await self._database.read(lambda db: rows.attempt_home(db, attempt))
        return await self._filled(tenant, lambda fetch: records.read_done(str(text), fetch))

    async def failed(self, attempt: str, error: Error) -> None:
        """Note what went wrong."""
        values = {"state": state_after(error).value, "error": records.write_error(error)}
        await self._surely(lambda db: rows.change_attempt(db, attempt, **values))

    # --- life ---------------------------------------------------------------------------

    async def aclose(self) -> None:
        """Take leave; what this process left open may be taken over at once."""
        if self._beating is None:
            return
        self._beating.cancel()
        await _ended(self._beating)
        await _ended(self._pulse)  # the last one is written before the leave
        self._beating = self._pulse = None
        with contextlib.suppress(StoreFailed):  # its lease ends by itself
            await self._database.write(lambda db: rows.leave(db, self._executor))

    async def _alive(self) -> None:
        """Begin to give signs of life, at the first run; and again when their event loop has ended."""
        if self._beating is not None and self._beating.done():
            self._beating = self._pulse = None
        if self._pulse is None:
            self._pulse = asyncio.create_task(self._beat())
        if self._beating is not None:
            return
        try:
            await asyncio.shield(self._pulse)
        except StoreFailed:
            self._pulse = None
            raise
        if self._beating is None:  # nobody else has begun while this one waited
            self._beating = asyncio.create_task(self._beat_on(), name=self._executor)

    async def _beat(self) -> None:
        until = self._clock.now() + LEASE
        await self._database.write(lambda db: rows.lease(db, self._executor, until))

    async def _beat_on(self) -> None:
        pause = BEAT
        while True:
            await self._clock.sleep(pause)
            self._pulse = asyncio.create_task(self._beat())
            try:
                await asyncio.shield(self._pulse)
                pause = BEAT
            except StoreFailed:  # it comes back, and must then find this process alive
                pause = PAUSE

    # --- faults -------------------------------------------------------------------------

    async def _check_room(self) -> None:
        """Refuse what is new when the disk is nearly full. Looked at once a second at most."""
        now = self._clock.monotonic()
        if now > self._room_until:
            await self._database.check_room()
            await self._blobs.check_room()
            self._room_until = now + 1

    async def _surely(self, work: Work[T]) -> T:
        """Write what must not be lost: a store that is away comes back."""
        return await self._patiently(lambda: self._database.write(work))

    async def _surely_read(self, work: Work[T]) -> T:
        return await self._patiently(lambda: self._database.read(work))

    async def _patiently(self, write: Callable[[], Awaitable[T]]) -> T:
        give_up = self._clock.monotonic() + PATIENCE
        while True:
            try:
                return await write()
            except StoreFailed as error:
                if error.code not in AWAY or self._clock.monotonic() > give_up:
                    raise
            await self._clock.sleep(PAUSE)

    # --- bytes --------------------------------------------------------------------------

    async def _store(self, tenant: str, record: Record) -> None:
        await asyncio.gather(*(self._blobs.put(tenant, blob) for blob in record.blobs.values()))

    async def _filled(self, tenant: str, read: Callable[[records.Fetch], T]) -> T:
        """Read a record twice: once to learn which bytes it names, once with them."""
        named: dict[str, bytes] = {}

        def note(digest: str) -> bytes:
            named[digest] = b""
            return b""

        read(note)
        for digest in named:
            named[digest] = await self._blobs.get(tenant, digest)
        return read(named.__getitem__)

    async def _row(self, row: Row[Any]) -> RunRow:
        request = await self._filled(row.tenant, lambda fetch: records.read_request(row.request, fetch))
        attempts = await self._database.read(lambda db: rows.attempts(db, row.id))
        return rows.run_row(row, request, attempts)

    async def _error(self, row: Row[Any]) -> Error:
        """What it ended with; what came and could not be finished is handed over with it."""
        error = records.read_error(row.outcome)
        if isinstance(error, ImageProcessing):
            tried = await self._database.read(lambda db: rows.attempts(db, row.id))
            came = [one.id for one in tried if one.state is AttemptState.KEPT and not one.stage]
            found = [artifact.source for one in came for artifact in (await self.kept(one)).artifacts]
            error.kept = tuple(data for data in found if isinstance(data, bytes))
        return error

    async def _result(self, row: Row[Any]) -> Result:
        request = await self._filled(row.tenant, lambda fetch: records.read_request(row.request, fetch))
        return await self._filled(row.tenant, lambda fetch: records.read_result(row.outcome, request, fetch))


async def _ended(task: asyncio.Task[None] | None) -> None:
    """Wait for a task, unless it has ended: perhaps in an event loop that has, too."""
    if task is not None and not task.done():
        await asyncio.gather(task, return_exceptions=True)
