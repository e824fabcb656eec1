"""Spends and charges for the ledger's tests."""

from datetime import UTC, datetime
from decimal import Decimal

from limner.core.ids import new_id
from limner.core.money import NO_COST, Certainty, Cost, Money, Price
from limner.core.operations import Operation
from limner.ledger.entries import Charge, Spend, State

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ADA = ("tenant:acme", "user:ada")
MODEL = "openai/gpt-image-2.5-flare"
UNPRICED = Price(Certainty.UNKNOWN, arithmetic="nobody has published it")


def usd(amount: str | Decimal) -> Price:
    """A price that is known."""
    value = Decimal(amount)
    return Price(Certainty.EXACT, Money(value), value, value, "1 × it")


def spend(
    price: Price | str = "0.04",
    *,
    run: str = "",
    owners: tuple[str, ...] = ADA,
    images: int = 1,
    at: datetime = NOON,
    model: str = MODEL,
    operation: Operation = Operation.GENERATE,
) -> Spend:
    priced = usd(price) if isinstance(price, str) else price
    provider = model.partition("/")[0]
    return Spend(run or new_id("run"), owners, provider, model, operation, images, priced, at)


def cost(amount: str | Decimal | None) -> Cost:
    if amount is None:
        return Cost(Certainty.UNKNOWN, arithmetic="nobody knows")
    return Cost(Certainty.EXACT, Money(Decimal(amount)), Decimal(amount), "1 × it")


def charged(amount: str | Decimal | None, *, images: int = 1, model: str = MODEL) -> Charge:
    return _charge(State.CHARGED, cost(amount), images, None, model)


def failed(*, model: str = MODEL) -> Charge:
    return _charge(State.FAILED, NO_COST, 0, None, model)


def unknown(possible: str | Decimal | None = None, *, model: str = MODEL) -> Charge:
    most = None if possible is None else Decimal(possible)
    return _charge(State.UNKNOWN, cost(None), 0, most, model)


def _charge(state: State, cost: Cost, images: int, possible: Decimal | None, model: str) -> Charge:
    return Charge(new_id("attempt"), model.partition("/")[0], model, state, images, cost, possible)
