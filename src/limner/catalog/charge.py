"""What a finished call cost: as stated, as metered, or by the price list for what was delivered."""

from decimal import Decimal

from limner.catalog.quote import price_for, quote_order, sure
from limner.catalog.tariffs import Sum, megapixel_amount
from limner.catalog.tokens import metered
from limner.core.adapter import Done, Usage
from limner.core.models import Model
from limner.core.money import NO_COST, USD, Certainty, Cost, Money, plain
from limner.core.operations import Operation
from limner.core.prices import Free, PerImage, PerMegapixel, PerToken, Tariffed
from limner.core.requests import Request

_IN_DOLLARS = Tariffed(Free())
"""The unit of an amount that a vendor states for a model without a price list."""


def charge(order: Request, model: Model, done: Done) -> Cost:
    """Say what a call cost, from the surest source there is.

    Args:
        order: as it was sent.
        model: that served it.
        done: what came back.

    Returns:
        `exact` when the vendor stated it, metered it completely, or sells by the picture; else
        `estimated`, or `unknown`. Zero only for what is free or what the vendor states so.
    """
    tariffed = price_for(model, order)
    if done.stated_cost is not None and done.stated_cost.is_finite() and done.stated_cost >= 0:
        stated = Sum(done.stated_cost, None, exact=True, arithmetic="as the vendor states it")
        return _cost(stated, _IN_DOLLARS if tariffed is None or tariffed.unit == USD else tariffed)
    if tariffed is None:
        return Cost(Certainty.UNKNOWN, arithmetic="no price is published, and the vendor states none")
    if isinstance(tariffed.rule, Free):
        return NO_COST
    counted = None if done.usage is None else _metered(done.usage, tariffed)
    if counted is not None:
        return _cost(counted, tariffed)
    return _listed(order, model, done)


def charge_preparing(order: Request, model: Model) -> Cost:
    """Say what one paid call before a call cost, by the price list.

    Args:
        order: the order it was made for.
        model: that serves it.
    """
    tariffed = price_for(model, order)
    if tariffed is None or tariffed.preparing is None:
        return Cost(Certainty.UNKNOWN, arithmetic="no price is published for what comes before the call")
    return _cost(Sum(tariffed.preparing, None, exact=True, arithmetic="to prepare"), tariffed)


def _cost(found: Sum, tariffed: Tariffed) -> Cost:
    amount = found.amount or Decimal(0)
    rate = tariffed.usd_per_unit
    kind = Certainty.EXACT if found.exact and sure(tariffed) else Certainty.ESTIMATED
    return Cost(kind, Money(amount, tariffed.unit), None if rate is None else amount * rate, found.arithmetic)


def _metered(usage: Usage, tariffed: Tariffed) -> Sum | None:
    """By the published rates. `None`: what was metered does not say."""
    rule, unit = tariffed.rule, tariffed.unit
    if isinstance(rule, PerToken):
        return metered(usage, rule, unit)
    if usage.units is None:
        return None
    if unit != USD:
        return Sum(usage.units, None, exact=True, arithmetic=f"{plain(usage.units)} {unit}, as metered")
    if isinstance(rule, PerMegapixel):
        text = f"{plain(usage.units)} MP at {Money(rule.amount, unit)}, as metered"
        return Sum(megapixel_amount(usage.units, rule), None, exact=True, arithmetic=text)
    if isinstance(rule, PerImage) and len(rule.tariffs) == 1:
        amount = rule.tariffs[0].amount
        text = f"{plain(usage.units)} × {Money(amount, unit)}, as metered"
        return Sum(amount * usage.units, None, exact=True, arithmetic=text)
    return None


def _listed(order: Request, model: Model, done: Done) -> Cost:
    """By the price list, for as many pictures as came, of those that were asked for."""
    count = min(len(done.artifacts), order.n) or int(order.operation is Operation.SUGGEST_TAGS)
    if count == 0:
        text = "no picture came, and the vendor does not say what it charged"
        return Cost(Certainty.UNKNOWN, arithmetic=text)
    word = model.limits.qualities.get(order.quality) if order.quality else None
    price = quote_order(order.replace(n=count), model, word)
    return Cost(price.kind, price.native, price.usd, price.arithmetic)
