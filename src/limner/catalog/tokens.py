"""Prices by token, which the vendor meters afterwards: an estimate, and a bound where there is one.

The estimate counts text at four bytes a token and pictures by the model's table or curve. The bound
counts a token for every byte of text, which no byte-level tokenizer exceeds, adds what vendors were
seen to add, counts the mask as one more picture, and takes the dearest quality where none is asked
for. Every picture of a call is billed as if it were a call of its own (observed at OpenAI,
https://community.openai.com/t/1382940, 2026-06-12).
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from limner.catalog.sizes import USUAL
from limner.catalog.tariffs import Sum, certain, likeliest
from limner.core.adapter import Usage
from limner.core.models import Model
from limner.core.money import Money
from limner.core.operations import Operation
from limner.core.pictures import Size
from limner.core.prices import PerToken, TokenCurve
from limner.core.requests import Request, Tier

_BYTES_PER_TOKEN: Final = 4
_ADDED: Final = 6
"""Text tokens added to every prompt (same source)."""
_MOST_ADDED: Final = 64
"""The same for the bound, a call and each picture sent; 6 and up to 41 were observed."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What one picture takes."""

    text_in: int
    image_in: int
    image_out: int

    def amount(self, rule: PerToken) -> Decimal:
        """Their price."""
        total = self.text_in * rule.text_in + self.image_in * rule.image_in + self.image_out * rule.image_out
        return total / 1_000_000


def by_token(order: Request, model: Model, rule: PerToken, quality: str | None, *, unit: str) -> Sum:
    """What the tokens of a call will come to.

    Args:
        order: as it is sent.
        model: its sizes and qualities count where the order leaves them open.
        rule: rates, tables and curve.
        quality: the wire's word. Absent: the model decides.
        unit: of the rates, to write them down.
    """
    usual = _usual(order, model, rule, quality)
    most = _most(order, model, rule, quality)
    counted = usual or most
    if counted is None:
        text = f"tokens nobody has counted yet, at {Money(rule.image_out, unit)} a million"
        return Sum(None, None, exact=False, arithmetic=text)
    words = _most_words(rule)
    bound = None if most is None or words is None else (most.amount(rule) + words) * order.n
    return Sum(
        counted.amount(rule) * order.n,
        bound,
        exact=False,
        arithmetic=f"{order.n} × ({_written(counted, rule, unit)}), estimated",
    )


def _most_words(rule: PerToken) -> Decimal | None:
    """The most that text comes to which comes back with one picture. `None`: nothing bounds it."""
    if rule.text_out is None:
        return Decimal(0)
    return None if rule.most_text_out is None else rule.text_out * rule.most_text_out / 1_000_000


def _written(tokens: Tokens, rule: PerToken, unit: str) -> str:
    parts = (
        (tokens.image_out, "image tokens", rule.image_out),
        (tokens.image_in, "tokens of pictures sent", rule.image_in),
        (tokens.text_in, "of text", rule.text_in),
    )
    return " + ".join(f"{count:,} {what} at {Money(rate, unit)}/M" for count, what, rate in parts if count)


def _usual(order: Request, model: Model, rule: PerToken, quality: str | None) -> Tokens | None:
    word = quality or model.limits.qualities.get(Tier.STANDARD)
    painted = _likely_output(rule, model, word, order.size or model.sizes.default)
    if painted is None:
        return None
    return Tokens(
        -(-_bytes(order) // _BYTES_PER_TOKEN) + _ADDED,
        _sent(order) * rule.input_image_tokens,
        painted + order.partial_images * rule.partial_tokens,
    )


def _most(order: Request, model: Model, rule: PerToken, quality: str | None) -> Tokens | None:
    words = [quality] if quality else sorted(set(model.limits.qualities.values())) or [None]
    size = order.size or model.sizes.default
    painted = [_most_output(rule, model, word, size) for word in words]
    known = [count for count in painted if count is not None]
    if len(known) < len(painted):
        return None
    sent = _sent(order) + (model.mask is not None and _masked(order))
    return Tokens(
        _bytes(order) + _MOST_ADDED * (1 + sent),
        sent * (rule.most_input_image_tokens or rule.input_image_tokens),
        max(known) + order.partial_images * rule.partial_tokens,
    )


def _bytes(order: Request) -> int:
    return len(order.prompt.encode()) + len((order.negative_prompt or "").encode())


def _sent(order: Request) -> int:
    return len(order.images) + len(order.references)


def _masked(order: Request) -> bool:
    return order.mask is not None or order.operation in {Operation.INPAINT, Operation.OUTPAINT}


def _likely_output(rule: PerToken, model: Model, quality: str | None, size: Size | None) -> int | None:
    row = certain(rule.output_tokens, quality, size)
    if row is not None:
        return int(row.amount)
    if rule.curve is not None and quality is not None and quality in rule.curve.factors:
        return curve_tokens(rule.curve, rule.curve.factors[quality], size or USUAL)
    rows = [row for row in rule.output_tokens if row.quality in {None, quality}]
    return int(likeliest(rows, model, quality, size).amount) if rows else None


def _most_output(rule: PerToken, model: Model, quality: str | None, size: Size | None) -> int | None:
    """Of one quality. A size that is left to the model may be any it lists, or the usual one."""
    if rule.curve is not None and quality is not None and quality in rule.curve.factors:
        factor = rule.curve.most.get(quality, rule.curve.factors[quality])
        sizes = (size,) if size else model.sizes.fixed or _left_open(rule.curve)
        return max(curve_tokens(rule.curve, factor, one) for one in sizes)
    rows = [
        row.amount
        for row in rule.output_tokens
        if row.quality in {None, quality} and (size is None or row.size in {None, str(size)})
    ]
    return int(max(rows)) if rows else rule.most_output_tokens


def _left_open(curve: TokenCurve) -> tuple[Size, ...]:
    """What a vendor may paint that chooses the size."""
    edge = curve.longest_edge
    return (USUAL,) if edge is None else (USUAL, Size(edge, edge))


def curve_tokens(curve: TokenCurve, factor: int, size: Size) -> int:
    """Image tokens of one picture, as `TokenCurve` says.

    Example:
        >>> curve_tokens(TokenCurve({"high": 96}), 96, Size(1536, 1024))
        5488
    """
    short, long = sorted((size.width, size.height))
    side = (2 * factor * short + long) // (2 * long)
    return -(-factor * side * (curve.offset + size.pixels) // curve.per)


def metered(usage: Usage, rule: PerToken, unit: str) -> Sum | None:
    """What metered tokens come to. `None`: the picture's own tokens were not metered.

    Args:
        usage: as the vendor says. Where it leaves out what was sent, the sum is not exact.
        rule: the rates.
        unit: of the rates, to write them down.
    """
    if usage.image_out is None:
        return None
    parts = [
        (usage.image_out, rule.image_out, "image tokens"),
        (usage.image_in, rule.image_in, "tokens of pictures sent"),
        (usage.text_in, rule.text_in, "of text"),
    ]
    if rule.text_out is not None:
        parts.append((usage.text_out, rule.text_out, "of text that came back"))
    counted = [(count, rate, what) for count, rate, what in parts if count]
    amount = sum((count * rate for count, rate, _ in counted), Decimal(0)) / 1_000_000
    text = " + ".join(f"{count:,} {what} at {Money(rate, unit)}/M" for count, rate, what in counted)
    exact = usage.text_in is not None and usage.image_in is not None
    return Sum(amount, None, exact=exact, arithmetic=f"{text}, as metered")
