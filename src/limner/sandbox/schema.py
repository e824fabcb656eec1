"""As much of JSON Schema as the published documents use, judged by the emulators themselves."""

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, cast

_KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "null": (type(None),),
}

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that does not fit."""

    path: str
    """Where: `parameters.width`; empty for the whole body."""
    rule: str
    """The keyword that is broken: `maximum`."""
    reason: str
    """For people: `must be at most 50`."""
    value: object
    """What was sent."""


def flaws(value: object, schema: Schema, document: Schema, path: str = "") -> Iterator[Flaw]:
    """Every way in which a value does not fit a schema.

    Args:
        value: parsed JSON.
        schema: what it must fit.
        document: what `$ref` points into.
        path: where the value stands.

    Example:
        >>> list(flaws({"n": 9}, {"properties": {"n": {"type": "integer", "maximum": 8}}}, {}))
        [Flaw(path='n', rule='maximum', reason='must be at most 8', value=9)]
    """
    if "$ref" in schema:
        schema = _followed(schema["$ref"], document)
    yield from _combined_flaws(value, schema, document, path)
    if not _is_kind(value, schema.get("type")):
        yield Flaw(path, "type", f"must be {_named(schema['type'])}", value)
        return
    if "const" in schema and value != schema["const"]:
        yield Flaw(path, "const", f"must be {schema['const']}", value)
    if "enum" in schema and value not in schema["enum"]:
        yield Flaw(path, "enum", f"must be one of {', '.join(map(str, schema['enum']))}", value)
    if isinstance(value, str):
        yield from _text_flaws(value, schema, path)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _number_flaws(value, schema, path)
    elif isinstance(value, dict):
        yield from _object_flaws(cast("dict[str, object]", value), schema, document, path)
    elif isinstance(value, list):
        yield from _array_flaws(cast("list[object]", value), schema, document, path)


def _combined_flaws(value: object, schema: Schema, document: Schema, path: str) -> Iterator[Flaw]:
    """Those of `allOf`, and of the branch of `anyOf` or `oneOf` that comes nearest to fitting."""
    for branch in schema.get("allOf", ()):
        yield from flaws(value, branch, document, path)
    for rule in ("anyOf", "oneOf"):
        branches = [list(flaws(value, branch, document, path)) for branch in schema.get(rule, ())]
        fitting = branches.count([])
        if branches and not fitting:
            yield from min(branches, key=lambda found: (_is_wrong_kind(found, path), len(found)))
        elif rule == "oneOf" and fitting > 1:
            yield Flaw(path, rule, f"must fit one form, and fits {fitting}", value)


def _is_wrong_kind(found: Sequence[Flaw], path: str) -> bool:
    return any(flaw.rule in {"type", "const"} and flaw.path == path for flaw in found)


def _followed(reference: str, document: Schema) -> Schema:
    place: Any = document
    for step in reference.removeprefix("#/").split("/"):
        place = place[step]
    return place


def _is_kind(value: object, kind: str | Sequence[str] | None) -> bool:
    if kind is None:
        return True
    kinds = [kind] if isinstance(kind, str) else kind
    if isinstance(value, bool):
        return "boolean" in kinds
    return any(isinstance(value, _KINDS[name]) for name in kinds)


def _named(kind: str | Sequence[str]) -> str:
    return kind if isinstance(kind, str) else " or ".join(kind)


def _text_flaws(value: str, schema: Schema, path: str) -> Iterator[Flaw]:
    if len(value) < schema.get("minLength", 0):
        yield Flaw(path, "minLength", f"must have at least {schema['minLength']} characters", value)
    if "maxLength" in schema and len(value) > schema["maxLength"]:
        yield Flaw(path, "maxLength", f"must have at most {schema['maxLength']} characters", value)
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield Flaw(path, "pattern", f"must match {schema['pattern']}", value)


def _number_flaws(value: float, schema: Schema, path: str) -> Iterator[Flaw]:
    for rule, words, holds in _NUMBER_RULES:
        if rule in schema and not holds(value, schema[rule]):
            yield Flaw(path, rule, f"must be {words} {schema[rule]}", value)


def _is_multiple(value: float, step: float) -> bool:
    return Fraction(str(value)) % Fraction(str(step)) == 0


_NUMBER_RULES: Final[tuple[tuple[str, str, Callable[[float, float], bool]], ...]] = (
    ("minimum", "at least", operator.ge),
    ("maximum", "at most", operator.le),
    ("exclusiveMinimum", "above", operator.gt),
    ("exclusiveMaximum", "below", operator.lt),
    ("multipleOf", "a multiple of", _is_multiple),
)


def _object_flaws(value: Mapping[str, object], schema: Schema, document: Schema, path: str) -> Iterator[Flaw]:
    properties: Mapping[str, Schema] = schema.get("properties", {})
    prefix = f"{path}." if path else ""
    for name in schema.get("required", ()):
        if name not in value:
            yield Flaw(f"{prefix}{name}", "required", "is required", None)
    for name, item in value.items():
        if name in properties:
            yield from flaws(item, properties[name], document, f"{prefix}{name}")
        elif schema.get("additionalProperties") is False:
            yield Flaw(f"{prefix}{name}", "additionalProperties", "is not allowed", item)


def _array_flaws(value: Sequence[object], schema: Schema, document: Schema, path: str) -> Iterator[Flaw]:
    if len(value) < schema.get("minItems", 0):
        yield Flaw(path, "minItems", f"must have at least {schema['minItems']} items", list(value))
    if "maxItems" in schema and len(value) > schema["maxItems"]:
        yield Flaw(path, "maxItems", f"must have at most {schema['maxItems']} items", list(value))
    if "items" in schema:
        for place, item in enumerate(value):
            yield from flaws(item, schema["items"], document, f"{path}[{place}]")
