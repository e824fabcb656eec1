"""Whom a run asks, one after the other: each is fitted, quoted and reserved anew."""

from collections.abc import AsyncGenerator, Iterable, Iterator
from decimal import Decimal

from limner.catalog.catalog import Catalog
from limner.catalog.quote import quote
from limner.core.clock import Clock
from limner.core.errors import Billed, Error, Refused, Stage, UserError
from limner.core.models import Model
from limner.core.money import Certainty, Price, plain
from limner.core.notes import Note, NoteKind
from limner.core.requests import Request
from limner.engine.advice import room_of
from limner.engine.events import BudgetReached, FellBack, Quoted
from limner.engine.health.health import Health
from limner.engine.journal import Held, Journal
from limner.engine.legs import failure
from limner.engine.makers import Makers, options_of
from limner.engine.prepare import prepare, seeded
from limner.engine.route import Route, Router
from limner.engine.signals import RetiringUsed, Sink
from limner.engine.underway import Plan, Run


class Planner:
    """Finds the candidates of runs and holds their prices. One for the whole process."""

    def __init__(
        self,
        *,
        catalog: Catalog,
        makers: Makers,
        router: Router,
        journal: Journal,
        health: Health,
        clock: Clock,
        publish: Sink,
    ) -> None:
        """Keep what every plan needs; see `Engine`."""
        self._catalog = catalog
        self._makers = makers
        self._router = router
        self._journal = journal
        self._health = health
        self._clock = clock
        self._publish = publish

    async def candidates(self, run: Run, request: Request) -> AsyncGenerator[Plan, None]:
        """One plan after the other, each held before it is given. The first is given, or the reason why not.

        Another provider is found each time the run goes on: whoever failed is not asked for another model.

        Args:
            run: keeps what the candidates came to.
            request: admitted.

        Raises:
            Error: there is no first: nobody can do it, it is too dear, or a budget has no room.
        """
        await self._health.refresh()
        route: Route | None = None
        if run.row.held is None:
            route = self._router.route(request)
            self._warn(run, route)
            meant = route.first if route.instead_of is None else route.instead_of.model
            run.availability = self._availability(meant, request)
            try:
                plan = await self._first(run, request, route)
            except Refused as refused:
                route = await self._within_budgets(run, request, route, refused)
                plan = await self._first(run, request, route)
            yield plan
        else:
            run.availability = self._availability(self._model(run.row.held), request)
            yield await self._carried_on(run, request, run.row.held)
        for model in self._others(run, request, route):
            plan = await self._instead(run, request, model)
            if plan is not None:
                yield plan

    async def _within_budgets(self, run: Run, request: Request, route: Route, refused: Refused) -> Route:
        """Who does it for what is left, where another than the one chosen may.

        Budgets are looked at only now: most requests find room, and their price is held in one step.
        """
        if refused.code not in {"over_budget", "price_unknown"}:
            raise refused
        room = room_of(await self._journal.accounts(run.row.caller), request.n)
        try:
            found = self._router.route(request, room=room)
        except Error:
            raise refused from None
        if found.first == route.first:
            raise refused
        return found

    async def _first(self, run: Run, request: Request, route: Route) -> Plan:
        if route.instead_of is None:
            return await self._plan(run, request, route.first, route.notes)
        meant, why = route.instead_of.model, route.instead_of.reason
        refusals: list[Error] = []
        for model in route.candidates:
            try:
                notes = (*_lives(route.notes), _took(model, meant.id, why))
                plan = await self._plan(run, request, model, notes)
            except (UserError, Refused) as error:
                refusals.append(error)
                continue
            self._tell(run, meant.id, model, why)
            return plan
        raise refusals[0]

    async def _instead(self, run: Run, request: Request, model: Model) -> Plan | None:
        """Have another take over. `None`: it cannot do this, or there is no money for it."""
        failed = run.plan
        if failed is None:
            return None
        meant = next((note.asked for note in failed.notes if note.kind is NoteKind.FALLBACK), None)
        meant, why = meant or failed.model.id, failure(run.legs).message
        try:
            notes = (*_lives(failed.notes), _took(model, meant, why))
            plan = await self._plan(run, request, model, notes)
        except (UserError, Refused):
            return None
        run.leave()
        self._tell(run, failed.model.id, model, why)
        return plan

    def _others(self, run: Run, request: Request, route: Route | None) -> Iterator[Model]:
        """Those that may take over, of providers that were not asked yet."""
        try:
            found = route or self._router.route(request)
            models = found.candidates
        except Error:  # what was asked for has died since, or nobody is left
            return
        for model in models:
            asked = {attempt.provider for attempt in run.attempts}
            if run.plan is not None:
                asked.add(run.plan.model.provider)
            if model.provider not in asked | {leg.order.model.provider for leg in run.left}:
                yield model

    async def _plan(self, run: Run, request: Request, model: Model, notes: tuple[Note, ...]) -> Plan:
        """Fit, quote and reserve. What another model held for the run is let go of in the same step."""
        request = seeded(request, model)
        maker = self._makers.of(model.provider)
        prepared = await prepare(request, model, options_of(maker, model.provider))
        price = quote(prepared.sent)
        affordable(price, request.max_cost)
        held = Held(model.id, request.seed, price, notes, len(prepared.orders))
        for threshold in await self._journal.reserve(run.row, held):
            reached = BudgetReached(run.row.id, threshold)
            run.listen(reached)
            self._publish(reached)
        return self._told(run, Plan(model, maker, prepared, price, notes))

    async def _carried_on(self, run: Run, request: Request, held: Held) -> Plan:
        """What was decided in another process."""
        model = self._model(held)
        maker = self._makers.of(model.provider)
        request = request.replace(seed=held.seed)
        prepared = await prepare(request, model, options_of(maker, model.provider))
        if held.calls not in {None, len(prepared.orders)}:
            raise _split_anew(model, held.calls, len(prepared.orders))
        return self._told(run, Plan(model, maker, prepared, held.price, held.notes))

    def _told(self, run: Run, plan: Plan) -> Plan:
        run.free = plan.price.free
        run.listen(Quoted(run.row.id, plan.model.id, plan.price, len(plan.orders)))
        return plan

    def _tell(self, run: Run, instead_of: str, model: Model, why: str) -> None:
        fell = FellBack(run.row.id, run.request.operation, instead_of, model.id, why)
        run.listen(fell)
        self._publish(fell)

    def _warn(self, run: Run, route: Route) -> None:
        """Tell the operator of a dead model that somebody still names."""
        for note in _lives(route.notes):
            dead = self._catalog.get(note.asked or "")
            if dead is not None:
                self._publish(RetiringUsed(run.row.id, dead.id, dead.shutdown_on, note.used))

    def _model(self, held: Held) -> Model:
        """The model a run was begun with, even if it has retired since."""
        model = self._catalog.get(held.model)
        if model is None:
            return self._catalog.find(held.model, today=self._clock.now().date())
        return model

    def _availability(self, model: Model, request: Request) -> str:
        found = self._health.availability(model.provider, request.operation)
        return found.layer or "available"


def _split_anew(model: Model, then: int | None, now: int) -> Error:
    """Which orders have been paid for can no longer be told: the model takes other numbers now."""
    return Error(
        f"The run was begun as {then} calls; {model.id} as it is set up now takes {now} for it.",
        code="split_anew",
        remedy="Carry it on with the Limner, and the limner.toml, that it was begun with.",
        billed=Billed.UNKNOWN,
    )


def _lives(notes: Iterable[Note]) -> Iterator[Note]:
    """What was said of a dead model that was named: it stays true whoever does it in the end."""
    return (note for note in notes if note.kind is NoteKind.LIFECYCLE)


def _took(model: Model, meant: str, why: str) -> Note:
    text = f"{model.id} took the place of {meant}: {why}"
    return Note(NoteKind.FALLBACK, text, field="model", asked=meant, used=model.id)


def affordable(price: Price, most: Decimal | None) -> None:
    """Keep the caller's own limit.

    Args:
        price: quoted.
        most: the limit, in US dollars. Absent: there is none.

    Raises:
        Refused: it may cost more, or nobody knows.
    """
    if most is None or price.free:
        return
    if price.kind is Certainty.UNKNOWN or price.most is None:
        raise Refused(
            "Nobody has published what this would cost, and the request sets a limit.",
            stage=Stage.BUDGET,
            code="price_unknown",
            remedy="Choose a model with a known price, or leave `max_cost` out.",
        )
    if price.most > most:
        raise Refused(
            f"It may cost ${plain(price.most)}, which is more than the limit of ${plain(most)}.",
            stage=Stage.BUDGET,
            code="over_max_cost",
            remedy="Raise `max_cost`, ask for fewer or smaller pictures, or choose another model.",
        )
