"""Nothing that a model is said to take gets lost on the way: every field changes what goes over the wire."""

import pytest

from limner.catalog.load import load
from limner.conformance.orders import native
from limner.conformance.rules import silent
from limner.core.models import Model
from limner.core.operations import Operation
from limner.providers import registry

NATIVE = list(native(tuple(model for model in load().all() if model.provider in registry.slugs())))


@pytest.mark.row("P3")
@pytest.mark.parametrize(
    ("model", "operation"), NATIVE, ids=[f"{model.id}-{operation}" for model, operation in NATIVE]
)
def test_what_is_taken_is_sent(model: Model, operation: Operation):
    """Every field, masks, qualities, references of every role, and their strengths."""
    adapter = registry.get(model.provider)
    assert adapter
    assert not list(silent(adapter, model, operation))
