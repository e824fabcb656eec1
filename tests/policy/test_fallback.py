"""Whether another model may take over: every combination of the facts."""

import itertools

import pytest

from limner.core.errors import (
    Again,
    Billed,
    Cancelled,
    Error,
    OutcomeUnknown,
    ProviderError,
    Refused,
    Stage,
    StoreFailed,
    UserError,
)
from limner.policy.fallback import falls_back

FACTS = list(itertools.product(Again, Billed))


def error(again: Again, billed: Billed) -> ProviderError:
    return ProviderError("No.", provider="x", again=again, billed=billed)


@pytest.mark.row("P2")
@pytest.mark.parametrize(("again", "billed"), FACTS)
def test_only_what_surely_cost_nothing_and_may_succeed_elsewhere_goes_on(again: Again, billed: Billed):
    goes_on = falls_back([error(again, billed)], allowed=True, left=60)
    assert goes_on == (billed is Billed.NO and again is not Again.NEVER)


@pytest.mark.row("P2")
@pytest.mark.parametrize(("again", "billed"), FACTS)
def test_of_several_calls_the_worst_decides(again: Again, billed: Billed):
    free = error(Again.ANOTHER, Billed.NO)
    alone = falls_back([error(again, billed)], allowed=True, left=60)
    assert falls_back([free, error(again, billed)], allowed=True, left=60) == alone


def test_the_caller_and_the_deadline_have_their_say():
    free = error(Again.ANOTHER, Billed.NO)
    assert not falls_back([free], allowed=False, left=60)
    assert not falls_back([free], allowed=True, left=0)


OURS: list[Error] = [
    UserError("No.", code="x", remedy=""),
    OutcomeUnknown("Lost.", provider="x"),
    StoreFailed("Full.", code="store_full", remedy=""),
    Cancelled("Stopped.", billed=Billed.NO),
    Refused("No.", stage=Stage.BUDGET, remedy=""),
    Refused("No.", stage=Stage.MODERATION, remedy=""),  # Limner's own
]


@pytest.mark.row("P5")
@pytest.mark.parametrize("ours", OURS, ids=lambda each: type(each).__name__)
def test_what_no_provider_said_no_other_one_mends(ours: Error):
    assert not falls_back([ours], allowed=True, left=60, after_refusal=True)


@pytest.mark.row("P5")
@pytest.mark.parametrize("billed", Billed)
def test_a_refusal_is_terminal_unless_the_caller_says_otherwise(billed: Billed):
    refused = Refused("No.", stage=Stage.MODERATION, remedy="", provider="x", billed=billed)
    assert not falls_back([refused], allowed=True, left=60)
    assert falls_back([refused], allowed=True, left=60, after_refusal=True) == (billed is Billed.NO)
