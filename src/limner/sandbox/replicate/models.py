"""Which models there are, what each takes and costs: the published facts, as the files they came in."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Final

SOURCES: Final = ("Replicate OpenAPI 1.0.0-a1 as mirrored on 2026-04-09", "facts sheet of 2026-11-21")

_A_RUN: Final = Decimal("0.006")
"""Dollars of a run that is billed by time, where no estimate is published for its model."""

# Defaults that the sheet gives in words, because its sources differ or another field decides.
_IN_WORDS: Final = {"4:3 or match_input_image (sources differ)": "match_input_image"}


@dataclass(frozen=True, slots=True)
class Model:
    """One model."""

    id: str
    """`black-forest-labs/flux-dev`."""
    operation: str
    official: bool
    """Whether it is run by name and billed by picture; else by version, and billed by time."""
    version: str | None
    """Its version's id. Absent: official, where it is hidden."""
    inputs: Mapping[str, Mapping[str, Any]]
    output: Mapping[str, Any]
    """JSON Schema of what it makes: an address, or a list of them."""
    price: Mapping[str, Any]

    @property
    def schema(self) -> Mapping[str, Any]:
        """JSON Schema of its input."""
        return {
            "type": "object",
            "required": [name for name, spec in self.inputs.items() if spec["required"]],
            "properties": {name: _property(spec) for name, spec in self.inputs.items()},
            "additionalProperties": False,
        }

    @property
    def many(self) -> bool:
        """Whether its output is a list."""
        return self.output["type"] == "array"

    def value(self, given: Mapping[str, Any], name: str) -> Any:
        """An input's value, or its published default, or None."""
        value = given.get(name, self.inputs.get(name, {}).get("default"))
        return _IN_WORDS.get(value, value) if isinstance(value, str) else value


def _property(spec: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in spec.items() if name in _KEYWORDS}
    if "max_items" in spec:
        kept["maxItems"] = spec["max_items"]
    return kept


_KEYWORDS: Final = {"type", "format", "enum", "minimum", "maximum", "items"}


def _read(name: str) -> Any:
    text = files("limner.sandbox.replicate").joinpath(name).read_text(encoding="utf-8")
    return json.loads(text, parse_float=Decimal)


@cache
def document() -> Mapping[str, Any]:
    """The published OpenAPI document."""
    return _read("openapi.json")


@cache
def models() -> Mapping[str, Model]:
    """Every model by its name."""
    listed: list[dict[str, Any]] = _read("models.json")["models"]
    return {
        one["model"]: Model(
            one["model"],
            one["operation"],
            one["official_model"],
            one.get("version"),
            one["input"],
            one["output"],
            one["price"],
        )
        for one in listed
    }


def of_version(reference: str) -> Model | None:
    """The model that a `version` means.

    Args:
        reference: 64 hexadecimal digits, `owner/name:digits`, or `owner/name` of an official model.

    Example:
        >>> found = of_version("black-forest-labs/flux-dev")
        >>> found.id if found else None
        'black-forest-labs/flux-dev'
    """
    name, _, version = reference.rpartition(":")
    if not name:
        found = models().get(reference)
        by_version = {one.version: one for one in models().values() if one.version}
        return found if found and found.official else by_version.get(reference)
    found = models().get(name)
    return found if found and found.version == version else None


def price(model: Model, given: Mapping[str, Any], images: int) -> Decimal:
    """What a run costs in US dollars.

    Args:
        model: what ran.
        given: its input.
        images: how many pictures it made.
    """
    published = model.price
    if published["unit"] == "gpu_second":
        return published.get("usd_per_run_estimate", _A_RUN)
    usd = published["usd"]
    return images * (usd[model.value(given, published["by"])] if "by" in published else usd)
