"""`Limner` and `AsyncLimner` are the same, but for awaiting."""

import inspect

import pytest

from limner import AsyncLimner, Limner
from limner.client.books import AsyncBudgets, AsyncRuns, Budgets, Runs
from limner.client.providers import AsyncKeys, Keys
from limner.client.verbs import Verbs
from limner.core.operations import NEEDS, Need, Operation

PAIRS = {"close": "aclose", "__enter__": "__aenter__", "__exit__": "__aexit__"}
KINDS: list[tuple[type, type]] = [
    (Limner, AsyncLimner),
    (Runs, AsyncRuns),
    (Budgets, AsyncBudgets),
    (Keys, AsyncKeys),
]


def public(kind: type) -> dict[str, inspect.Signature]:
    """Its methods."""
    names = [name for name in dir(kind) if not name.startswith("_")] + ["__init__"]
    return {name: inspect.signature(getattr(kind, name)) for name in names if callable(getattr(kind, name))}


def groups(kind: type) -> set[str]:
    """Under which names its methods are grouped."""
    return {name for name in dir(kind) if isinstance(getattr(kind, name), property)}


@pytest.mark.parametrize(("plain", "later"), KINDS)
def test_both_have_the_same_methods(plain: type, later: type):
    renamed = {PAIRS.get(name, name) for name in public(plain)}
    assert renamed == set(public(later))
    assert groups(plain) == groups(later)


@pytest.mark.parametrize(
    ("plain", "later", "name"),
    [
        (plain, later, name)
        for plain, later in KINDS
        for name in sorted(public(plain))
        if (plain, name) not in {(Runs, "__init__"), (Budgets, "__init__"), (Keys, "__init__")}
    ],
)
def test_a_method_takes_the_same(plain: type, later: type, name: str):
    here, there = public(plain)[name], public(later)[PAIRS.get(name, name)]
    shown = [(each.name, each.kind, each.default, str(each.annotation)) for each in here.parameters.values()]
    assert [(each.name, each.kind, each.default, str(each.annotation)) for each in there.parameters.values()][
        1:
    ] == shown[1:]  # the first is the object itself
    assert here.return_annotation == there.return_annotation


@pytest.mark.parametrize("operation", Operation)
def test_every_operation_has_a_verb_that_takes_what_it_needs(operation: Operation):
    verb = getattr(Verbs, {"variation": "variations"}.get(operation.value, operation.value))
    parameters = inspect.signature(verb).parameters
    needs = NEEDS[operation]
    assert ("image" in parameters) == (needs.images[1] > 0)
    assert ("mask" in parameters) == (needs.mask is Need.REQUIRED)
    assert ("prompt" in parameters) == (needs.prompt is not Need.UNUSED)
    if needs.prompt is Need.REQUIRED:
        assert parameters["prompt"].default is inspect.Parameter.empty
