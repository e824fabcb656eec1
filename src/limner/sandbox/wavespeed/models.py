"""Which models there are, what each takes and costs: the published facts, as the files they came in."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Final

from limner.sandbox.wavespeed.formula import total

SOURCES: Final = (
    "WaveSpeed model catalogue of 2026-06-12",
    "documentation pages of 2026-11-21",
    "facts sheet of 2026-11-21",
)

_MICRO: Final = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Model:
    """One model."""

    path: str
    """`wavespeed-ai/qwen-image/edit`."""
    kind: str
    """`text-to-image`, `image-to-image`, `upscaler`, …"""
    listed: bool
    """Whether the catalogue still has it; one that is not still runs."""
    inputs: Mapping[str, Mapping[str, Any]]
    base: Decimal
    """US dollars of a run, where nothing that changes the price is given."""
    formula: str | None
    """How the price follows from the inputs, where it does. Absent: it is `base`."""
    rule: Mapping[str, Any] | None
    """The same as a table, where the sheet has one: it wins."""

    @property
    def required(self) -> list[str]:
        """The inputs it does not run without."""
        return [name for name, spec in self.inputs.items() if spec.get("required")]

    @property
    def schema(self) -> Mapping[str, Any]:
        """JSON Schema of its input."""
        return {
            "type": "object",
            "required": self.required,
            "properties": {name: _property(spec) for name, spec in self.inputs.items()},
            "x-order-properties": list(self.inputs),
            "additionalProperties": False,
        }

    def value(self, given: Mapping[str, Any], name: str) -> Any:
        """An input as it counts: what was given, else its default, else None."""
        value = given.get(name)
        if value is not None:
            return value
        spec = self.inputs.get(name, {})
        default = spec.get("default")
        return json.loads(default) if default and spec["type"] == "array" else default  # there as text: "[]"

    def shown(self) -> dict[str, Any]:
        """The model as the catalogue shows it."""
        path = f"/api/v3/{self.path}"
        schema = {"type": "model_run", "method": "POST", "api_path": path, "request_schema": self.schema}
        found = {
            "model_id": self.path,
            "name": self.path,
            "description": self.kind,
            "type": self.kind,
            "base_price": self.base,
            "api_schema": {"api_schemas": [schema]},
        }
        if self.formula is not None:
            found["formula"] = self.formula
        return json.loads(json.dumps(found, default=float))


_SPELLINGS: Final = {"min_items": "minItems", "max_items": "maxItems"}


def _property(spec: Mapping[str, Any]) -> dict[str, Any]:
    kept = ("type", "default", "enum", "minimum", "maximum", "min_items", "max_items")
    found = {_SPELLINGS.get(key, key): spec[key] for key in kept if key in spec}
    if spec["type"] == "string":  # the range is one of sides there
        found.pop("minimum", None)
        found.pop("maximum", None)
    return found


def _read(name: str) -> list[dict[str, Any]]:
    text = files("limner.sandbox.wavespeed").joinpath(name).read_text(encoding="utf-8")
    return json.loads(text, parse_float=Decimal)["models"]


@cache
def models() -> Mapping[str, Model]:
    """Every model by path, those that are not listed any more included."""
    known = {
        one["path"]: Model(
            one["path"],
            one["type"],
            listed=True,
            inputs=one["parameters"],
            base=Decimal(one["base_price_usd"]),
            formula=one.get("formula"),
            rule=None,
        )
        for one in _read("catalogue.json")
    }
    for one in _read("models.json"):
        old = known.get(one["path"])
        base = old.base if old else one["rule"]["usd"]
        known[one["path"]] = Model(
            one["path"],
            one["type"],
            one["listed"],
            one["parameters"],
            base,
            old.formula if old else None,
            one["rule"],
        )
    return known


def price(model: Model, given: Mapping[str, Any]) -> Decimal:
    """What a run costs in US dollars.

    Args:
        model: what runs.
        given: its inputs.

    Example:
        >>> ultra = models()["google/nano-banana-pro/edit-ultra"]
        >>> price(ultra, {}), price(ultra, {"resolution": "8k"})
        (Decimal('0.15'), Decimal('0.18'))
    """
    named = {name: model.value(given, name) for name in model.inputs}
    if model.rule is not None:
        return _by_rule(model.rule, named)
    if model.formula is None:
        return model.base
    micro = total(model.formula, {**named, "base_price": model.base * _MICRO})
    return model.base if micro is None else round(micro) / _MICRO


def _by_rule(rule: Mapping[str, Any], named: Mapping[str, Any]) -> Decimal:
    """By the table of the fourteen models; a count that no model takes is one."""
    if rule["type"] == "by_field":
        return rule["usd"].get(named[rule["field"]], rule["fallback_usd"])
    if rule["type"] == "by_fields":
        shape = next(name for name, sizes in rule["size_classes"].items() if named["size"] in sizes)
        return rule["usd"][named["quality"]][shape]
    return rule["usd"]
