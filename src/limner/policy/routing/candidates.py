"""Every model with its score or with the reason why it is left out."""

from collections import OrderedDict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, TypeVar

from limner.core.errors import UserError
from limner.core.models import Model
from limner.core.money import Price, plain
from limner.core.notes import Note
from limner.core.requests import Strategy
from limner.policy.routing.checks import lawful, obstacle
from limner.policy.routing.facts import Availability, AvailabilityOf, Floors, PriceOf, Speeds, Wishes
from limner.policy.routing.strategies import SCORERS, Standing, why

_K = TypeVar("_K", bound=Hashable)
_T = TypeVar("_T")

_Place = tuple[bool, int, float, int, str]
_Hope = tuple[_Place, Model, Price]
"""The place at best, the model, and the price of that."""

_MOST_KEPT: Final = 128
"""Kinds of request whose candidates are remembered."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A model that may do it."""

    model: Model
    score: float
    """Higher is better; comparable within one strategy. A model asked for by name goes first all the same."""
    price: Price
    reason: str
    """What the score is made of, for people."""
    regions: tuple[str, ...] = ()
    """Where the pixels would be processed. Empty: it is not known."""
    address: str | None = None
    """The regional address that would be called. Absent: its provider's usual one."""

    @property
    def tier(self) -> str:
        """The model's tier."""
        return self.model.tier.value


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A model that may not, or cannot."""

    model: Model
    code: str
    """For programs: `region_unknown`, `over_max_cost`, …"""
    reason: str
    """For people: one sentence."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Every model once: in `chosen`, the best first, or in `left_out`, in the catalog's order."""

    chosen: tuple[Choice, ...]
    left_out: tuple[LeftOut, ...]
    notes: tuple[Note, ...] = ()
    """That another model is meant than the dead one that was named."""

    @property
    def best(self) -> Choice | None:
        """Who is tried first. `None`: nobody can do it."""
        return self.chosen[0] if self.chosen else None


class Field:
    """All models there are, remembered by what requests ask of them.

    Prices, availability and speeds change; what a model could do does not. That part is worked out
    once for each kind of request.

    Example:
        >>> from datetime import date
        >>> from limner.core.operations import Operation
        >>> Field([]).able(Wishes(operation=Operation.GENERATE, today=date(2026, 11, 21)))
        ((), ())
    """

    def __init__(self, models: Iterable[Model]) -> None:
        """Keep the models.

        Args:
            models: in any order; ids are unique.
        """
        self._models = tuple(sorted(models, key=lambda model: (model.priority, model.id)))
        self.providers = tuple(sorted({model.provider for model in self._models}))
        """The slugs of all there are."""
        self._by_id = {model.id: model for model in self._models}
        self._known: OrderedDict[Wishes, tuple[tuple[Model, ...], tuple[LeftOut, ...]]] = OrderedDict()
        self._hopeful: OrderedDict[tuple[Wishes, Hashable], tuple[Speeds, tuple[_Hope, ...]]] = OrderedDict()

    def get(self, name: str | None) -> Model | None:
        """The model of an id. `None`: there is none."""
        return self._by_id.get(name or "")

    def able(self, wishes: Wishes) -> tuple[tuple[Model, ...], tuple[LeftOut, ...]]:
        """Who could do it, and who could not and why; both by priority.

        Args:
            wishes: what is asked.
        """
        # What these say is looked at later: the same kind of request is found under any of them.
        kind = replace(wishes, tier=None, max_cost=None, ceiling=None, room=None)
        known = self._known.get(kind)
        if known is None:
            known = self._sorted(kind)
            _keep(self._known, kind, known)
        return known

    def hopeful(self, wishes: Wishes, speeds: Speeds, floors: Floors) -> tuple[_Hope, ...]:
        """Who could do it, with the place that each has at best, the best first.

        Args:
            wishes: what is asked.
            speeds: how long models took. Another mapping whenever they change.
            floors: what it costs at least.
        """
        key = replace(wishes, max_cost=None, ceiling=None, room=None), floors.kind
        known = self._hopeful.get(key)
        if known is None or known[0] is not speeds:
            found = (_at_best(model, wishes, speeds, floors) for model in self.able(wishes)[0])
            known = speeds, tuple(sorted((each for each in found if each), key=lambda each: each[0]))
            _keep(self._hopeful, key, known)
        return known[1]

    def _sorted(self, wishes: Wishes) -> tuple[tuple[Model, ...], tuple[LeftOut, ...]]:
        able: list[Model] = []
        left_out: list[LeftOut] = []
        for model in self._models:
            found = lawful(model, wishes) if model.id == wishes.pin else obstacle(model, wishes)
            if found is None:
                able.append(model)
            else:
                left_out.append(LeftOut(model, *found))
        return tuple(able), tuple(left_out)


def _keep(kept: OrderedDict[_K, _T], key: _K, value: _T) -> None:
    kept[key] = value
    if len(kept) > _MOST_KEPT:
        kept.popitem(last=False)


def rank(
    models: Field | Iterable[Model],
    wishes: Wishes,
    availability: AvailabilityOf,
    speeds: Speeds,
    price_of: PriceOf,
) -> Ranking:
    """Put every model in its place.

    A model that is asked for by name is fitted to the request as far as it goes, and is first. All
    others do exactly what is asked: they never change operation, mask, references, size class,
    transparency, region or classification, and never exceed the cap.

    Args:
        models: those there are.
        wishes: what is asked.
        availability: who can be reached now.
        speeds: how long models took.
        price_of: what it will cost on a model.

    Returns:
        Each model once, with its score or its reason; the same for the same facts.
    """
    field = models if isinstance(models, Field) else Field(models)
    able, without = field.able(wishes)
    judge = _Judge(wishes, availability, speeds, price_of, _cap(field.get(wishes.pin), wishes, price_of))
    judged = [judge.judge(model) for model in able]
    chosen = [each for each in judged if isinstance(each, Choice)]
    left_out = [*without, *(each for each in judged if isinstance(each, LeftOut))]
    instead = _nobody_instead(left_out, wishes)
    if instead is not None:
        left_out += [LeftOut(choice.model, "no_fallback", instead) for choice in chosen]
        chosen = []
    return Ranking(
        tuple(sorted(chosen, key=lambda choice: _place(choice, wishes))),
        tuple(sorted(left_out, key=lambda each: (each.model.priority, each.model.id))),
    )


def first(
    field: Field,
    wishes: Wishes,
    availability: AvailabilityOf,
    speeds: Speeds,
    price_of: PriceOf,
    *,
    floors: Floors,
) -> Choice | None:
    """The best alone, as `rank` would have it, without asking for the price of everybody.

    Models are looked at in the order of the place they have at best, and no further than to where
    nobody can be better than the best that was found.

    Args:
        field: the models there are.
        wishes: what is asked; no model by name.
        availability: who can be reached now.
        speeds: how long models took.
        price_of: what it will cost on a model.
        floors: what it costs at least.
    """
    judge = _Judge(wishes, availability, speeds, price_of, wishes.max_cost)
    best: Choice | None = None
    for at_best, model, floor in field.hopeful(wishes, speeds, floors):
        if best is not None and at_best >= _place(best, wishes):
            break
        if wishes.max_cost is not None and floor.most is not None and floor.most > wishes.max_cost:
            continue
        judged = judge.judge(model)
        if isinstance(judged, Choice) and (best is None or _place(judged, wishes) < _place(best, wishes)):
            best = judged
    return best


def _at_best(model: Model, wishes: Wishes, speeds: Speeds, floors: Floors) -> _Hope | None:
    """The place a model would have at its lowest price. `None`: it cannot be fitted."""
    try:
        floor = floors.of(model)
    except UserError:
        return None
    score = SCORERS[wishes.strategy or Strategy.PRIORITY](_standing(model, floor, wishes, speeds))
    return _place(Choice(model, _rounded(score), floor, ""), wishes), model, floor


def _nobody_instead(left_out: list[LeftOut], wishes: Wishes) -> str | None:
    """Why nobody may take the place of the one asked for by name. `None`: somebody may.

    Another takes it only where its provider fails: what is wrong with the request, or not set up, is
    for the caller to put right.
    """
    pinned = next((each for each in left_out if each.model.id == wishes.pin), None)
    if pinned is None or pinned.code == "unavailable":
        return None
    return f"{wishes.pin} was asked for, and what keeps it from serving is no fault of its provider."


def _place(choice: Choice, wishes: Wishes) -> _Place:
    model = choice.model
    by_alias = wishes.among.index(model.id) if wishes.strategy is None and model.id in wishes.among else 0
    return model.id != wishes.pin, by_alias, -choice.score, model.priority, model.id


def _cap(pinned: Model | None, wishes: Wishes, price_of: PriceOf) -> Decimal | None:
    """The most a substitute may cost: what the request says, else what the pinned model could have."""
    if wishes.max_cost is not None or pinned is None:
        return wishes.max_cost
    try:
        return price_of(pinned).most or Decimal(0)
    except UserError:
        return Decimal(0)


def _standing(model: Model, price: Price, wishes: Wishes, speeds: Speeds) -> Standing:
    operation = wishes.operation
    native = model.abilities[operation].through is None
    return Standing(model, price, speeds.get((model.id, operation)), native, wishes.tier)


def _rounded(score: float) -> float:
    """So that what is as good is not told apart by the last digit."""
    return round(score, 6)


class _Judge:
    """Judges models for one request; each provider is asked for once."""

    def __init__(
        self,
        wishes: Wishes,
        availability: AvailabilityOf,
        speeds: Speeds,
        price_of: PriceOf,
        cap: Decimal | None,
    ) -> None:
        self._wishes = wishes
        self._availability = availability
        self._speeds = speeds
        self._price_of = price_of
        self._cap = cap
        self._score = SCORERS[wishes.strategy or Strategy.PRIORITY]
        self._reached: dict[str, Availability] = {}

    def judge(self, model: Model) -> Choice | LeftOut:
        """Its score, or the reason why it is left out."""
        reached = self._reached.get(model.provider)
        if reached is None:
            reached = self._availability(model.provider, self._wishes.operation)
            self._reached[model.provider] = reached
        if not reached.available:
            reason = reached.reason or f"{model.provider} cannot be asked now."
            return LeftOut(model, "unavailable" if reached.set_up else "not_set_up", reason)
        try:
            price = self._price_of(model)
        except UserError as error:
            return LeftOut(model, error.code, error.message)
        return self._too_dear(model, price) or self._no_room(model, price) or self._choice(model, price)

    def _choice(self, model: Model, price: Price) -> Choice:
        standing = _standing(model, price, self._wishes, self._speeds)
        wished = self._wishes.regions
        return Choice(
            model,
            _rounded(self._score(standing)),
            price,
            why(standing),
            model.processed_in(wished),
            model.address(wished),
        )

    def _too_dear(self, model: Model, price: Price) -> LeftOut | None:
        cap, most, pinned = self._cap, price.most, model.id == self._wishes.pin
        if pinned and self._wishes.max_cost is None:
            return None
        if most is None:
            most = self._wishes.ceiling
            if most is None and (cap is not None or not self._wishes.named):
                return LeftOut(model, "price_unknown", "Nobody has published what it would cost.")
        if cap is None or most is None or most <= cap:
            return None
        whose = "the limit" if self._wishes.max_cost is not None else f"{self._wishes.pin} could"
        text = f"It may cost ${plain(most)}, more than {whose}: ${plain(cap)}."
        return LeftOut(model, "over_max_cost", text)

    def _no_room(self, model: Model, price: Price) -> LeftOut | None:
        """What the ledger would refuse, said before anybody is asked for it."""
        room = self._wishes.room
        if room is None:
            return None
        if room.full is not None:
            return LeftOut(model, "over_quota", room.full)
        if price.free or room.usd is None:
            return None
        most = room.ceiling if price.most is None else price.most
        if most is None:
            return LeftOut(model, "price_unknown", f"Nobody knows what it would cost. {room.left}")
        if most > room.usd:
            return LeftOut(model, "over_budget", f"It may cost ${plain(most)}. {room.left}")
        return None
