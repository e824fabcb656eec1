"""The runs that are under way. A run belongs to no connection: whoever waits for it may leave.

What was paid for is therefore finished and journaled even when the client hangs up.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import structlog
from starlette.requests import Request as HttpRequest

from limner.core.requests import Request
from limner.core.results import Result
from limner.engine.events import Event, Listener, Sending, ignore
from limner.engine.journal import Caller
from limner.engine.run import Engine
from limner.server.bodies import Lease

_T = TypeVar("_T")

KEEP_ALIVE: Final = 15.0
"""Seconds of silence after which a stream says that it is still there; proxies close idle ones after 60."""


class ClientGone(Exception):
    """The client hung up while it was waiting; nobody is left to answer."""


@dataclass(slots=True)
class Run:
    """A run that a client waits for."""

    task: asyncio.Task[Result]
    spending: bool = False
    """Whether something has left that may be paid for."""

    def leave(self) -> None:
        """Nobody waits any more. What may be paid for goes on, and what is not begun is not begun."""
        if not self.spending:
            self.task.cancel()


class Runs:
    """Starts runs and keeps them going."""

    def __init__(self, engine: Engine) -> None:
        """Have no run yet."""
        self._engine = engine
        self._going: set[asyncio.Task[Result]] = set()
        self._log = structlog.get_logger("limner.server")

    def start(self, request: Request, caller: Caller, lease: Lease, listen: Listener = ignore) -> Run:
        """Start a run.

        Args:
            request: what to do.
            caller: for whom.
            lease: the bytes of its pictures; held until the run is over.
            listen: told what happens.
        """
        return self._begin(
            lambda hear: self._engine.run(request, caller=caller, on_event=hear), lease, listen
        )

    def resume(self, run: str, lease: Lease, listen: Listener = ignore) -> Run:
        """Carry on a run that another process left, from its rows.

        Args:
            run: its id.
            lease: of this HTTP request.
            listen: told what happens.
        """
        return self._begin(lambda hear: self._engine.resume(run, on_event=hear), lease, listen)

    def _begin(
        self, work: Callable[[Listener], Coroutine[Any, Any, Result]], lease: Lease, listen: Listener
    ) -> Run:
        def heard(event: Event) -> None:
            if isinstance(event, Sending):
                run.spending = True
            listen(event)

        run = Run(asyncio.create_task(work(heard)))
        self._going.add(run.task)
        lease.hold()
        run.task.add_done_callback(lambda task: self._over(task, lease))
        return run

    def _over(self, task: asyncio.Task[Result], lease: Lease) -> None:
        self._going.discard(task)
        lease.release()
        if not task.cancelled() and (error := task.exception()) is not None:
            # Whoever waits gets the error too; this line is for those that left.
            self._log.info("run failed", error=type(error).__name__, code=getattr(error, "code", None))


async def result_of(run: Run, http: HttpRequest) -> Result:
    """Wait for a run as long as the client does.

    Raises:
        ClientGone: it hung up; the run goes on.
        Error: as the run says.
    """
    return await while_there(http, run.task, run.leave)


async def followed(run: Run) -> Result:
    """Wait for a run as one of several; whoever stops waiting leaves it.

    Raises:
        Error: as the run says.
    """
    try:
        return await asyncio.shield(run.task)
    except asyncio.CancelledError:
        run.leave()
        raise


async def while_there(http: HttpRequest, task: asyncio.Task[_T], leave: Callable[[], object]) -> _T:
    """Wait for a task as long as the client does.

    Args:
        http: the client's request.
        task: what it waits for.
        leave: called when it has hung up.

    Raises:
        ClientGone: it hung up.
    """
    gone = asyncio.create_task(_until_gone(http))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        gone.cancel()
    if not task.done():
        leave()
        raise ClientGone
    return task.result()


async def _until_gone(http: HttpRequest) -> None:
    while (await http.receive())["type"] != "http.disconnect":
        pass


class Follower:
    """What a run says, in order, ending with its result; `None` when it has been silent for a while."""

    def __init__(self, start: Callable[[Listener], Run]) -> None:
        """Start the run and listen to it.

        Args:
            start: starts it with the listener it is given.
        """
        self._queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._run = start(self._queue.put_nowait)
        self._run.task.add_done_callback(lambda _: self._queue.put_nowait(None))

    def result(self) -> Result:
        """What the run brought, once the events have ended.

        Raises:
            Error: as the run says.
        """
        return self._run.task.result()

    async def events(self) -> AsyncIterator[Event | None]:
        """Each event as it comes; `None` is a sign of life. Ends when the run does."""
        try:
            while True:
                try:
                    async with asyncio.timeout(KEEP_ALIVE):
                        event = await self._queue.get()
                except TimeoutError:
                    yield None
                    continue
                if event is None:
                    return
                yield event
        finally:
            self._run.leave()  # the client may have hung up; a run that is over does not mind
