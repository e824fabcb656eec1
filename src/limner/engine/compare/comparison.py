"""Who takes part in a comparison and what each would cost; then what each brought."""

import string
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from limner.catalog.quote import together
from limner.core.errors import Billed, Error, ImageProcessing, StoreFailed
from limner.core.models import Model
from limner.core.money import FREE, NO_COST, Certainty, Cost, Price, total
from limner.core.requests import Request
from limner.core.results import Result
from limner.engine.run import Quote

LETTERS: Final = string.ascii_uppercase
"""What candidates are called where a name is too long."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that takes part."""

    name: str
    """As the caller wrote it."""
    found: Quote | Error
    """What it would cost, or why it will not be asked."""
    reason: str
    """What speaks for it, or against it, in words."""

    @property
    def quote(self) -> Quote | None:
        """What it would cost. `None`: it will not be asked."""
        return self.found if isinstance(self.found, Quote) else None

    @property
    def model(self) -> Model | None:
        """Which it is. `None`: it will not be asked."""
        return None if self.quote is None else self.quote.model

    @property
    def title(self) -> str:
        """What people call it."""
        return self.name if self.model is None else self.model.label


@dataclass(frozen=True, slots=True)
class Lineup:
    """A comparison before anything is sent."""

    request: Request
    """What all are asked; the model it names does not count."""
    candidates: tuple[Candidate, ...]
    """In the order given."""

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """Of those that will be asked."""
        return tuple(each.quote for each in self.candidates if each.quote is not None)

    @property
    def price(self) -> Price:
        """What all that will be asked cost together."""
        return together(quote.price for quote in self.quotes) if self.quotes else FREE


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of one."""

    candidate: Candidate
    outcome: Result | Error
    seconds: float
    """From asking to the finished picture, or to the failure. 0: it was not asked."""

    @property
    def result(self) -> Result | None:
        """Its result. `None`: it failed."""
        return self.outcome if isinstance(self.outcome, Result) else None

    @property
    def error(self) -> Error | None:
        """What went wrong. `None`: it delivered."""
        return self.outcome if isinstance(self.outcome, Error) else None

    @property
    def kept(self) -> tuple[bytes, ...]:
        """What came and could not be finished, as it came: it may have been paid for."""
        return self.outcome.kept if isinstance(self.outcome, ImageProcessing | StoreFailed) else ()

    @property
    def cost(self) -> Cost:
        """What it cost, as far as that is known."""
        if isinstance(self.outcome, Result):
            return self.outcome.cost
        if self.outcome.billed is Billed.NO:
            return NO_COST
        return Cost(Certainty.UNKNOWN, arithmetic="a failed call that may have been charged")


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison that is over."""

    request: Request
    quote: Price
    """What was quoted for all together, before."""
    entries: tuple[Compared, ...]
    """In the order given: those that delivered, and those that failed."""
    at: datetime
    """When it was over."""

    @property
    def cost(self) -> Cost:
        """What all cost together, as far as that is known."""
        return total([each.cost for each in self.entries])

    @property
    def results(self) -> tuple[Result, ...]:
        """Of those that delivered."""
        return tuple(each.result for each in self.entries if each.result is not None)

    @property
    def cheapest(self) -> Compared | None:
        """Who delivered for less than all others. `None`: nobody did, or nobody knows in dollars."""
        known = [(each.cost.usd, each) for each in self.entries if each.result and each.cost.usd is not None]
        least = min((usd for usd, _ in known), default=None)
        who = [each for usd, each in known if usd == least]
        return who[0] if len(who) == 1 else None

    @property
    def fastest(self) -> Compared | None:
        """Who delivered first. `None`: nobody did."""
        return min((each for each in self.entries if each.result), key=lambda e: e.seconds, default=None)
