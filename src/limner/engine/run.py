"""The story of one image, on one page.

    request ─▶ admit ─▶ route ─▶ prepare (fit) ─▶ quote + reserve ─▶ drive ─▶ keep ─▶ settle ─▶ finish

*Keep before finish, settle before finish*: a codec that crashes never loses or hides a paid image.
"""

import asyncio
import contextlib
from contextlib import aclosing
from dataclasses import dataclass

from limner.catalog.catalog import Catalog, lifecycle_note
from limner.catalog.layout import lay_out
from limner.catalog.quote import quote
from limner.core.clock import Clock
from limner.core.errors import Billed, Cancelled, Error, StoreFailed, TimedOut, UserError
from limner.core.models import Model
from limner.core.money import Price, total
from limner.core.notes import Note
from limner.core.requests import Request, check
from limner.core.results import Result
from limner.engine.admit import admit, measured
from limner.engine.brought import Brought
from limner.engine.drive import Driver
from limner.engine.events import Listener, ignore
from limner.engine.health.health import Health
from limner.engine.journal import LOCAL, Caller, Journal, RunRow, may_cost
from limner.engine.legs import Leg, deliver, failure
from limner.engine.line import Job
from limner.engine.makers import Maker, Makers, Vendor
from limner.engine.origin import Provenance
from limner.engine.plan import Planner
from limner.engine.route import Router
from limner.engine.signals import RetiringUsed, Sink
from limner.engine.trail import Delivered, Trail
from limner.engine.underway import Plan, Run, errors, run_ended
from limner.policy.fallback import falls_back


@dataclass(frozen=True, slots=True)
class Quote:
    """What a request would cost, and on what."""

    model: Model
    price: Price
    calls: int
    notes: tuple[Note, ...]


class Engine:
    """Carries requests out. One for the whole process.

    Example:
        >>> from limner.assembly import assemble
        >>> from limner.core.operations import Operation
        >>> async def one() -> str:
        ...     async with assemble() as limner:
        ...         request = Request(Operation.GENERATE, prompt="a pear", model="limner/sketch")
        ...         return str((await limner.engine.run(request)).cost.usd)
        >>> asyncio.run(one())
        '0'
    """

    def __init__(
        self,
        *,
        catalog: Catalog,
        makers: Makers,
        driver: Driver,
        journal: Journal,
        clock: Clock,
        router: Router,
        health: Health,
        provenance: Provenance | None = None,
        publish: Sink = lambda _: None,
    ) -> None:
        """Keep what every run needs.

        Args:
            catalog: what exists.
            makers: who makes the pictures.
            driver: carries orders out.
            journal: where rows are written.
            clock: time.
            router: finds who serves a request.
            health: knows who can be asked now.
            provenance: how pictures tell of their origin. Absent: nothing is signed or labelled.
            publish: hears what an operator watches.
        """
        self._driver = driver
        self._journal = journal
        self._clock = clock
        self._router = router
        self._health = health
        self._provenance = provenance or Provenance()
        self._publish = publish
        self._planner = Planner(
            catalog=catalog,
            makers=makers,
            router=router,
            journal=journal,
            health=health,
            clock=clock,
            publish=publish,
        )
        self._tasks: dict[str, tuple[asyncio.Task[Result], Run]] = {}

    async def run(self, request: Request, *, caller: Caller = LOCAL, on_event: Listener = ignore) -> Result:
        """Carry a request out.

        When the awaiting task is cancelled after something was sent that may be paid for, the run
        goes on by itself, so that what is paid for is kept and settled.

        Args:
            request: what is wanted.
            caller: who asks.
            on_event: hears of progress and previews, on the event loop.

        Raises:
            Error: as the tree in `limner.core.errors` has it.
        """
        opened = await self._journal.open(request, caller)
        return opened if isinstance(opened, Result) else await self._carry(opened, on_event)

    async def resume(self, run: str, *, on_event: Listener = ignore) -> Result:
        """Carry a run on from its rows, in whatever process it was begun.

        What has a ticket is polled, what was kept is finished; what was sent and never answered is
        unknown, and sent again only where it surely cost nothing. A run that is finished gives its result.

        Args:
            run: its id.
            on_event: hears of progress.

        Raises:
            UserError: there is no such run, or another process is carrying it on.
            Error: as `run`.
        """
        if run in self._tasks:
            return await asyncio.shield(self._tasks[run][0])
        claimed = await self._journal.claim(run)
        return claimed if isinstance(claimed, Result) else await self._carry(claimed, on_event)

    async def drop(self, run: str) -> None:
        """Let go of a run that another process left before anything was sent.

        What was held for it is free again, and it is not carried on.

        Raises:
            UserError: there is no such run, it is finished or under way, or may have been paid for.
            Error: how it ended, where it failed.
        """
        claimed = await self._journal.claim(run)
        if isinstance(claimed, Result):
            raise _not_dropped(f"{run} is finished.", f"`limner runs resume {run}` gives its result.")
        paid = may_cost(claimed.held, claimed.attempts)
        dropped = Cancelled("It was let go before anything was sent.", billed=Billed.NO)
        await self._journal.pause(run, dropped, paid=paid)
        if paid:
            raise _not_dropped(
                f"Something of {run} may have been paid for.", f"`limner runs resume {run}` carries it on."
            )

    async def _carry(self, row: RunRow, on_event: Listener) -> Result:
        now = self._clock.monotonic()
        run = Run(row, row.request, on_event, deadline=now + row.request.deadline, started=now)
        task = asyncio.create_task(self._closed(run), name=row.id)
        self._tasks[row.id] = (task, run)
        task.add_done_callback(lambda _: self._tasks.pop(row.id, None))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if not run.spending:
                run.stop.set()
                task.cancel()
            raise

    def stop(self, run: str) -> bool:
        """Ask a run to stop. What the provider has already done is still kept and paid.

        Returns:
            Whether there is such a run under way.
        """
        if run not in self._tasks:
            return False
        self._tasks[run][1].stop.set()
        return True

    async def aclose(self) -> None:
        """Wait for the runs under way: what may be paid for is brought home."""
        while self._tasks:
            await asyncio.gather(*(task for task, _ in self._tasks.values()), return_exceptions=True)
        self._driver.close()

    async def fetch(self, url: str) -> bytes:
        """Get a picture that lies at a public URL.

        Raises:
            UserError: its address is not public, or it cannot be fetched.
        """
        return await self._driver.fetch(url)

    async def quote(self, request: Request) -> Quote:
        """Say what a request would cost: the price of what is sent when it is run as it stands.

        Nothing is sent now, and of the pictures only a mask is decoded.

        Raises:
            UserError: it cannot be carried out.
        """
        check(request)
        request = await measured(request)
        route = self._router.route(request, keyless=True)
        sent = lay_out(request, route.first).sent
        return Quote(route.first, quote(sent), len(sent.orders), (*route.notes, *sent.notes))

    async def _closed(self, run: Run) -> Result:
        """The page, and the last line under it."""
        try:
            result = await self._written(run)
        except Error as error:
            self._publish(run_ended(run, error, self._clock.monotonic()))
            raise
        self._publish(run_ended(run, result, self._clock.monotonic()))
        return result

    async def _written(self, run: Run) -> Result:
        try:
            result = await self._page(run)
        except StoreFailed as error:
            raise await self._handed_over(run, error, run.arrived) from error
        except Error as error:
            error.request_id = error.request_id or run.row.id
            if run.spending and not run.trails:  # carried on, and not for long: it is as good as before
                await self._journal.pause(run.row.id, error, paid=True)
            else:
                await self._journal.finish(run.row.id, error)
            raise
        except asyncio.CancelledError:
            stopped = Cancelled("The caller went away before anything was sent.", billed=Billed.NO)
            await self._journal.pause(run.row.id, stopped, paid=run.spending)
            raise
        except Exception as bug:
            error = _broken(bug, run)
            await self._journal.pause(run.row.id, error, paid=run.spending)
            raise error from bug
        try:
            await self._journal.finish(run.row.id, result)
        except StoreFailed as error:
            pictures = tuple(image.picture.data for image in result.images)
            raise await self._handed_over(run, error, pictures) from error
        return result

    async def _handed_over(self, run: Run, error: StoreFailed, kept: tuple[bytes, ...]) -> StoreFailed:
        """The store cannot take what came, so the caller gets it. The run is carried on from its rows."""
        billed, remedy = Billed.NO, error.remedy
        if run.spending:
            billed = Billed.YES if kept else Billed.UNKNOWN
            remedy = f"{remedy} Then `limner runs resume {run.row.id}` goes on."
        if kept:
            remedy = f"The bytes that came are in `error.kept`. {remedy}"
        handed = StoreFailed(error.message, code=error.code, remedy=remedy, billed=billed, kept=kept)
        handed.request_id = run.row.id
        with contextlib.suppress(StoreFailed):
            await self._journal.pause(run.row.id, handed, paid=run.spending)
        return handed

    async def _page(self, run: Run) -> Result:
        admitted = await admit(run.request)
        plan = await self._served(run, admitted.request)
        for error in errors(run.legs):
            if isinstance(error, TimedOut | StoreFailed):
                raise error  # nothing is settled yet: its rows say how to go on
        cost = total([leg.cost for leg in run.legs])
        if run.row.settled is None:
            await self._journal.settle(run.row.id, cost, run.charges(plan.price))
        if len(errors(run.legs)) == len(run.legs):
            raise failure([*run.left, *run.legs])

        before = len(run.before)
        images, said = await deliver(run.legs, plan.prepared, run.request, self._provenance, before=before)
        return Result(
            id=run.row.id,
            provider=plan.model.provider,
            model=plan.model.id,
            images=images,
            cost=cost,
            quote=plan.price,
            notes=(
                *admitted.notes,
                *plan.notes,
                *plan.prepared.notes,
                *said,
                *self._lifecycle(run, plan.model),
            ),
            attempts=run.attempts,
            request=run.request,
            fallback_used=plan.fallback,
            tags=tuple(tag for leg in run.legs for tag in leg.tags),
        )

    async def _served(self, run: Run, request: Request) -> Plan:
        """Ask one candidate after the other until one delivers, or nobody else may be asked."""
        async with aclosing(self._planner.candidates(run, request)) as candidates:
            async for plan in candidates:
                run.plan = plan
                run.legs = await self._drive(run, plan)
                if not self._goes_on(run):
                    break
        if run.plan is None:
            raise RuntimeError("there is a first candidate, or an error")
        return run.plan

    def _goes_on(self, run: Run) -> bool:
        """Whether another may be asked: nothing came, and surely nothing was paid."""
        free = all(leg.cost_nothing for leg in run.legs) and run.row.settled is None
        return (
            free
            and not run.stop.is_set()
            and falls_back(
                errors(run.legs),
                allowed=run.request.allow_fallback,
                left=run.deadline - self._clock.monotonic(),
                after_refusal=run.request.fallback_on_refusal,
            )
        )

    async def _drive(self, run: Run, plan: Plan) -> tuple[Leg, ...]:
        """Carry every order out, side by side; the vendor's gate decides how many at once."""
        found, operation = run.row.by(plan.model.id), run.request.operation
        brought = Brought(found)
        leave = self._health.leave(plan.model, operation, patience=run.request.deadline)
        jobs = [
            Job(run.row.id, index, order, run.deadline, run.listen, brought, leave, run.stop)
            for index, order in enumerate(plan.orders)
        ]
        run.trails = [Trail.begun(job.index, found) for job in jobs]
        outcomes = await asyncio.gather(
            *(self._one(run, job, plan.maker, trail) for job, trail in zip(jobs, run.trails, strict=True))
        )
        return tuple(
            Leg(job.order, trail, outcome)
            for job, trail, outcome in zip(jobs, run.trails, outcomes, strict=True)
        )

    async def _one(self, run: Run, job: Job, maker: Maker, trail: Trail) -> Delivered | Error:
        found = run.row.latest(job.order.model.id, job.index)
        if run.row.settled is not None and (found is None or found.cost_nothing):
            return (found and found.error) or _over(run)  # it is settled: nothing is sent any more
        try:
            if isinstance(maker, Vendor):
                return await self._driver.drive(job, maker, trail, found)
            return await self._driver.paint(job, maker, trail, found)
        except Error as error:
            return error

    def _lifecycle(self, run: Run, model: Model) -> tuple[Note, ...]:
        note = lifecycle_note(model, self._clock.now().date())
        if note is None:
            return ()
        self._publish(RetiringUsed(run.row.id, model.id, model.shutdown_on, model.successor))
        return (note,)


def _broken(bug: Exception, run: Run) -> Error:
    """A fault of our own, told like any other: nobody may be left waiting, and no money unexplained."""
    return Error(
        f"Limner failed at this request ({type(bug).__name__}).",
        code="internal_error",
        remedy="Please report it with the traceback; the rows of the run are kept.",
        billed=Billed.UNKNOWN if run.spending else Billed.NO,
        request_id=run.row.id,
    )


def _over(run: Run) -> Error:
    return Cancelled(f"{run.row.id} was settled before this call was made.", billed=Billed.NO)


def _not_dropped(message: str, remedy: str) -> UserError:
    return UserError(message, code="not_dropped", field="run", remedy=remedy)
