"""The best model for an operation and a picture, in a sentence (row D6). Nothing is chosen by it."""

from dataclasses import dataclass, replace
from decimal import Decimal

from limner.catalog.bands import Band, band
from limner.core.models import Ability, Model
from limner.core.money import Price, plain
from limner.core.operations import Need, Operation
from limner.core.requests import Strategy, Tier
from limner.policy.routing.candidates import Choice, Field, Ranking, rank
from limner.policy.routing.checks import size_made
from limner.policy.routing.facts import AvailabilityOf, PriceOf, Speeds, Wishes


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What a person is advised to take."""

    choice: Choice
    sentence: str
    """Why, for a person."""
    cheaper: Choice | None
    """The best of those that cost less. Absent: nothing does."""
    ranking: Ranking
    """Every model with its score or its reason."""

    @property
    def band(self) -> Band | None:
        """The price band. Absent: the price is unknown."""
        return band(self.choice.price)


def recommend(
    field: Field, wishes: Wishes, availability: AvailabilityOf, speeds: Speeds, price_of: PriceOf
) -> Recommendation | None:
    """Say which model is best: by tier, price, time and fitness together.

    Args:
        field: the models there are.
        wishes: what is asked. Without a tier, `high` is meant: who asks for the best means a good one.
        availability: who can be asked now.
        speeds: how long models took.
        price_of: what it will cost on a model.

    Returns:
        The recommendation. `None`: nobody that is set up can do it.
    """
    asked = replace(
        wishes, tier=wishes.tier or Tier.HIGH, strategy=wishes.strategy or Strategy.BALANCED, pin=None
    )
    ranking = rank(field, asked, availability, speeds, price_of)
    best = ranking.best
    if best is None:
        return None
    cheaper = next((each for each in ranking.chosen if _costs_less(each.price, best.price)), None)
    seconds = speeds.get((best.model.id, wishes.operation))
    return Recommendation(best, _sentence(best, cheaper, wishes, seconds), cheaper, ranking)


def _costs_less(one: Price, other: Price) -> bool:
    return one.usd is not None and other.usd is not None and one.usd < other.usd


def _sentence(best: Choice, cheaper: Choice | None, wishes: Wishes, seconds: float | None) -> str:
    model, ability = best.model, best.model.abilities[wishes.operation]
    facts = [_means(ability), *_mask(model, ability, wishes), *_size(model, ability, wishes), _money(best)]
    if seconds is not None:
        facts.append(f"took {seconds:.2g} s lately")
    text = f"{_named(model)} is the best here to {_verb(wishes.operation)}: it "
    text += f"{', '.join(facts[:-1])} and {facts[-1]}."
    if cheaper is not None:
        price = "free" if cheaper.price.free else f"about ${_short(cheaper.price)}"
        text += f" {_named(cheaper.model)} is {price}."
    return text


def _named(model: Model) -> str:
    known = model.provider.lower() in model.label.lower()
    return model.label if known else f"{model.label} ({model.provider})"


def _means(ability: Ability) -> str:
    through = ability.through
    return "does so itself" if through is None else f"does so by means of {_verb(through)}"


def _mask(model: Model, ability: Ability, wishes: Wishes) -> list[str]:
    if not wishes.masked:
        return []
    real = model.abilities[ability.through] if ability.through is not None else ability
    if model.mask is not None and real.mask is not Need.UNUSED:
        return ["takes the mask"]
    return ["takes no mask, so that the region around it is cut out and put back"]


def _size(model: Model, ability: Ability, wishes: Wishes) -> list[str]:
    wanted = wishes.size or wishes.canvas
    if wanted is None or wishes.masked or wishes.operation is Operation.UPSCALE:
        return []
    made = size_made(model, ability, wanted, wishes.canvas)
    if made is None:
        return []
    return [f"makes {wanted}"] if made == wanted else [f"makes {made}, which is brought to {wanted}"]


def _money(choice: Choice) -> str:
    price = choice.price
    if price.free:
        return "is free"
    if price.usd is None:
        return "has no known price in dollars" if price.native is None else f"costs {price.native}"
    return f"costs about ${_short(price)} ({band(price)})"


def _short(price: Price) -> str:
    return plain(round(price.usd or Decimal(0), 4))


def _verb(operation: Operation) -> str:
    return operation.value.replace("_", " ")
