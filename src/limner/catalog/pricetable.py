"""Where another table of models and prices says something else: LiteLLM's, which many programs bill by.

Source of its form: litellm 1.109.1, `model_prices_and_context_window_backup.json`, 2026-11-21.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Final, cast

from limner.catalog.catalog import alive
from limner.catalog.typical import typical_price
from limner.core.models import Model
from limner.core.money import Certainty, plain
from limner.core.operations import Operation
from limner.core.prices import PerToken

_PREFIXES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "openai": ("", "openai/"),
        "azure": ("azure/", "azure_ai/"),
        "bfl": ("black_forest_labs/",),
        "fal": ("fal_ai/",),
        "gemini": ("gemini/",),
        "openrouter": ("openrouter/",),
        "stability": ("stability/",),
        "together": ("together_ai/",),
    }
)
"""How LiteLLM begins the names of a provider's models."""
_RATES: Final = (
    ("input_cost_per_token", "text_in", "text in"),
    ("input_cost_per_image_token", "image_in", "image in"),
    ("output_cost_per_image_token", "image_out", "image out"),
)
_MILLION: Final = 1_000_000
_CLOSE: Final = Decimal("0.005")
"""The share by which two figures may differ by rounding alone."""

Table = Mapping[str, Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One fact that two tables state differently."""

    model: Model
    what: str
    """Such as `image out, a million tokens`."""
    ours: str
    theirs: str
    entry: str
    """The name of its entry."""


def disagreements(models: Iterable[Model], table: Table, *, today: date) -> tuple[Disagreement, ...]:
    """Compare the living models with another table. What only one of them knows is no disagreement.

    Args:
        models: ours.
        table: theirs, by name, as LiteLLM ships it.
        today: the caller's day.

    Example:
        >>> from limner.catalog.load import load
        >>> table = {"gpt-image-2": {"output_cost_per_image_token": 1e-05}}
        >>> found = disagreements(load().all(), table, today=date(2026, 11, 21))
        >>> [(one.model.id, one.what, one.ours, one.theirs) for one in found]
        [('openai/gpt-image-2', 'image out, a million tokens', '$30', '$10')]
    """
    return tuple(
        found
        for model in models
        if alive(model, today)
        for name in _entries(model, table)
        for found in _compared(model, name, table[name])
    )


def _entries(model: Model, table: Table) -> Iterator[str]:
    for prefix in _PREFIXES.get(model.provider, ()):
        if (name := f"{prefix}{model.name}") in table:
            yield name


def _compared(model: Model, name: str, entry: Mapping[str, object]) -> Iterator[Disagreement]:
    for what, ours, theirs in (*_rates(model, entry), *_image(model, entry)):
        if abs(ours - theirs) > _CLOSE * max(ours, theirs):
            yield Disagreement(model, what, f"${plain(ours)}", f"${plain(theirs)}", name)
    last = entry.get("deprecation_date")
    if isinstance(last, str) and model.shutdown_on is not None and last != model.shutdown_on.isoformat():
        yield Disagreement(model, "last day", model.shutdown_on.isoformat(), last, name)


def _rates(model: Model, entry: Mapping[str, object]) -> Iterator[tuple[str, Decimal, Decimal]]:
    """Rates for a million tokens, where both have them."""
    rule = next((price.rule for price in model.prices if isinstance(price.rule, PerToken)), None)
    if rule is None:
        return
    for key, field, words in _RATES:
        theirs = _number(entry.get(key))
        if theirs is not None:
            yield f"{words}, a million tokens", cast("Decimal", getattr(rule, field)), theirs * _MILLION


def _image(model: Model, entry: Mapping[str, object]) -> Iterator[tuple[str, Decimal, Decimal]]:
    """One picture, where both have a price that does not depend on what it is."""
    theirs = _number(entry.get("output_cost_per_image"))
    price = typical_price(model, next(iter(model.abilities), Operation.GENERATE))
    if theirs is not None and price is not None and price.usd is not None and price.kind is Certainty.EXACT:
        yield "one picture", price.usd, theirs


def _number(value: object) -> Decimal | None:
    """As it was written: floats pass through their shortest text. `None`: it is no price."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and number > 0 else None
