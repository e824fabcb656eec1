"""One picture and one edit of each provider's cheapest model."""

from collections.abc import Callable

import pytest

from limner.assembly import Assembly
from limner.core.money import Certainty
from limner.core.operations import Operation
from tests.support.live import CapReached, Purse, buy, cheapest

Record = Callable[[str, str, str], None]


@pytest.mark.parametrize("operation", [Operation.GENERATE, Operation.EDIT], ids=str)
async def test_the_cheapest_model_delivers(
    operation: Operation, slug: str, limner: Assembly, purse: Purse, record: Record
):
    found = await cheapest(limner, slug, operation)
    if found is None:
        pytest.skip(f"{slug} has no model for {operation} whose price is bounded")
    request, most = found
    try:
        result = await buy(limner, purse, request, most)
    except CapReached as reached:
        pytest.skip(str(reached))
    assert result.images[0].measured.size
    assert result.cost.kind is not Certainty.UNKNOWN
    assert result.cost.usd is not None
    assert result.cost.usd <= most
    record(slug, operation.value, result.model)
