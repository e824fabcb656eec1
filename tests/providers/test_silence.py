"""Nothing that a model is said to take gets lost on the way: every field changes what goes over the wire."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from limner.catalog.load import load
from limner.core.adapter import Order
from limner.core.models import Ability, Lifecycle, Model
from limner.core.operations import NEEDS, Need, Operation
from limner.core.pictures import Margins, Picture, Reference, Size
from limner.core.requests import Request
from limner.engine.fingerprint import fingerprint_of
from limner.providers import registry
from tests.providers.exchanges import data

SOURCE = Picture(data("dot.png"), "image/png", Size(512, 512))
OTHER = Picture(data("dot.jpg"), "image/jpeg", Size(512, 512))
NATIVE = [
    (model, operation)
    for model in load().all()
    for operation, ability in model.abilities.items()
    if model.provider in registry.slugs() and ability.through is None
    if model.lifecycle is not Lifecycle.RETIRED
]

Ask = Callable[[Model], Any]
FIELDS: dict[str, tuple[Callable[[Model, Ability, Operation], bool], Ask]] = {
    # field: when the model takes it, and a value it takes
    "prompt": (lambda _, ability, __: ability.prompt is not Need.UNUSED, lambda _: "another pear"),
    "negative_prompt": (lambda model, *_: model.limits.negative_prompt is not None, lambda _: "a leaf"),
    "seed": (lambda model, *_: model.limits.seed is not None, lambda _: 4),
    "strength": (lambda model, *_: model.limits.strength is not None, lambda _: 0.35),
    "guidance": (lambda model, *_: model.limits.guidance is not None, lambda _: 2.5),
    "steps": (lambda model, *_: model.limits.steps is not None, lambda _: 11),
    "n": (lambda model, *_: model.limits.n > 1, lambda _: 2),
    "style": (lambda model, *_: bool(model.limits.styles), lambda model: model.limits.styles[-1]),
    "format": (lambda model, *_: bool(model.limits.formats), lambda model: model.limits.formats[-1]),
    "background": (lambda model, *_: "transparent" in model.limits.backgrounds, lambda _: "transparent"),
    "aspect_ratio": (
        lambda model, ability, _: ability.size and bool(model.sizes.ratios) and not model.sizes.fixed,
        lambda model: model.sizes.ratios[0],
    ),
    "size": (
        lambda model, ability, _: ability.size and bool(model.sizes.free or model.sizes.fixed),
        lambda _: Size(768, 1024),
    ),
    "scale": (
        lambda model, ability, operation: (
            operation is Operation.UPSCALE and ability.size and not model.limits.scales
        ),
        lambda _: 3.0,
    ),
    "search": (
        lambda *facts: facts[2] in {Operation.SEARCH_REPLACE, Operation.RECOLOR},
        lambda _: "another hat",
    ),
    "margins": (lambda *facts: facts[2] is Operation.OUTPAINT, lambda _: Margins(1, 2, 3, 4)),
    "images": (lambda *facts: NEEDS[facts[2]].images[1] > 0, lambda _: (OTHER,)),
}


def order(model: Model, operation: Operation, **fields: Any) -> Order:
    """The plainest order, as the engine makes it."""
    adapter = registry.get(model.provider)
    assert adapter
    ability = model.abilities[operation]
    roles = model.limits.roles[:1] * model.limits.least_references
    known: dict[str, Any] = {
        "prompt": "" if ability.prompt is Need.UNUSED else "a pear",
        "images": (SOURCE,) * max(NEEDS[operation].images[0], ability.images[0]),
        "references": tuple(Reference(SOURCE, role) for role in roles),
        "search": "the hat",
        "margins": Margins(8, 8, 8, 8),
        "tool": "colorize" if operation is Operation.TOOL else None,
        "seed": 3 if model.limits.seeded else None,
        "strength": ability.strength,
    }
    request = Request(operation, **{**known, **fields})
    mask = data("hole.png") if model.mask and ability.mask is not Need.UNUSED else None
    return Order(request, model, adapter.options(), mask=mask)


def sent(one: Order) -> str:
    adapter = registry.get(one.model.provider)
    assert adapter
    return fingerprint_of(adapter.submit(one))


@pytest.mark.row("P3")
@pytest.mark.parametrize(
    ("model", "operation"), NATIVE, ids=[f"{model.id}-{operation}" for model, operation in NATIVE]
)
def test_every_field_that_is_taken_is_sent(model: Model, operation: Operation):
    ability = model.abilities[operation]
    plain = sent(order(model, operation))
    lost = [
        name
        for name, (taken, value) in FIELDS.items()
        if name not in ability.without
        and taken(model, ability, operation)
        and sent(order(model, operation, **{name: value(model)})) == plain
    ]
    assert not lost


@pytest.mark.row("P3")
@pytest.mark.parametrize(
    ("model", "operation"), NATIVE, ids=[f"{model.id}-{operation}" for model, operation in NATIVE]
)
def test_what_else_is_taken_is_sent(model: Model, operation: Operation):
    """Masks, qualities, references of every role, and their strengths."""
    ability, limits = model.abilities[operation], model.limits
    one = order(model, operation)
    plain = sent(one)
    if one.mask is not None:
        assert sent(dataclasses.replace(one, mask=None)) != plain
    for word in limits.qualities.values():
        assert sent(dataclasses.replace(one, quality=word)) != plain
    if not limits.references or "references" in ability.without:
        return
    for role in limits.roles:
        first = () if role is limits.roles[0] else one.request.references
        told = {sent(order(model, operation, references=(*first, Reference(OTHER, role))))}
        if limits.reference_strength:
            told.add(sent(order(model, operation, references=(*first, Reference(OTHER, role, 0.12)))))
        assert plain not in told
        assert len(told) == 1 + limits.reference_strength
