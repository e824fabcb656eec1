"""The one driver: it sends, waits, polls and downloads for every provider.

A submit is sent once. It goes again only when policy, reading facts, says that it was surely
not billed. Everything else that fails leaves the attempt `failed` or `unknown` in the journal.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Self, TypeVar

from limner.core.adapter import Done, Order, Pending, Ticket
from limner.core.clock import Clock
from limner.core.errors import Billed, Error, OutcomeUnknown, ProviderError, StoreFailed, TimedOut
from limner.core.http import HttpCall, HttpReply
from limner.core.ids import new_id
from limner.core.optional import Hooks, Prepares, Uploads
from limner.core.painter import Painter
from limner.core.results import AttemptState
from limner.engine.bring import Bringer, fetch_public
from limner.engine.brought import kept_reply, reply_kept
from limner.engine.describe import describe
from limner.engine.events import Progressed, Retrying, Sending
from limner.engine.health.leave import BREAKER_OPEN
from limner.engine.journal import AttemptRow, Journal
from limner.engine.lanes import Lanes, profile_of, unfinished
from limner.engine.line import Job, Line
from limner.engine.lookup import costless, left_behind, looked_up
from limner.engine.makers import Vendor
from limner.engine.trail import Delivered, Trail, inline, left
from limner.engine.waking import Waking
from limner.engine.watch import beside
from limner.policy.retry import FIRST_PAUSE, retry
from limner.transport.client import Transport

T = TypeVar("T")


class Driver:
    """Carries orders out. One for the whole process."""

    def __init__(
        self,
        transport: Transport,
        journal: Journal,
        clock: Clock,
        *,
        hook: Callable[[str], str | None] = lambda _: None,
    ) -> None:
        """Keep what every order needs.

        Args:
            transport: to the providers.
            journal: where rows are written.
            clock: time.
            hook: where the provider of a slug may call when work is done. `None`: nowhere.
        """
        self._transport = transport
        self._journal = journal
        self._clock = clock
        self._hook = hook
        self._waking = Waking()
        self._lanes = Lanes()

    async def drive(self, job: Job, vendor: Vendor, trail: Trail, found: AttemptRow | None) -> Delivered:
        """Have a provider do the work, or go on with what it was found doing.

        Args:
            job: the order and its deadline.
            vendor: the provider, and the key to it.
            trail: gets a row for each attempt.
            found: the last attempt at this order, by a process that is gone. Absent: there was none.

        Raises:
            ProviderError: it failed, with the facts.
            Refused: the provider's moderation said no.
            OutcomeUnknown: it was sent and nobody knows what became of it.
            Cancelled: the caller stopped it.
        """
        line = Line(self._transport, self._clock, job, vendor.adapter, vendor.credential_for(job.order))
        if found is not None and not found.cost_nothing:
            delivered = await self._resumed(job, line, found, trail)
            if delivered is not None:
                return delivered
        job = replace(job, order=await self._ready(job, line, trail))
        line = replace(line, job=job)
        return await self._tried(job, trail, lambda: self._attempt(job, line, trail))

    async def _resumed(self, job: Job, line: Line, found: AttemptRow, trail: Trail) -> Delivered | None:
        """Go on with what was found. `None`: it surely cost nothing, and policy lets it be sent anew."""
        try:
            return await self._resume(job, line, found, trail)
        except ProviderError as error:
            again = retry(error, retried=0, left=job.deadline - self._clock.monotonic())
            if again is None:
                raise
            job.listen(Retrying(job.run, found.id, error.message, again.pause))
            await self._clock.sleep(again.pause)
            return None

    async def _tried(self, job: Job, trail: Trail, attempt: Callable[[], Awaitable[T]]) -> T:
        """Make an attempt, and another where policy says that it was surely not billed."""
        retried = 0
        failed: ProviderError | None = None
        while True:
            try:
                return await attempt()
            except ProviderError as error:
                if failed is not None and error.code == BREAKER_OPEN:
                    raise failed from error  # its own words say more than that it may not be tried again
                failed = error
                left = job.deadline - self._clock.monotonic()
                again = retry(error, retried=retried, left=left)
                if again is None:
                    raise
                job.listen(Retrying(job.run, trail.rows[-1].id, error.message, again.pause))
                await self._clock.sleep(again.pause)
                retried += 1

    async def _ready(self, job: Job, line: Line, trail: Trail) -> Order:
        """The order with everything in it that has to be at the vendor first."""
        order, adapter = job.order, line.adapter
        if isinstance(adapter, Hooks):
            order = replace(order, hook=self._hook(adapter.profile.slug))
        if isinstance(adapter, Uploads):
            order = replace(order, hosted=await self._hosted(job, line, adapter, order))
        if not isinstance(adapter, Prepares):
            return order
        line.adapter.submit(order)  # what would be refused is refused before anything is paid
        replies: list[HttpReply] = []
        for call in adapter.prepare(order):

            async def make(stage: str, found: AttemptRow | None, call: HttpCall = call) -> HttpReply:
                if found is not None and not found.cost_nothing:
                    return await self._prepared(found)
                return await self._tried(job, trail, lambda: self._prepare(job, line, call, stage, trail))

            replies.append(await job.brought.get(call, make))
        return adapter.prepared(order, tuple(replies))

    async def _hosted(self, job: Job, line: Line, adapter: Uploads, order: Order) -> dict[str, str]:
        """Where the vendor has the pictures that must lie there, by digest."""
        pictures, started = adapter.hosts(order), self.now()
        if pictures:
            await job.leave.check()
        try:
            return {picture.digest: await line.host(adapter, picture) for picture in pictures}
        except Error as error:
            await job.leave.tell(None, error, self.now() - started)
            raise

    async def _prepare(self, job: Job, line: Line, call: HttpCall, stage: str, trail: Trail) -> HttpReply:
        """Make a paid call that comes before the call, and keep what it brings."""
        row = replace(self._row(job, describe(call)), stage=stage)
        async with _Entry(self, job, row, trail) as entry:
            reply = await line.prepare(call, entry.begin)
            await self._journal.keep(row.id, kept_reply(reply), (reply.body,))
        return reply

    async def _prepared(self, found: AttemptRow) -> HttpReply:
        """What a paid call before the call brought to a process that is gone. It is never made again."""
        if found.state is AttemptState.KEPT:
            return reply_kept(await self._journal.kept(found.id))
        if found.error is None:
            await self._journal.failed(found.id, left(found))
        raise found.error or left(found)

    async def paint(self, job: Job, painter: Painter, trail: Trail, found: AttemptRow | None) -> Delivered:
        """Have a painter of this process do the work, in a thread.

        What is free starts over when it is found. What may have been charged is not done again.

        Raises:
            UserError: it cannot do this.
            ImageProcessing: the pixels could not be handled.
            Cancelled: the caller stopped it.
            Error: as `drive`, where others do the work for it.
        """
        if found is not None and found.state is AttemptState.KEPT:
            return await self._kept(found, trail)
        if found is not None and painter.charges and not found.cost_nothing:
            if found.error is not None:
                trail.found(found, found.error)
                raise found.error
            async with _Entry(self, job, found, trail, begun=True):
                raise unfinished(painter, job.order.model.id)
        return await self._tried(job, trail, lambda: self._painted(job, painter, trail))

    async def _painted(self, job: Job, painter: Painter, trail: Trail) -> Delivered:
        loop = asyncio.get_running_loop()
        row = self._row(job, {"painter": painter.slug})

        def progress(fraction: float) -> None:
            loop.call_soon_threadsafe(job.listen, Progressed(job.run, row.id, fraction))

        async with self._lanes.turn(painter), _Entry(self, job, row, trail) as entry:
            await entry.begin()
            order = job.order
            if painter.charges:
                left = max(job.deadline - self._clock.monotonic(), 0.001)
                order = replace(order, request=order.request.replace(deadline=left))
            done = await self._lanes.run(painter, lambda: painter.paint(order, progress, job.stop.is_set))
            bringer = Bringer(self._transport, self._clock, profile_of(painter), None, order.model.id)
            trail.rows[-1] = replace(trail.rows[-1], request_id=done.request_id)
            trail.arrived = tuple([await bringer.bring(artifact) for artifact in done.artifacts])
            await self._journal.keep(row.id, done, trail.arrived)
        return Delivered(done, trail.arrived)

    async def _attempt(self, job: Job, line: Line, trail: Trail) -> Delivered:
        attempt = new_id("attempt")
        job = replace(job, order=replace(job.order, task=attempt))
        line = replace(line, job=job)
        call = line.adapter.submit(job.order)
        row = replace(self._row(job, describe(call)), id=attempt)
        async with _Entry(self, job, row, trail) as entry:
            try:
                outcome = await beside(line, attempt, line.submit(call, attempt, entry.begin))
            except Error as error:
                outcome = await looked_up(line, self._journal, row, self._clock.now(), error)
            ticketed = isinstance(outcome, Pending)
            if isinstance(outcome, Pending):
                outcome = await self._follow(job, line, row, outcome)
            else:
                trail.arrived = tuple(inline(outcome))
                await self._journal.sent(row.id, None, outcome.request_id)
            return await self._bring(line, row, outcome, trail, ticketed=ticketed)

    async def _resume(self, job: Job, line: Line, found: AttemptRow, trail: Trail) -> Delivered:
        """Go on with an attempt that may have been paid for."""
        job = replace(job, order=replace(job.order, task=found.id))
        line = replace(line, job=job)
        if found.state is AttemptState.KEPT:
            return await self._kept(found, trail)
        if found.error is not None:
            trail.found(found, found.error)
            raise found.error
        async with _Entry(self, job, found, trail, begun=True):
            pending = await self._pending(line, found)
            done = await self._follow(job, line, found, pending)
            return await self._bring(line, found, done, trail, ticketed=True)

    async def _pending(self, line: Line, found: AttemptRow) -> Pending:
        """What another process was waiting for."""
        if found.ticket is not None:
            return Pending(found.ticket, delay=0, request_id=found.request_id)
        lost = line.unknown("the process that sent it ended before the answer was kept")
        try:
            return await looked_up(line, self._journal, found, self._clock.now(), lost)
        except OutcomeUnknown as error:
            raise left_behind(line, error) from error

    async def _bring(
        self, line: Line, row: AttemptRow, done: Done, trail: Trail, *, ticketed: bool
    ) -> Delivered:
        """Fetch and keep what was made."""
        trail.rows[-1] = replace(trail.rows[-1], request_id=done.request_id)
        trail.arrived = blobs = tuple(
            [await line.fetch(artifact, ticketed=ticketed) for artifact in done.artifacts]
        )
        await self._journal.keep(row.id, done, blobs)
        return Delivered(done, blobs)

    async def _kept(self, found: AttemptRow, trail: Trail) -> Delivered:
        done = await self._journal.kept(found.id)
        trail.found(found, None)
        trail.arrived = tuple(inline(done))
        return Delivered(done, trail.arrived)

    async def _follow(self, job: Job, line: Line, row: AttemptRow, pending: Pending) -> Done:
        """Poll a ticket until it is done. The ticket is saved before the first wait."""
        request_id = pending.request_id
        saved: Ticket | None = None
        while True:
            if pending.ticket != saved:
                await self._journal.sent(row.id, pending.ticket, request_id)
                saved = pending.ticket
            job.listen(Progressed(job.run, row.id, pending.progress))
            if job.stop.is_set():
                await line.cancel(pending.ticket)
            with self._waking.of(row.provider, pending.ticket.task) as wake:
                await line.wait(pending.delay, wake)
            outcome = await line.check(pending.ticket, max(FIRST_PAUSE, pending.delay))
            if isinstance(outcome, Done):
                return outcome if outcome.request_id else replace(outcome, request_id=request_id)
            pending = outcome

    def _row(self, job: Job, sent: dict[str, object]) -> AttemptRow:
        model = job.order.model
        return AttemptRow(
            id=new_id("attempt"),
            run=job.run,
            index=job.index,
            provider=model.provider,
            model=model.id,
            state=AttemptState.SENDING,
            at=self._clock.now(),
            sent=sent,
        )

    async def fetch(self, url: str) -> bytes:
        """Get a picture that lies at a public URL; see `fetch_public`."""
        return await fetch_public(self._transport, url)

    async def begin(self, job: Job, row: AttemptRow, trail: Trail) -> None:
        """Write the `sending` row; from here on it may be paid for."""
        trail.rows.append(row)
        try:
            await self._journal.sending(row)
        except Error:
            trail.rows.remove(row)  # so it is not sent
            raise
        job.listen(Sending(job.run, row.id, row.model))

    async def failed(self, row: AttemptRow, error: Error) -> None:
        """Write what went wrong. A ticket that ran out of time is still good: its row stays `sent`.

        What the store could not take is not written now either: the row says how to go on.
        """
        if not isinstance(error, TimedOut | StoreFailed):
            await self._journal.failed(row.id, error)

    def close(self) -> None:
        """Let go of the painters' threads."""
        self._lanes.close()

    def wake(self, provider: str, task: str) -> bool:
        """Have a ticket asked for now. Returns whether somebody here waits for it."""
        return self._waking.wake(provider, task)

    def now(self) -> float:
        """For measuring."""
        return self._clock.monotonic()


class _Entry:
    """An attempt's rows around the work: `sending` when it is its turn, the failure after.

    Around them stands the breaker: it is asked first, and told when the call has ended.
    """

    def __init__(
        self, driver: Driver, job: Job, row: AttemptRow, trail: Trail, *, begun: bool = False
    ) -> None:
        self._driver, self._job, self._row, self._trail = driver, job, row, trail
        self._begun = begun  # by another process
        self._trial: str | None = None

    async def begin(self) -> None:
        self._begun = True
        await self._driver.begin(self._job, self._row, self._trail)

    async def __aenter__(self) -> Self:
        if self._begun:
            self._trail.rows.append(self._row)
        else:
            self._trial = await self._job.leave.enter()
        self._started = self._driver.now()
        return self

    async def __aexit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        seconds = self._trail.seconds[self._row.id] = self._driver.now() - self._started
        if error is not None and not isinstance(error, Error):
            await self._job.leave.withdraw(self._trial)
            return
        if error is not None and not isinstance(error, TimedOut | StoreFailed) and costless(self._job.order):
            error.billed = Billed.NO  # whatever became of it
        telling = self._job.leave.tell(self._trial, error, seconds)
        if error is None:
            await telling
            return
        # Side by side, so that one commit takes the row and the breakers. Neither needs the other; both
        # are durable before anybody goes on.
        told = asyncio.ensure_future(telling)
        try:
            await self._failed(error)
        finally:
            await told

    async def _failed(self, error: Error) -> None:
        if not self._begun:
            await self.begin()
        if not isinstance(error, StoreFailed):  # which says nothing of what became of the call
            self._trail.errors[self._row.id] = error
        await self._driver.failed(self._row, error)
