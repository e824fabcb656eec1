"""Which models there are, what each takes and costs: the published facts, as the files they came in."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Final

SOURCES: Final = ("BFL OpenAPI 0.0.1 as mirrored on 2026-05-01", "facts sheet of 2026-11-21")

MEGAPIXEL: Final = 1024 * 1024
"""What is counted as one, so that 1024 × 1024 is one; the published text does not say."""

_CENT: Final = Decimal("0.01")
_CREDITS_A_DOLLAR: Final = 100


@dataclass(frozen=True, slots=True)
class Model:
    """One model behind one address."""

    name: str
    """`flux-2-pro`: the last part of its path."""
    operation: str
    schema: Mapping[str, Any]
    price: Mapping[str, Any]
    """As published: `unit`, and `usd` or dollars by megapixel."""

    @property
    def properties(self) -> Mapping[str, Any]:
        """Its fields, each with its schema."""
        return self.schema["properties"]

    def value(self, given: Mapping[str, Any], name: str) -> Any:
        """A field's value, or its published default, or None."""
        value = given.get(name)
        return self.properties.get(name, {}).get("default") if value is None else value


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run costs, as the submit answer says it."""

    credits: Decimal
    input_mp: Decimal
    output_mp: Decimal


def _read(name: str) -> Any:
    text = files("limner.sandbox.bfl").joinpath(name).read_text(encoding="utf-8")
    return json.loads(text, parse_float=Decimal)


@cache
def document() -> Mapping[str, Any]:
    """The published OpenAPI document."""
    return _read("openapi.json")


@cache
def models() -> Mapping[str, Model]:
    """Every model by name."""
    listed: list[dict[str, Any]] = _read("models.json")["models"]
    prices = {one["path"]: one["price"] for one in listed}
    schemas = document()["components"]["schemas"]
    return {
        one["path"].removeprefix("/v1/"): Model(
            one["path"].removeprefix("/v1/"),
            one["operation"],
            schemas[one["schema"]],
            prices.get(one["price"].get("same_as"), one["price"]),
        )
        for one in listed
    }


def cost(model: Model, made: int, given: int) -> Cost:
    """What a run costs.

    Args:
        model: what runs.
        made: pixels of the picture it makes.
        given: pixels of the pictures it is given, together.

    Example:
        >>> cost(models()["flux-2-pro"], 1024 * 1024, 1024 * 1024).credits
        Decimal('4.50')
    """
    output_mp, input_mp = _megapixels(made), _megapixels(given)
    price = model.price
    if price["unit"] == "image":
        usd = price["usd"]
    else:
        more = max(output_mp - 1, Decimal(0))
        usd = price["first_mp_usd"] + more * price["next_output_mp_usd"] + input_mp * price["input_mp_usd"]
    credits_ = (usd * _CREDITS_A_DOLLAR).quantize(_CENT, ROUND_HALF_UP)
    return Cost(credits_, input_mp, output_mp)


def _megapixels(pixels: int) -> Decimal:
    return (Decimal(pixels) / MEGAPIXEL).quantize(_CENT, ROUND_HALF_UP)
