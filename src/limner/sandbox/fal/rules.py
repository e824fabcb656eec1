"""Checks an input against its endpoint's types. All complaints are collected, as the runners do."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final, cast

from limner.sandbox.fal.endpoints import Endpoint

PRESETS: Final[Mapping[str, tuple[int, int]]] = {
    "square_hd": (1024, 1024),
    "square": (512, 512),
    "portrait_4_3": (768, 1024),
    "portrait_16_9": (576, 1024),
    "landscape_4_3": (1024, 768),
    "landscape_16_9": (1024, 576),
}
"""Sizes by name. Their pixels are not in the published types."""

_LONGEST_EDGE: Final = 4096  # the emulator's own: no limit is published

Detail = dict[str, Any]


def detail(name: str, kind: str, message: str, value: object, **ctx: object) -> Detail:
    """One entry of a model error.

    Args:
        name: the input field.
        kind: what programs branch on: `missing`.
        message: for people.
        value: what was sent.
        ctx: facts about the rule.
    """
    return {
        "loc": ["body", name],
        "msg": message,
        "type": kind,
        "url": f"https://docs.fal.ai/errors/#{kind}",
        "ctx": ctx,
        "input": value,
    }


def check(endpoint: Endpoint, given: Mapping[str, Any]) -> list[Detail]:
    """Check every field.

    Args:
        endpoint: what was called.
        given: the JSON body.

    Returns:
        Every complaint.
    """
    complaints = [
        detail(name, "missing", "Field required", dict(given))
        for name, spec in endpoint.fields.items()
        if spec["required"] and given.get(name) is None
    ]
    for name, value in given.items():
        spec = endpoint.fields.get(name)
        if spec is None:
            complaints.append(detail(name, "extra_forbidden", "Extra inputs are not permitted", value))
        elif value is not None:
            complaints += _check(name, value, spec)
    return complaints


def _check(name: str, value: Any, spec: Mapping[str, Any]) -> list[Detail]:
    type_: str = spec["type"]
    if type_.startswith("preset"):
        return _check_size(name, value, spec)
    kind = "array" if type_.lower().startswith("array") else type_.partition(" ")[0]
    fits, message = _TYPES.get(kind, (lambda value: isinstance(value, dict), "a valid dictionary"))
    if not fits(value):
        return [detail(name, f"{kind.lower()}_type", f"Input should be {message}", value)]
    inner = next((one for word, one in _ITEMS.items() if word in type_), None)
    if kind == "array" and inner and not all(_TYPES[inner][0](item) for item in value):
        return [detail(name, f"{inner}_type", f"Input should be {_TYPES[inner][1]}", value)]
    if not _OWN.get(name, lambda value: True)(value):
        return [detail(name, "value_error", f"Input is out of the range that {name} takes", value)]
    if "enum" in spec and value not in spec["enum"]:
        expected = " or ".join(f"'{choice}'" for choice in spec["enum"])
        return [detail(name, "literal_error", f"Input should be {expected}", value, expected=expected)]
    return _check_range(name, value, spec)


def _check_range(name: str, value: Any, spec: Mapping[str, Any]) -> list[Detail]:
    if "minimum" in spec and value < spec["minimum"]:
        low = spec["minimum"]
        message = f"Input should be greater than or equal to {low}"
        return [detail(name, "greater_than_equal", message, value, ge=low)]
    if "maximum" in spec and value > spec["maximum"]:
        high = spec["maximum"]
        message = f"Input should be less than or equal to {high}"
        return [detail(name, "less_than_equal", message, value, le=high)]
    return []


def _check_size(name: str, value: object, spec: Mapping[str, Any]) -> list[Detail]:
    if _is_size(value) or (isinstance(value, str) and value in spec["enum"]):
        return []
    return [
        detail(
            name, "value_error", f"Input should be a preset or width and height up to {_LONGEST_EDGE}", value
        )
    ]


def _is_size(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    size = cast("dict[str, Any]", value)
    return set(size) == {"width", "height"} and all(_is_side(side) for side in size.values())


def _is_side(side: Any) -> bool:
    return _is_integer(side) and 0 < side <= _LONGEST_EDGE


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


# The emulator's own: no range is published for these.
_OWN: Final[Mapping[str, Callable[[Any], bool]]] = {
    "canvas_size": lambda value: len(value) == 2 and all(_is_side(side) for side in value),  # noqa: PLR2004 - width, height
    "upscale_factor": lambda value: 1 <= value <= 4,  # noqa: PLR2004 - times
}
_ITEMS: Final[Mapping[str, str]] = {"URL": "string", "<number>": "number"}
_TYPES: Final[Mapping[str, tuple[Callable[[Any], bool], str]]] = {
    "string": (lambda value: isinstance(value, str), "a valid string"),
    "integer": (_is_integer, "a valid integer"),
    "number": (_is_number, "a valid number"),
    "boolean": (lambda value: isinstance(value, bool), "a valid boolean"),
    "array": (lambda value: isinstance(value, list), "a valid list"),
}
