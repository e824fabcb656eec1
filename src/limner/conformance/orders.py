"""Orders as the engine makes them: the plainest of each model and operation, and one for each field."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from limner.core.adapter import Adapter, Order
from limner.core.errors import UserError
from limner.core.models import Ability, Lifecycle, Model
from limner.core.operations import NEEDS, Need, Operation
from limner.core.pictures import Margins, Picture, Reference, Size
from limner.core.requests import Request

SOURCE: Final = Picture(b"a picture", "image/png", Size(512, 512))
OTHER: Final = Picture(b"another picture", "image/jpeg", Size(512, 512))
_NAME: Final = "what-runs-here"
MASK: Final = b"a mask"
"""No adapter decodes a picture, so that these need be none."""
SEARCHES: Final = frozenset({Operation.SEARCH_REPLACE, Operation.RECOLOR})


def _within(bounds: tuple[float, float] | None, value: float) -> float:
    return value if bounds is None else min(max(value, bounds[0]), bounds[1])


Takes = Callable[[Model, Ability, Operation], bool]
FIELDS: Final[Mapping[str, tuple[Takes, Callable[[Model], Any]]]] = {
    # field: when the model takes it, and a value it takes
    "prompt": (lambda _, ability, __: ability.prompt is not Need.UNUSED, lambda _: "another pear"),
    "negative_prompt": (lambda model, _, __: model.limits.negative_prompt is not None, lambda _: "a leaf"),
    "seed": (lambda model, _, __: model.limits.seed is not None, lambda _: 4),
    "strength": (
        lambda model, _, __: model.limits.strength is not None,
        lambda model: _within(model.limits.strength, 0.35),
    ),
    "guidance": (
        lambda model, _, __: model.limits.guidance is not None,
        lambda model: _within(model.limits.guidance, 2.5),
    ),
    "steps": (
        lambda model, _, __: model.limits.steps is not None,
        lambda model: _within(model.limits.steps, 11),
    ),
    "n": (lambda model, _, __: model.limits.n > 1, lambda _: 2),
    "style": (lambda model, _, __: bool(model.limits.styles), lambda model: model.limits.styles[-1]),
    "format": (lambda model, _, __: bool(model.limits.formats), lambda model: model.limits.formats[-1]),
    "background": (lambda model, _, __: "transparent" in model.limits.backgrounds, lambda _: "transparent"),
    "aspect_ratio": (
        lambda model, ability, _: ability.size and bool(model.sizes.ratios) and not model.sizes.fixed,
        lambda model: model.sizes.ratios[0],
    ),
    "size": (
        lambda model, ability, _: ability.size and bool(model.sizes.free or model.sizes.fixed),
        lambda model: Size(768, 1024) if model.sizes.free else model.sizes.fixed[-1],
    ),
    "scale": (
        lambda model, ability, operation: (
            operation is Operation.UPSCALE and ability.size and not model.limits.scales
        ),
        lambda _: 3.0,
    ),
    "search": (lambda _, __, operation: operation in SEARCHES, lambda _: "another hat"),
    "margins": (lambda _, __, operation: operation is Operation.OUTPAINT, lambda _: Margins(1, 2, 3, 4)),
    "images": (lambda _, __, operation: NEEDS[operation].images[1] > 0, lambda _: (OTHER,)),
}


def native(models: tuple[Model, ...]) -> Iterator[tuple[Model, Operation]]:
    """What the living among some models do natively. One that an operator has to name has a name."""
    for model in map(_named, models):
        if model.lifecycle is not Lifecycle.RETIRED:
            yield from ((model, one) for one, ability in model.abilities.items() if ability.through is None)


def _named(model: Model) -> Model:
    return model if model.wire.get("model") else replace(model, wire={**model.wire, "model": _NAME})


def plainest(adapter: Adapter, model: Model, operation: Operation, **fields: Any) -> Order:
    """The least that a model must be given for an operation.

    Args:
        adapter: the model's provider.
        model: that is asked.
        operation: one that it does natively.
        fields: of the request, instead.
    """
    ability = model.abilities[operation]
    roles = model.limits.roles[:1] * model.limits.least_references
    known: dict[str, Any] = {
        "prompt": "" if ability.prompt is Need.UNUSED else "a pear",
        "images": (SOURCE,) * max(NEEDS[operation].images[0], ability.images[0]),
        "references": tuple(Reference(SOURCE, role) for role in roles),
        "search": "the hat",
        "margins": Margins(8, 8, 8, 8),
        "tool": _tool(adapter, model) if operation is Operation.TOOL else None,
        "seed": 3 if model.limits.seeded else None,
        "strength": ability.strength,
    }
    request = Request(operation, **{**known, **fields})
    mask = MASK if model.mask and ability.mask is not Need.UNUSED else None
    return Order(request, model, adapter.options(), mask=mask)


def _tool(adapter: Adapter, model: Model) -> str | None:
    """The first of its tools that takes a prompt, which not all do."""
    for tool in model.limits.tools:
        request = Request(Operation.TOOL, prompt="a pear", tool=tool, images=(SOURCE,))
        try:
            adapter.submit(Order(request, model, adapter.options()))
        except UserError:
            continue
        return tool
    return None


def varied(adapter: Adapter, model: Model, operation: Operation) -> Iterator[tuple[str, Order, Order]]:
    """For each thing that a model takes: its name, an order with it, and one that differs in nothing else.

    Args:
        adapter: the model's provider.
        model: that is asked.
        operation: one that it does natively.
    """
    ability, limits = model.abilities[operation], model.limits
    plain = plainest(adapter, model, operation)
    for name, (taken, value) in FIELDS.items():
        if name not in ability.without and taken(model, ability, operation):
            yield name, plainest(adapter, model, operation, **{name: value(model)}), plain
    if plain.mask is not None:
        yield "mask", plain, replace(plain, mask=None)
    for word in limits.qualities.values():
        yield "quality", replace(plain, quality=word), plain
    if limits.references and "references" not in ability.without:
        for role in limits.roles:
            first = () if role is limits.roles[0] else plain.request.references
            shown = plainest(adapter, model, operation, references=(*first, Reference(OTHER, role)))
            yield f"a reference ({role.value})", shown, plain
            if limits.reference_strength:
                told = (*first, Reference(OTHER, role, 0.12))
                yield "reference strength", plainest(adapter, model, operation, references=told), shown
