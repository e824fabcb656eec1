"""What a fitted request will cost: exact, estimated with a bound, or unknown. Never a false zero."""

from collections.abc import Iterable
from decimal import Decimal

from limner.catalog.fit import Fitted
from limner.catalog.tariffs import Sum, by_area, by_image, by_megapixel, by_step
from limner.catalog.tokens import by_token
from limner.core.models import Model
from limner.core.money import FREE, USD, Certainty, Money, Price, plain
from limner.core.prices import Free, PerArea, PerImage, PerMegapixel, PerStep, PerToken, Tariffed, Unpublished
from limner.core.requests import Request

_UNPUBLISHED = Price(Certainty.UNKNOWN, arithmetic="no price is published")


def quote(fitted: Fitted) -> Price:
    """The price of everything that will be sent, together.

    Args:
        fitted: as `fit` made it.

    Example:
        >>> from datetime import date
        >>> from limner.catalog.fit import fit
        >>> from limner.catalog.load import load
        >>> from limner.core.operations import Operation
        >>> from limner.core.pictures import Size
        >>> from limner.core.requests import Tier
        >>> model = load().find("openai/gpt-image-2", today=date(2026, 11, 21))
        >>> wish = Request(Operation.GENERATE, prompt="a kite", size=Size(1024, 1024), quality=Tier.STANDARD)
        >>> price = quote(fit(wish, model))
        >>> price.kind.value, round(price.usd, 4), round(price.most, 4)
        ('estimated', Decimal('0.0527'), Decimal('0.0575'))
        >>> price.arithmetic
        '1 × (1,756 image tokens at $30/M + 8 of text at $5/M), estimated'
    """
    calls = [quote_order(order, fitted.model, fitted.quality) for order in fitted.orders]
    return together([*calls, *quote_preparing(fitted.orders[0], fitted.model)])


def quote_preparing(order: Request, model: Model) -> tuple[Price, ...]:
    """The prices of the paid calls that come before a run's calls, each made once.

    Args:
        order: any of the run's: all have the same references.
        model: says which references take such a call, and what it costs.
    """
    shown = {one.picture.digest for one in order.references if one.role in model.limits.prepared}
    tariffed = price_for(model, order)
    if not shown or tariffed is None:
        return ()
    one = tariffed.preparing
    exact = one is not None
    found = Sum(one, one, exact=exact, arithmetic=f"{Money(one, tariffed.unit)} to prepare" if one else "")
    return (_price(found, tariffed),) * len(shown)


def quote_order(order: Request, model: Model, quality: str | None) -> Price:
    """The price of one call.

    Args:
        order: as `fit` made it: operation, size, steps and number are the model's.
        model: with its prices.
        quality: the wire's word. Absent: the model's default.
    """
    tariffed = price_for(model, order)
    if tariffed is None:
        return _UNPUBLISHED
    rule, unit = tariffed.rule, tariffed.unit
    word = quality or model.limits.default_quality
    match rule:
        case Free():
            return FREE
        case Unpublished():
            return _UNPUBLISHED
        case PerToken():
            found = by_token(order, model, rule, word, unit=unit)
        case PerImage():
            found = by_image(order, model, rule, word, unit=unit)
        case PerMegapixel():
            found = by_megapixel(order, model, rule, unit=unit)
        case PerStep():
            found = by_step(order, model, rule, unit=unit)
        case PerArea():
            found = by_area(order, model, rule, unit=unit)
    return _price(found, tariffed)


def price_for(model: Model, order: Request) -> Tariffed | None:
    """The entry that counts for an order: the first whose conditions, where named, fit."""
    return next((entry for entry in model.prices if _applies(entry, order)), None)


def _applies(entry: Tariffed, order: Request) -> bool:
    tool = (order.tool or "").rpartition("/")[2]
    conditions = (
        (entry.operations, order.operation),
        (entry.formats, order.format),
        (entry.tools, tool),
        (entry.styles, order.style),
        (entry.scales, order.scale),
    )
    return all(not named or asked in named for named, asked in conditions)


def _price(found: Sum, tariffed: Tariffed) -> Price:
    if found.amount is None:
        return Price(Certainty.UNKNOWN, arithmetic=found.arithmetic)
    rate, most_rate = tariffed.usd_per_unit, tariffed.most_usd_per_unit or tariffed.usd_per_unit
    return Price(
        kind=Certainty.EXACT if found.exact and sure(tariffed) else Certainty.ESTIMATED,
        native=Money(found.amount, tariffed.unit),
        usd=None if rate is None else found.amount * rate,
        most=None if most_rate is None or found.most is None else found.most * most_rate,
        arithmetic=f"{found.arithmetic}{_rate(tariffed)}",
    )


def sure(tariffed: Tariffed) -> bool:
    """Whether an amount by this entry is certain in dollars too."""
    return not tariffed.uncertain and tariffed.most_usd_per_unit is None


def _rate(tariffed: Tariffed) -> str:
    rate, most = tariffed.usd_per_unit, tariffed.most_usd_per_unit
    unconfirmed = ", by figures that nobody has confirmed" if tariffed.uncertain else ""
    if tariffed.unit == USD or rate is None:
        return unconfirmed
    upto = f" to ${plain(most)}" if most is not None else ""
    return f"; 1 {tariffed.unit} = ${plain(rate)}{upto}{unconfirmed}"


def together(prices: Iterable[Price]) -> Price:
    """Add prices up; the sum is no more certain than its least certain part.

    Args:
        prices: at least one.

    Example:
        >>> cent = Price(
        ...     Certainty.EXACT, Money(Decimal("0.01")), Decimal("0.01"), Decimal("0.01"), "1 × $0.01"
        ... )
        >>> both = together([cent, cent])
        >>> both.usd, both.arithmetic
        (Decimal('0.02'), '2 calls of 1 × $0.01')
    """
    parts = list(prices)
    if len(parts) == 1:
        return parts[0]
    kind = max((price.kind for price in parts), key=list(Certainty).index)
    arithmetic = " + ".join(_counted(price.arithmetic for price in parts))
    if kind is Certainty.UNKNOWN:
        return Price(kind, arithmetic=arithmetic)
    natives = [price.native for price in parts if price.native is not None]
    units = {native.unit for native in natives}
    native = None
    if len(natives) == len(parts) and len(units) == 1:
        native = Money(sum((one.amount for one in natives), Decimal(0)), units.pop())
    usd = _total(price.usd for price in parts)
    return Price(kind, native, usd, _total(price.most for price in parts), arithmetic)


def _counted(texts: Iterable[str]) -> list[str]:
    every = list(texts)
    distinct = dict.fromkeys(every)
    return [text if every.count(text) == 1 else f"{every.count(text)} calls of {text}" for text in distinct]


def _total(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum; absent as soon as one part is."""
    total = Decimal(0)
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total
