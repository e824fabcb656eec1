"""Which endpoints there are: published input and output types and prices, as the data file they came in."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Final

SOURCES: Final = ("npm @fal-ai/client 1.10.1 types, PyPI fal-client 1.0.3", "facts sheet of 2026-11-21")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One model behind one address."""

    id: str
    """`fal-ai/flux/dev`."""
    app: str
    """Owner and app: what follow-up addresses use, `fal-ai/flux`."""
    operation: str
    fields: Mapping[str, Mapping[str, Any]]
    """Input fields: `type`, `required`, and where published `enum`, `minimum`, `maximum`, `default`."""
    output: frozenset[str]
    """Keys of the answer."""
    price: Mapping[str, Any]
    """As published: `unit`, and `usd` or its variants."""

    def value(self, given: Mapping[str, Any], name: str) -> Any:
        """An input's value, or its published default, or None."""
        return given.get(name, self.fields.get(name, {}).get("default"))


@cache
def endpoints() -> Mapping[str, Endpoint]:
    """Every endpoint by id."""
    text = files("limner.sandbox.fal").joinpath("models.json").read_text(encoding="utf-8")
    listed: list[dict[str, Any]] = json.loads(text, parse_float=Decimal)["models"]
    return {
        one["endpoint"]: Endpoint(
            one["endpoint"],
            one["queue_app"],
            one["operation"],
            one["input"],
            frozenset(one["output"]),
            one["price"],
        )
        for one in listed
    }
