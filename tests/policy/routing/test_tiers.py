from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.catalog.tiers import KEYWORDS, TYPICAL_COST
from limner.core.requests import Tier, parse_tier
from limner.policy.routing.tiers import tier_in, tier_of


@pytest.mark.row("C1")
def test_every_keyword_asks_for_its_tier():
    for tier, keywords in KEYWORDS.items():
        for keyword in keywords:
            assert tier_in(f"A {keyword.title()}, please.") is tier
            assert tier_in(keyword.upper()) is tier


@pytest.mark.row("C1")
@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("a detailed drawing, quick", Tier.HIGH),
        ("breakfast, undetailed, ultraviolet", None),
        ("HIGH QUALITY", Tier.HIGH),
        ("high-quality print", Tier.HIGH),
        ("an ultra-detailed map", Tier.HIGH),
        ("through an ultra-wide lens", None),
        ("not photorealistic", None),
        ("a non-photorealistic fox", None),
        ("not a very detailed map", None),
        ("it isn’t detailed", None),
        ("not photorealistic, but detailed", Tier.HIGH),
        ("no people. Detailed leaves", Tier.HIGH),
        ("en fotorealistisk räv", Tier.ULTRA),
        ("ho\u0308g kvalitet", Tier.HIGH),
        ("inte särskilt detaljerad", None),
        ("ett utkast", Tier.DRAFT),
        ("", None),
    ],
)
def test_whole_words_count_unless_negated_and_the_highest_tier_wins(text: str, tier: Tier | None):
    assert tier_in(text) is tier


@pytest.mark.row("C1")
def test_a_tier_that_is_given_beats_the_words():
    assert tier_of("a photorealistic fox", Tier.DRAFT) is Tier.DRAFT
    assert tier_of("a photorealistic fox", None) is Tier.ULTRA


@given(st.text())
def test_any_text_can_be_read(text: str):
    assert tier_in(text) in {None, *Tier}


@pytest.mark.row("C1")
def test_fast_is_draft_and_typical_costs_are_kept():
    assert parse_tier("fast") is Tier.DRAFT
    assert [TYPICAL_COST[tier] for tier in KEYWORDS] == [
        Decimal(cost) for cost in ("0.12", "0.04", "0.002", "0.001")
    ]
