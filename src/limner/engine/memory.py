"""The journal of a process that remembers nothing after it ends."""

import asyncio
from dataclasses import dataclass, replace
from typing import Final

from limner.core.adapter import Done, Ticket
from limner.core.clock import Clock
from limner.core.errors import Billed, Error
from limner.core.ids import new_id
from limner.core.money import Cost
from limner.core.requests import Request
from limner.core.results import AttemptState, Result
from limner.engine.fingerprint import fingerprint
from limner.engine.journal import (
    RIVALS_FROM,
    AttemptRow,
    Caller,
    Held,
    RunRow,
    RunState,
    idempotency_conflict,
    interrupted,
    key_of,
    may_cost,
    no_such_run,
    state_after,
)
from limner.ledger.entries import Account, Charge, Threshold

REMEMBERED: Final = 1000
"""Finished runs that memory keeps; older ones are forgotten, open ones never."""


class MemoryJournal:
    """The journal of a process that remembers nothing after it ends.

    Raw bytes are held only while their run is open.
    """

    def __init__(self, clock: Clock, *, remembered: int = REMEMBERED) -> None:
        """Start empty.

        Args:
            clock: stamps the rows.
            remembered: how many finished runs to keep for `find` and for idempotency keys.
        """
        self._clock = clock
        self._remembered = remembered
        self._runs: dict[str, RunRow] = {}
        self._outcomes: dict[str, Result | Error] = {}
        self._owner: dict[str, str] = {}
        self._kept: dict[str, Done] = {}
        self._keys: dict[tuple[str, str | None, str], _Keyed] = {}

    async def open(self, request: Request, caller: Caller) -> RunRow | Result:
        """Begin a run, or wait for and give the result of the first one with the same key."""
        row = RunRow(new_id("run"), caller, request, self._clock.now())
        key = key_of(row)
        first = None if key is None else self._keys.get(key)
        if first is not None:
            return await self._replay(first, request)
        self._runs[row.id] = row
        if key is not None:
            outcome: asyncio.Future[Result | Error] = asyncio.get_running_loop().create_future()
            self._keys[key] = _Keyed(row.id, fingerprint(request), outcome)
        return row

    async def _replay(self, first: "_Keyed", request: Request) -> RunRow | Result:
        if first.fingerprint != fingerprint(request):
            raise idempotency_conflict()
        if self._runs[first.run].state is RunState.WAITING:
            return await self.claim(first.run)
        outcome = await asyncio.shield(first.outcome)
        if isinstance(outcome, Error):
            raise outcome
        return outcome

    async def claim(self, run: str) -> RunRow | Result:
        """The run, or how it ended. A process that remembers nothing has no other to take it from."""
        if run not in self._runs:
            raise no_such_run(run)
        row = self._runs[run]
        if row.state is RunState.WAITING:
            row = self._runs[run] = replace(row, state=RunState.OPEN)
            self._outcomes.pop(run, None)
            key = key_of(row)
            if key is not None and self._keys[key].outcome.done():
                outcome: asyncio.Future[Result | Error] = asyncio.get_running_loop().create_future()
                self._keys[key] = replace(self._keys[key], outcome=outcome)
            return row
        ended = self._outcomes.get(run)
        if isinstance(ended, Error):
            raise ended
        return ended or row

    async def accounts(self, caller: Caller) -> list[Account]:
        """None: where nothing is remembered, no budget is kept."""
        del caller
        return []

    async def reserve(self, run: RunRow, held: Held) -> tuple[Threshold, ...]:
        """Note the price. Where nothing is remembered, no budget is kept."""
        self._runs[run.id] = replace(self._runs[run.id], held=held)
        return ()

    async def sending(self, row: AttemptRow) -> None:
        """Add the attempt."""
        run = self._runs[row.run]
        self._runs[row.run] = replace(run, attempts=(*run.attempts, row))
        self._owner[row.id] = row.run

    async def rivals(self, row: AttemptRow) -> tuple[AttemptRow, ...]:
        """Among the runs of this process."""
        others = (one for run in self._runs.values() for one in run.by(row.model))
        return tuple(one for one in others if one.id != row.id and one.at >= row.at - RIVALS_FROM)

    async def sent(self, attempt: str, ticket: Ticket | None, request_id: str | None) -> None:
        """Note the ticket."""
        self._change(attempt, state=AttemptState.SENT, ticket=ticket, request_id=request_id)

    async def keep(self, attempt: str, done: Done, blobs: tuple[bytes, ...]) -> None:
        """Hold the bytes until the run is finished."""
        artifacts = tuple(
            replace(artifact, source=blob) for artifact, blob in zip(done.artifacts, blobs, strict=True)
        )
        self._kept[attempt] = replace(done, artifacts=artifacts)
        self._change(attempt, state=AttemptState.KEPT)

    async def kept(self, attempt: str) -> Done:
        """What was kept."""
        return self._kept[attempt]

    async def failed(self, attempt: str, error: Error) -> None:
        """Note what went wrong."""
        self._change(attempt, state=state_after(error), error=error)

    async def settle(self, run: str, cost: Cost, charges: tuple[Charge, ...]) -> None:
        """Note the cost."""
        del charges
        self._runs[run] = replace(self._runs[run], settled=cost)

    async def finish(self, run: str, outcome: Result | Error) -> None:
        """Close the run, let go of its bytes, and answer whoever waits on its key."""
        row = self._runs[run]
        state = RunState.FINISHED if isinstance(outcome, Result) else RunState.FAILED
        if state is RunState.FAILED and any(map(_can_be_polled, row.attempts)):
            state = RunState.WAITING
        self._runs[run] = replace(row, state=state)
        self._outcomes[run] = outcome
        for attempt in row.attempts if state is not RunState.WAITING else ():
            self._kept.pop(attempt.id, None)
        key = key_of(row)
        if key is not None:
            self._answer(key, run, outcome)
        while len(self._outcomes) > self._remembered:
            self._forget(next(iter(self._outcomes)))

    async def pause(self, run: str, error: Error, *, paid: bool) -> None:
        """Let go of a run, and tell whoever waits on its key."""
        row = self._runs[run]
        if not paid and not may_cost(row.held, row.attempts):
            await self.finish(run, error)
            return
        row = self._runs[run] = replace(row, state=RunState.WAITING)
        key = key_of(row)
        if key is not None:
            self._answer(key, run, interrupted(run))

    async def find(self, run: str) -> RunRow | None:
        """The run as it stands."""
        return self._runs.get(run)

    def _change(self, attempt: str, **changes: object) -> None:
        run = self._runs[self._owner[attempt]]
        rows = tuple(
            replace(row, **changes) if row.id == attempt else row  # pyright: ignore[reportArgumentType]
            for row in run.attempts
        )
        self._runs[run.id] = replace(run, attempts=rows)

    def _answer(self, key: tuple[str, str | None, str], run: str, outcome: Result | Error) -> None:
        keyed = self._keys.get(key)
        if keyed is None or keyed.run != run:
            return
        if not keyed.outcome.done():
            keyed.outcome.set_result(outcome)
        if isinstance(outcome, Error) and outcome.billed is Billed.NO:
            # Nothing was bought, so the key is free for another try.
            del self._keys[key]

    def _forget(self, run: str) -> None:
        row = self._runs.pop(run)
        del self._outcomes[run]
        for attempt in row.attempts:
            self._owner.pop(attempt.id, None)
        key = key_of(row)
        if key is not None and key in self._keys and self._keys[key].run == run:
            del self._keys[key]


def _can_be_polled(row: AttemptRow) -> bool:
    return row.state is AttemptState.SENT and row.ticket is not None


@dataclass(frozen=True, slots=True)
class _Keyed:
    run: str
    fingerprint: str
    outcome: "asyncio.Future[Result | Error]"
