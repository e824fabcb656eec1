"""Prices by picture, megapixel and step: the arithmetic of one call."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from math import log
from typing import Final

from limner.catalog.sizes import USUAL
from limner.core.models import Model
from limner.core.money import Money, plain
from limner.core.operations import Operation
from limner.core.pictures import Size
from limner.core.prices import PerArea, PerImage, PerMegapixel, PerStep, Tariff
from limner.core.requests import Request, Tier

_USUAL_FACTOR: Final = 2


@dataclass(frozen=True, slots=True)
class Sum:
    """What a call comes to, in the unit of its price."""

    amount: Decimal | None
    """Absent: nobody can say."""
    most: Decimal | None
    """Absent: nothing bounds it."""
    exact: bool
    arithmetic: str


def by_image(order: Request, model: Model, rule: PerImage, quality: str | None, *, unit: str) -> Sum:
    """So much a picture. Not exact where the list has several prices and the model chooses.

    Args:
        order: as it is sent.
        model: its default size counts where the order names none.
        rule: the list.
        quality: the wire's word. Absent: the model decides.
        unit: of the amounts, to write them down.
    """
    size = order.size or model.sizes.default
    row = certain(rule.tariffs, quality, size)
    sent, said = _sent(order, rule, unit)
    if row is not None:
        amount = row.amount * order.n + sent
        labels = ", ".join(label for label in (row.quality, row.size) if label)
        text = f"{order.n} × {Money(row.amount, unit)}{f' ({labels})' if labels else ''}{said}"
        return Sum(amount, amount, exact=True, arithmetic=text)
    rows = possible(rule.tariffs, quality)
    if not rows:
        return Sum(None, None, exact=False, arithmetic=f"the price list has no quality {quality}")
    row = likeliest(rows, model, quality, size)
    prices = [one.amount for one in rows]
    span = f"{Money(min(prices), unit)} to {Money(max(prices), unit)}"
    text = f"{order.n} × about {Money(row.amount, unit)} ({span}: the model decides){said}"
    return Sum(row.amount * order.n + sent, max(prices) * order.n + sent, exact=False, arithmetic=text)


def _sent(order: Request, rule: PerImage, unit: str) -> tuple[Decimal, str]:
    """What the pictures that go along add, and how that is written down."""
    paid = len(order.images) + len(order.references) - rule.pictures_included
    if not rule.picture_in or paid <= 0:
        return Decimal(0), ""
    return rule.picture_in * paid, f" + {paid} × {Money(rule.picture_in, unit)} for pictures sent"


def certain(rows: Iterable[Tariff], quality: str | None, size: Size | None) -> Tariff | None:
    """The first row that applies for sure."""
    for row in rows:
        if row.quality in {None, quality} and (row.size is None or row.size == str(size)):
            return row
    return None


def possible(rows: Iterable[Tariff], quality: str | None) -> list[Tariff]:
    """All rows that may apply: those of the quality, or of any where the model decides."""
    return [row for row in rows if quality is None or row.quality in {None, quality}]


def likeliest(rows: Iterable[Tariff], model: Model, quality: str | None, size: Size | None) -> Tariff:
    """Of rows that may apply, the one to estimate by: the standard quality, the nearest size."""
    word = quality or model.limits.qualities.get(Tier.STANDARD)
    wanted = size or USUAL

    def far(row: Tariff) -> tuple[bool, float]:
        listed = Size.parse(row.size) if row.size else wanted
        shape, area = log(listed.ratio / wanted.ratio), log(listed.pixels / wanted.pixels)
        return row.quality not in {None, word}, abs(shape) + abs(area)

    return min(rows, key=far)


def by_megapixel(order: Request, model: Model, rule: PerMegapixel, *, unit: str) -> Sum:
    """So much a megapixel of the result, perhaps of the pictures sent too.

    Args:
        order: as it is sent; its pictures have been probed.
        model: says which size comes where the order names none.
        rule: rates and how they are counted.
        unit: of the amounts, to write them down.
    """
    size, exact = result_size(order, model)
    counted = _megapixels(size.pixels, rule)
    largest = _largest(order, model, rule)
    if rule.counts_input:
        sent = [one.size for one in (*order.images, *(shown.picture for shown in order.references))]
        exact = exact and None not in sent
        inputs = sum((_megapixels((one or USUAL).pixels, rule) for one in sent), Decimal(0))
    else:
        inputs = Decimal(0)
    steps = _more_steps(order, rule)
    each = megapixel_amount(counted, rule, inputs) * steps
    highest = each if exact else None
    if not exact and largest is not None:
        highest = megapixel_amount(largest, rule, inputs) * steps
    highest = _rounded_up(highest, rule)
    text = f"{order.n} × {plain(counted + inputs)} MP at {Money(rule.amount, unit)}"
    if rule.first is not None:
        text += f", the first at {Money(rule.first, unit)}"
    if steps != 1:
        text += f", times {order.steps} steps of {rule.included_steps}"
    most = None if highest is None else highest * order.n
    return Sum(each * order.n, most, exact=exact and highest == each, arithmetic=text)


def _largest(order: Request, model: Model, rule: PerMegapixel) -> Decimal | None:
    """Megapixels of the largest result there can be. `None`: nothing bounds it."""
    if rule.most is not None:
        return rule.most
    pixels = most_pixels(order, model)
    return None if pixels is None else _megapixels(pixels, rule)


def _rounded_up(amount: Decimal | None, rule: PerMegapixel) -> Decimal | None:
    """What a vendor may make of an amount that it states to so many places."""
    if amount is None or rule.smallest is None:
        return amount
    return amount.quantize(rule.smallest, ROUND_CEILING)


def megapixel_amount(made: Decimal, rule: PerMegapixel, sent: Decimal = Decimal(0)) -> Decimal:
    """The price of so many megapixels, the first perhaps at its own rate.

    Args:
        made: of the result.
        rule: the rates.
        sent: of the pictures that went along, where they count.

    Example:
        >>> rule = PerMegapixel(Decimal("1.5"), first=Decimal(3), whole_first=True)
        >>> megapixel_amount(Decimal("0.5"), rule, Decimal(1))
        Decimal('4.5')
    """
    first = rule.amount if rule.first is None else rule.first
    if rule.whole_first:
        amount = first + rule.amount * (max(made - 1, Decimal(0)) + sent)
    else:
        total = made + sent
        amount = first * min(total, Decimal(1)) + rule.amount * max(total - 1, Decimal(0))
    return amount


def _more_steps(order: Request, rule: PerMegapixel) -> Decimal:
    """By how much the steps asked for make it dearer."""
    if order.steps is None or rule.included_steps is None:
        return Decimal(1)
    return max(Decimal(1), Decimal(order.steps) / rule.included_steps)


def _megapixels(pixels: int, rule: PerMegapixel) -> Decimal:
    counted = Decimal(pixels) / rule.megapixel
    return _up(counted / rule.step) * rule.step if rule.round_up else counted


def by_step(order: Request, model: Model, rule: PerStep, *, unit: str) -> Sum:
    """So much a denoising step, perhaps times megapixels.

    Args:
        order: as it is sent.
        model: says which size comes where the order names none.
        rule: rates, and the steps of an order that names none.
        unit: of the amounts, to write them down.
    """
    steps = order.steps or rule.default_steps
    each, exact = rule.amount * steps, True
    text = f"{order.n} × {steps} steps at {Money(rule.amount, unit)}"
    if rule.times_megapixels:
        size, exact = result_size(order, model)
        megapixels = Decimal(size.pixels) / 1_000_000
        each *= megapixels
        text += f" × {plain(megapixels)} MP"
    if rule.base:
        text += f" + {order.n} × {Money(rule.base, unit)}"
    amount = (rule.base + each) * order.n
    return Sum(amount, amount if exact else None, exact=exact, arithmetic=text)


def by_area(order: Request, model: Model, rule: PerArea, *, unit: str) -> Sum:
    """So much a pixel and a step of a pixel, rounded up.

    Args:
        order: as it is sent.
        model: says which size comes where the order names none.
        rule: rates, factors and bounds.
        unit: of the amounts, to write them down.
    """
    size, exact = result_size(order, model)
    pixels = max(min(size.pixels, rule.most_pixels or size.pixels), rule.least_pixels)
    steps = order.steps or rule.steps
    base = _up(pixels * (rule.pixel + rule.step * steps))
    each = max(_up(base * _factor(order, rule)), rule.least) + rule.plus
    more = sum((rule.references.get(one.role, Decimal(0)) for one in order.references), Decimal(0))
    amount = (each + more) * order.n + _crowd(order, rule)
    text = f"{order.n} × {Money(each, unit)} ({pixels:,} pixels, {steps} steps)"
    if amount != each * order.n:
        text += f" + {Money(amount - each * order.n, unit)} for references"
    if rule.included:
        text += f"; {rule.included}"
    return Sum(amount, amount if exact else None, exact=exact, arithmetic=text)


def _factor(order: Request, rule: PerArea) -> Decimal:
    on = (factor for name, factor in rule.options if order.options.get(name) is True)
    strength = order.strength if rule.by_strength else None
    return rule.factor * next(on, Decimal(1)) * (Decimal(1) if strength is None else Decimal(str(strength)))


def _crowd(order: Request, rule: PerArea) -> Decimal:
    if rule.crowd is None:
        return Decimal(0)
    role, most, each = rule.crowd
    return each * max(0, sum(one.role is role for one in order.references) - most)


def _up(amount: Decimal) -> Decimal:
    return amount.to_integral_value(ROUND_CEILING)


def result_size(order: Request, model: Model) -> tuple[Size, bool]:
    """How large a result will be, and whether that is certain."""
    if order.size is not None:
        return order.size, True
    source = order.images[0].size if order.images else None
    if order.operation is Operation.UPSCALE and source is not None:
        limits = model.limits
        return _enlarged(source, order.scale or limits.usual_scale or next(iter(limits.scales), None))
    if model.sizes.follows_source and source is not None:
        return source, True
    if model.sizes.default is not None:
        return model.sizes.default, not order.images
    return source or USUAL, False


def most_pixels(order: Request, model: Model) -> int | None:
    """How large a result can be where the model decides. `None`: nothing bounds it."""
    if order.operation is Operation.UPSCALE:
        return None
    sizes = model.sizes
    if sizes.free is not None:
        return sizes.free.most_pixels
    return max((size.pixels for size in sizes.fixed), default=None)


def _enlarged(source: Size, factor: float | None) -> tuple[Size, bool]:
    """What comes of enlarging: twice as large where nobody says how far."""
    used = factor or _USUAL_FACTOR
    return Size(round(source.width * used), round(source.height * used)), factor is not None
