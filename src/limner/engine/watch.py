"""Looks at work whose call has not been answered yet: how far it is. Stops it for a caller who wants that.

It goes beside the call, tells what it sees, and never decides what came of the work: the answer does.
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Final

from limner.core.adapter import Outcome
from limner.core.errors import Billed, Cancelled, Error
from limner.core.http import HttpCall, HttpReply
from limner.core.optional import Watches
from limner.engine.events import Progressed
from limner.engine.line import Line
from limner.transport.faults import Fault

PAUSE: Final = 1.0
"""Seconds between two looks: servers of one's own are asked every half to whole second."""


async def beside(line: Line, attempt: str, answer: Awaitable[Outcome]) -> Outcome:
    """Wait for an answer, and watch the work meanwhile where the adapter knows how.

    Args:
        line: to the provider; its order has a `task`.
        attempt: the row's id.
        answer: the call, not yet sent.

    Raises:
        Cancelled: the caller wanted it stopped, and it was; what is half done is not delivered.
        Error: as the call.
    """
    adapter = line.adapter
    call = adapter.watch(line.job.order) if isinstance(adapter, Watches) else None
    if call is None or not isinstance(adapter, Watches):
        return await answer
    watch = _Watch(line, attempt, adapter, call)
    watcher = asyncio.ensure_future(watch.go())
    try:
        outcome = await answer
    finally:
        watch.over = True  # a sender may swallow the cancelling of a call under way
        watcher.cancel()
        await asyncio.wait([watcher], timeout=PAUSE)
    if watch.stopped:
        raise Cancelled(
            "The work was stopped at the provider.", billed=Billed(adapter.profile.billed_when_cancelled)
        )
    return outcome


@dataclass(slots=True)
class _Watch:
    """Looks until it is told to end, or finds that looking is no use."""

    line: Line
    attempt: str
    adapter: Watches
    call: HttpCall
    stopped: bool = False
    over: bool = False
    """Whether the answer has come."""

    async def go(self) -> None:
        job = self.line.job
        while not (self.stopped or self.over):
            await self.line.clock.sleep(PAUSE)
            reply = await self._send(self.call)
            if reply is None:
                continue
            if not reply.ok:
                return  # a server without this route has it neither now nor later
            try:
                sight = self.adapter.watched(reply)
            except Error:
                return
            if sight.progress is not None:
                job.listen(Progressed(job.run, self.attempt, sight.progress))
            if sight.ours and job.stop.is_set():
                await self._stop()

    async def _stop(self) -> None:
        reply = await self._send(self.adapter.stop(self.line.job.order))
        self.stopped = reply is not None and reply.ok

    async def _send(self, call: HttpCall) -> HttpReply | None:
        """A free call. `None`: it failed, which the call it goes beside will say better."""
        line = self.line
        try:
            return await line.transport.send(call, line.adapter.profile, line.credential, beside=True)
        except (Fault, Error):
            return None
