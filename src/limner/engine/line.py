"""The wire to one provider for one attempt: faults of the transport become facts here."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, TypeVar

from limner.core.adapter import Adapter, Artifact, Done, Order, Outcome, Partial, Ticket
from limner.core.clock import Clock
from limner.core.errors import (
    Again,
    Billed,
    Cancelled,
    Error,
    Malformed,
    OutcomeUnknown,
    RateLimited,
    TimedOut,
    Unavailable,
)
from limner.core.http import Frame, Framing, HttpCall, HttpReply, Timeout
from limner.core.optional import Streams, Uploads
from limner.core.pictures import Picture
from limner.engine.bring import FETCH_TRIES, Bringer
from limner.engine.brought import Brought
from limner.engine.events import Listener, Previewed, Progressed
from limner.engine.health.leave import Leave
from limner.policy.retry import FIRST_PAUSE
from limner.transport.auth import Credential
from limner.transport.client import Before, Transport
from limner.transport.faults import Fault, Lost, NotSent, TooLarge

_T = TypeVar("_T")

LONGEST_PAUSE: Final = 30.0
"""Seconds between two tries of something free."""


@dataclass(frozen=True, slots=True)
class Job:
    """One order on its way."""

    run: str
    index: int
    order: Order
    deadline: float
    """By the clock's `monotonic`."""
    listen: Listener
    brought: Brought
    """What the paid calls before this run's calls have brought."""
    leave: Leave
    """Asked before each call, and told what became of it."""
    stop: threading.Event = field(default_factory=threading.Event)
    """Set: the caller wants it stopped."""


@dataclass(frozen=True, slots=True)
class Line:
    """What one attempt says to its provider, and hears."""

    transport: Transport
    clock: Clock
    job: Job
    adapter: Adapter
    credential: Credential | None

    async def submit(self, call: HttpCall, attempt: str, before: Before) -> Outcome:
        """Send the call that may cost money. Once. `before` is awaited when it is its turn."""
        return await self._once(call, before, lambda begin: self._submit(call, attempt, begin))

    async def prepare(self, call: HttpCall, before: Before) -> HttpReply:
        """Send a paid call that comes before the call. Once, as `submit`."""
        return await self._once(call, before, lambda begin: self._whole(call, begin))

    async def _once(self, call: HttpCall, before: Before, send: Callable[[Before], Awaitable[_T]]) -> _T:
        begun = False
        loop = asyncio.get_running_loop()

        async def begin() -> None:
            nonlocal begun
            limit.reschedule(None)  # a row is written whole, or not at all
            await before()
            begun = True
            limit.reschedule(loop.time() + self.job.deadline - self.clock.monotonic())

        try:
            async with asyncio.timeout(self.job.deadline - self.clock.monotonic()) as limit:
                return await send(begin)
        except NotSent as fault:
            raise self._not_sent(fault) from fault
        except Lost as fault:
            raise self._lost(fault, call) from fault
        except TooLarge as fault:
            raise self._malformed(str(fault), Billed.YES) from fault
        except TimeoutError as fault:
            if not begun:
                raise self._crowded() from fault
            raise self.unknown("no answer came before the deadline") from fault

    async def _whole(self, call: HttpCall, before: Before) -> HttpReply:
        reply = await self.transport.send(call, self.adapter.profile, self.credential, before=before)
        if not reply.ok:
            raise self.adapter.diagnose(reply, self.job.order)
        return reply

    async def _submit(self, call: HttpCall, attempt: str, before: Before) -> Outcome:
        if call.stream is not None and isinstance(self.adapter, Streams):
            return await self._stream(call, call.stream, attempt, self.adapter, before)
        reply = await self.transport.send(call, self.adapter.profile, self.credential, before=before)
        return self._read(reply, self.job.order, None)

    async def _stream(
        self, call: HttpCall, framing: Framing, attempt: str, adapter: Streams, before: Before
    ) -> Outcome:
        done: Done | None = None
        async with self.transport.stream(
            call, self.adapter.profile, self.credential, framing=framing, before=before
        ) as stream:
            if isinstance(stream, HttpReply):  # an error, or a vendor that ignored the wish to stream
                return self._read(stream, self.job.order, None)
            async for frame in stream:
                more = self._frame(adapter, frame, attempt)
                done = done.joined(more) if done and more else done or more
        if done is None:
            raise self._malformed("The stream ended before the picture came.", Billed.UNKNOWN)
        return done

    def _frame(self, adapter: Streams, frame: Frame, attempt: str) -> Done | None:
        said = adapter.event(frame, self.job.order)
        if not isinstance(said, Partial):
            return said
        if said.data is not None:
            self.job.listen(Previewed(self.job.run, attempt, said.index, said.data))
        elif said.progress is not None:
            self.job.listen(Progressed(self.job.run, attempt, said.progress))
        return None

    async def check(self, ticket: Ticket, pause: float = FIRST_PAUSE) -> Outcome:
        """Ask for a ticket. Free, so asked again until the deadline when the asking fails.

        An answer that cannot be read may be a proxy's: a few of them in a row are believed.

        Args:
            ticket: whose work it is.
            pause: seconds that the vendor wants between two questions; longer each time one fails.
        """
        unread = 0
        while True:
            call = self.adapter.check(ticket)
            try:
                reply = await self.transport.send(call, self.adapter.profile, self.credential)
                if reply.ok:
                    return self.adapter.read(reply, self.job.order, ticket)
            except Fault:
                reply = None
            except Malformed:
                unread += 1
                if unread == FETCH_TRIES:
                    raise
                reply = None
            if reply is not None:
                error = self.adapter.diagnose(reply, self.job.order, ticket)
                if not _passes(error):
                    raise error
                pause = max(pause, getattr(error, "retry_after", None) or 0)
            await self.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def host(self, uploads: Uploads, picture: Picture) -> str:
        """Have a picture lie at the vendor. Free, so begun anew when it fails.

        Raises:
            Error: it failed for good, or several times.
        """
        tried = 0
        while True:
            try:
                return await self._host(uploads, picture)
            except (RateLimited, Unavailable) as error:
                tried += 1
                if tried == FETCH_TRIES:
                    raise
                await self.wait(max(FIRST_PAUSE * 2**tried, error.retry_after or 0))

    async def _host(self, uploads: Uploads, picture: Picture) -> str:
        step: HttpCall | str = uploads.upload(picture)
        replies: list[HttpReply] = []
        while isinstance(step, HttpCall):
            try:
                reply = await self.transport.send(step, self.adapter.profile, self.credential)
            except Fault as fault:
                raise self._unreached(str(fault)) from fault
            if not reply.ok:
                raise self.adapter.diagnose(reply, None)
            replies.append(reply)
            step = uploads.uploaded(picture, tuple(replies))
        return step

    async def cancel(self, ticket: Ticket) -> None:
        """Stop the work where that can be done.

        Raises:
            Cancelled: it was stopped.
        """
        call = self.adapter.cancel(ticket)
        if call is None:
            return
        try:
            reply = await self.transport.send(call, self.adapter.profile, self.credential)
        except Fault:
            return  # it is not known to have stopped, so it is asked for as before
        if not reply.ok:
            return  # too late: it is finished, so it is fetched
        raise Cancelled(
            "The work was stopped at the provider.",
            billed=Billed(self.adapter.profile.billed_when_cancelled),
        )

    async def wait(self, seconds: float, wake: asyncio.Event | None = None) -> None:
        """Wait, within the deadline.

        Args:
            seconds: how long.
            wake: ends it early when it is set, and is cleared. Absent: nothing does.
        """
        if self.clock.monotonic() + seconds >= self.job.deadline:
            raise TimedOut(
                f"{self.adapter.profile.title} was not done after the deadline.",
                provider=self.adapter.profile.slug,
                model=self.job.order.model.id,
            )
        if wake is None:
            await self.clock.sleep(seconds)
            return
        waits = [asyncio.ensure_future(self.clock.sleep(seconds)), asyncio.ensure_future(wake.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        wake.clear()

    async def fetch(self, artifact: Artifact, *, ticketed: bool) -> bytes:
        """The bytes of a picture; see `Bringer`. Fetching is free, so it is tried again."""
        profile, model = self.adapter.profile, self.job.order.model.id
        bringer = Bringer(self.transport, self.clock, profile, self.credential, model, ticketed)
        return await bringer.bring(artifact)

    def _read(self, reply: HttpReply, order: Order, ticket: Ticket | None) -> Outcome:
        if not reply.ok:
            raise self.adapter.diagnose(reply, order, ticket)
        return self.adapter.read(reply, order, ticket)

    def _unreached(self, why: str) -> Unavailable:
        return Unavailable(
            f"{self.adapter.profile.title} could not be reached: {why}.",
            provider=self.adapter.profile.slug,
            model=self.job.order.model.id,
            code="provider_unreachable",
            again=Again.SAME,
            billed=Billed.NO,
        )

    def _not_sent(self, fault: NotSent) -> RateLimited | Unavailable:
        return self._crowded() if fault.reason == "pool" else self._unreached(str(fault))

    def _crowded(self) -> RateLimited:
        """Limner itself keeps the calls of a key few: that is no fault of the provider's."""
        return RateLimited(
            f"{self.adapter.profile.title} was not asked: no turn came in time.",
            provider=self.adapter.profile.slug,
            model=self.job.order.model.id,
            code="no_turn",
            again=Again.SAME,
            billed=Billed.NO,
        )

    def _lost(self, fault: Lost, call: HttpCall) -> Error:
        """The connection broke after the request may have been read."""
        if fault.status is not None and fault.status >= HTTPStatus.BAD_REQUEST:
            return self.adapter.diagnose(HttpReply(fault.status, {}, b"", call.url), self.job.order)
        if fault.status is not None and call.timeout is Timeout.PAINT and not call.stream:
            # It answers 200 when the picture is made: the work is done, and paid for.
            return self._malformed("The answer broke off half-way.", Billed.YES)
        return self.unknown(str(fault))

    def unknown(self, why: str) -> OutcomeUnknown:
        """It was sent, and what became of it is not known."""
        return OutcomeUnknown(
            f"Whether {self.adapter.profile.title} did the work is not known: {why}.",
            provider=self.adapter.profile.slug,
            model=self.job.order.model.id,
        )

    def _malformed(self, message: str, billed: Billed) -> Malformed:
        return Malformed(
            message, provider=self.adapter.profile.slug, model=self.job.order.model.id, billed=billed
        )


def _passes(error: Error) -> bool:
    """Whether a poll failed but the work may go on: what the vendor says has ended is over."""
    return isinstance(error, RateLimited | Unavailable) and error.billed is Billed.UNKNOWN
