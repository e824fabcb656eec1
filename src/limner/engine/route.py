"""Who serves a request: from a request and the operator's settings to an ordered list of candidates.

The rules are `policy.routing`'s. Here stands what they are asked about: whether the request names a
model, what is set up, what it would cost. See docs/decisions/0009-what-opens-paid-models.md.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Final

from limner.catalog.catalog import Catalog
from limner.catalog.typical import supplied
from limner.core.clock import Clock
from limner.core.errors import Again, Billed, Error, Refused, Stage, Unavailable, UserError
from limner.core.models import Model, Retired
from limner.core.notes import Note, NoteKind
from limner.core.operations import Operation
from limner.core.requests import Request, Strategy, check
from limner.engine.makers import Makers
from limner.engine.named import Named, Names
from limner.engine.prices import Prices, kind_of
from limner.policy.routing.candidates import Field, LeftOut, Ranking, first, rank
from limner.policy.routing.checks import lawful
from limner.policy.routing.facts import AVAILABLE, Availability, AvailabilityOf, Room, Speeds, Wishes
from limner.policy.routing.recommend import Recommendation, recommend
from limner.policy.routing.tiers import tier_of

_DOWN: Final = "unavailable"
"""The code of a model whose provider is set up and cannot be asked now."""
_NOT_MEASURED: Final[Speeds] = MappingProxyType({})
_SAYS_LITTLE: Final[Mapping[str, int]] = MappingProxyType(
    {
        **dict.fromkeys(("not_set_up", "stand_in"), 1),
        "unasked": 2,
        **dict.fromkeys(("no_fallback", "not_named", "other_provider"), 3),
        **dict.fromkeys(("retired", "cannot"), 4),
    }
)
"""Reasons by how little they say of why nobody is left. Those that are not here say most."""
_MOST_TOLD: Final = 3
_MOST_ANSWERS: Final = 64
"""Rankings that are remembered."""


@dataclass(slots=True)
class Route:
    """The candidates for a request, in the order in which they are tried.

    All but the first are worked out when somebody asks for them: most requests need no other.
    """

    first: Model
    notes: tuple[Note, ...]
    """Of how the first was chosen."""
    _rank: Callable[[], Ranking]
    _ranking: Ranking | None = None
    instead_of: LeftOut | None = None
    """The model that was asked for and cannot be asked now. Absent: the first is the one that was meant."""

    @property
    def ranking(self) -> Ranking:
        """Every model with its score or its reason."""
        if self._ranking is None:
            self._ranking = self._rank()
        return self._ranking

    @property
    def candidates(self) -> tuple[Model, ...]:
        """The first, then those that may take its place. Each does the same job under the same limits."""
        others = (choice.model for choice in self.ranking.chosen if choice.model.id != self.first.id)
        return (self.first, *others)


@dataclass(frozen=True, slots=True)
class _Answer:
    """A ranking, and what it depends on besides the request."""

    reached: Mapping[str, Availability]
    speeds: Speeds
    ranking: Ranking


class Router:
    """Finds who serves requests. One for the whole process."""

    def __init__(
        self,
        catalog: Catalog,
        makers: Makers,
        clock: Clock,
        *,
        default: str | None = None,
        retired: Retired = Retired.REFUSE,
        strategy: Strategy | None = None,
        availability: AvailabilityOf | None = None,
        speeds: Callable[[], Speeds] = lambda: _NOT_MEASURED,
    ) -> None:
        """Keep what every request is routed by.

        Args:
            catalog: what exists.
            makers: who is set up.
            clock: decides what is retired.
            default: the operator's model for requests that name none. Absent: none.
            retired: what becomes of a request that names a dead model.
            strategy: the operator's, which opens paid models to requests that name none. Absent: none.
            availability: who can be asked now. Absent: whoever is set up.
            speeds: how long models took lately.
        """
        self._catalog = catalog
        self._makers = makers
        self._clock = clock
        self._names = Names(catalog, makers, clock, default=default, retired=retired)
        self._strategy = strategy
        self._availability = availability or set_up(makers)
        self._speeds = speeds
        self._field = Field(catalog.all())
        self._prices = Prices()
        self._answers: OrderedDict[tuple[Wishes, object], _Answer] = OrderedDict()

    def route(self, request: Request, *, keyless: bool = False, room: Room | None = None) -> Route:
        """Find who serves a request.

        Args:
            request: `core.requests.check` has passed it, and `admit.measured` or `admit.admit` been over it.
            keyless: whether what is asked for by name need not be set up: to learn a price takes no key.
            room: what budgets still allow; who is named is tried all the same. Absent: nobody looked.

        Returns:
            At least one candidate.

        Raises:
            UserError: there is no such model, it is retired, it is not set up, or nothing can do this.
            Refused: the model that is named may not be sent this.
        """
        wishes, named = self._wishes(request, room)
        pinned = named.model
        if pinned is not None and self._can_be_first(pinned, wishes, keyless=keyless):
            said = (*named.notes, *self._said(request, pinned))
            return Route(pinned, said, lambda: self._rank(request, wishes, pinned))
        chosen = self._first(request, wishes) if pinned is None else None
        if chosen is not None:
            said, down = self._said(request, chosen), self._down(wishes, chosen)
            return Route(chosen, said, lambda: self._rank(request, wishes, None), instead_of=down)
        ranking = self._rank(request, wishes, pinned)
        if not ranking.chosen and keyless and wishes.among:
            ranking = self._rank(request, wishes, pinned, _anybody)
        if not ranking.chosen and pinned is not None and self._down(wishes) is not None:
            return Route(pinned, named.notes, lambda: ranking, ranking)  # alone, it says how it is
        if not ranking.chosen:
            raise _nobody(wishes, ranking)
        best = ranking.chosen[0].model
        said = (*named.notes, *self._said(request, best))
        return Route(best, said, lambda: ranking, ranking, self._down(wishes, best))

    def explain(self, request: Request, *, room: Room | None = None) -> Ranking:
        """Say who would serve a request, and why the others would not. Nothing is sent.

        Args:
            request: `admit.measured` has been over it. What it lacks is supplied as is usual: to look around
                takes no picture.
            room: what budgets still allow; what is dearer is left out. Absent: nobody looked.

        Returns:
            Every model with its score or its reason, also where nobody can do it.

        Raises:
            UserError: it makes no sense, or the model it names does not exist or is retired.
        """
        request = _supposed(request)
        wishes, named = self._wishes(request, room)
        return replace(self._rank(request, wishes, named.model), notes=named.notes)

    def recommend(self, request: Request, *, room: Room | None = None) -> Recommendation:
        """Say which model is best for a request, whoever it names. Nothing is sent.

        Args:
            request: as `explain` has it.
            room: as `explain` has it.

        Raises:
            UserError: it makes no sense, or nobody that is set up can do it.
        """
        request = _supposed(request)
        wishes, _ = self._wishes(request.replace(model=None), room)
        prices = self._prices.of(request)
        found = recommend(self._field, wishes, self._availability, self._speeds(), prices)
        if found is not None:
            return found
        missing = recommend(self._field, wishes, _anybody, self._speeds(), prices)
        verb = request.operation.value.replace("_", " ")
        with_key = (
            f"With a key for {missing.choice.model.provider}, {missing.choice.model.label} could. "
            if missing
            else ""
        )
        raise UserError(
            f"No model that is set up can {verb} as asked.",
            code="no_model",
            remedy=f"{with_key}`limner providers` says which keys are missing.",
        )

    def _wishes(self, request: Request, room: Room | None) -> tuple[Wishes, Named]:
        """What is asked, and what is meant by the model it names."""
        named = self._names.of(request)
        pinned, among = named.model, named.among
        tier = tier_of(request.prompt, request.quality)
        return (
            Wishes(
                operation=request.operation,
                today=self._today,
                words=bool(request.prompt.strip()),
                images=len(request.images),
                canvas=request.images[0].size if request.images else None,
                masked=request.mask is not None,
                references=tuple(reference.role for reference in request.references),
                size=request.size,
                scale=request.scale,
                transparent=request.background == "transparent",
                tool=request.tool,
                tier=tier if pinned is None else pinned.tier,
                max_cost=request.max_cost,
                ceiling=None if room is None else room.ceiling,
                room=room,
                regions=frozenset(request.regions),
                classification=request.classification,
                pin=None if pinned is None else pinned.id,
                fallback=request.allow_fallback,
                among=among,
                provider=request.provider if pinned is None else None,
                strategy=request.strategy or (None if among else self._strategy),
                budgeted=tier is not None and request.max_cost is not None,
            ),
            named,
        )

    def _can_be_first(self, model: Model, wishes: Wishes, *, keyless: bool) -> bool:
        """Whether the one asked for by name is tried.

        Raises:
            Refused: it may not be sent this.
            UserError: the operator has not set it up.
        """
        forbidden = lawful(model, wishes)
        if forbidden is not None:
            raise _unlawful(*forbidden)
        if keyless:
            return True
        reached = self._availability(model.provider, wishes.operation)
        if not reached.set_up:
            self._makers.of(model.provider)  # says what is missing
        return reached.available

    def _first(self, request: Request, wishes: Wishes) -> Model | None:
        """The best alone, where that is quicker than to rank everybody."""
        floors = self._prices.floors(request)
        if floors is None:
            return None
        prices = self._prices.of(request)
        choice = first(self._field, wishes, self._availability, self._speeds(), prices, floors=floors)
        return None if choice is None else choice.model

    def _down(self, wishes: Wishes, chosen: Model | None = None) -> LeftOut | None:
        """The model that is meant, where it is not the one chosen because it cannot be asked now."""
        meant = wishes.pin or next(iter(wishes.among), "")
        model = self._field.get(meant)
        if model is None or model == chosen:
            return None
        reached = self._availability(model.provider, wishes.operation)
        if reached.available or not reached.set_up:
            return None
        return LeftOut(model, _DOWN, reached.reason or f"{model.provider} cannot be asked now.")

    def _rank(
        self,
        request: Request,
        wishes: Wishes,
        pinned: Model | None,
        availability: AvailabilityOf | None = None,
    ) -> Ranking:
        """Rank everybody, or remember how they were ranked when nothing has changed since."""
        field = self._field
        if pinned is not None and field.get(pinned.id) is None:
            field = Field([*self._catalog.all(), pinned])  # a snapshot, under a name of its own
        reach, speeds = availability or self._availability, self._speeds()
        reached = {slug: reach(slug, wishes.operation) for slug in field.providers}
        kind = kind_of(request)
        known = self._answers.get((wishes, kind))
        if known is not None and known.reached == reached and known.speeds is speeds:
            return known.ranking
        prices = self._prices.of(request)
        ranking = rank(field, wishes, lambda provider, _: reached[provider], speeds, prices)
        if kind is not None:
            self._answers[wishes, kind] = _Answer(reached, speeds, ranking)
            if len(self._answers) > _MOST_ANSWERS:
                self._answers.popitem(last=False)
        return ranking

    def _said(self, request: Request, model: Model) -> tuple[Note, ...]:
        if request.model is not None:
            return ()
        text = f"{model.id} was chosen, because the request names no model."
        return (Note(NoteKind.CHOSEN, text, field="model", used=model.id),)

    @property
    def _today(self) -> date:
        return self._clock.now().date()


def _supposed(request: Request) -> Request:
    """A request to look around with."""
    whole = supplied(request)
    check(whole)
    return whole


def _anybody(provider: str, operation: Operation) -> Availability:
    del provider, operation
    return AVAILABLE


def _unlawful(code: str, reason: str) -> Refused:
    return Refused(
        reason,
        stage=Stage.CLASSIFICATION,
        code=code,
        remedy="Choose another model, or leave the choice to Limner: `limner route --explain` shows who may.",
    )


def _nobody(wishes: Wishes, ranking: Ranking) -> Error:
    """Nobody is left: told by the reasons of those who came nearest."""
    down = next((each for each in ranking.left_out if each.code == _DOWN), None)
    if down is not None:
        return Unavailable(
            f"Nobody can be asked now. {down.model.provider}: {down.reason}",
            provider=down.model.provider,
            model=down.model.id,
            code="nobody_available",
            again=Again.SAME,
            billed=Billed.NO,
        )
    verb = f"`{wishes.operation.value}`"
    ranks = [_SAYS_LITTLE.get(each.code, 0) for each in ranking.left_out]
    near = [each for each, said in zip(ranking.left_out, ranks, strict=True) if said == min(ranks) == 0]
    if not near:
        return UserError(
            f"No model is set up that can do {verb}.",
            code="no_model",
            field="model",
            remedy="Name a model; `limner models` lists them with what each one needs.",
        )
    told = list(dict.fromkeys(each.reason for each in near))
    more = f" And {len(told) - _MOST_TOLD} more reasons." if len(told) > _MOST_TOLD else ""
    return UserError(
        f"No model can do {verb} as asked. {' '.join(told[:_MOST_TOLD])}{more}",
        code="no_model",
        field="model",
        remedy="Ask for less; `limner route --explain` shows the reason of every model.",
    )


def set_up(makers: Makers) -> AvailabilityOf:
    """Whether providers are set up, as the only thing that is known of them.

    Args:
        makers: say what is missing.
    """

    def availability(provider: str, operation: Operation) -> Availability:
        del operation
        try:
            makers.of(provider)
        except UserError as problem:
            layer = "flag" if problem.code == "provider_disabled" else "key"
            return Availability(available=False, reason=problem.message, layer=layer)
        return AVAILABLE

    return availability
