"""Who is chosen, in which order, and the reason of everybody else: by hand."""

from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest

from limner.core.models import Ability, Hosting, Limits, Model, Sizes
from limner.core.operations import Need, Operation
from limner.core.pictures import Size
from limner.core.requests import Classification, Strategy, Tier
from limner.policy.routing.candidates import Ranking, rank
from limner.policy.routing.facts import Wishes
from tests.catalog.samples import model
from tests.policy.routing.samples import TODAY, costs, reachable

ANY = Wishes(operation=Operation.GENERATE, today=TODAY, words=True, strategy=Strategy.PRIORITY)


def brush(name: str, provider: str = "acme", **facts: Any) -> Model:
    return model(name, provider=provider, **facts)


def chosen(found: Ranking) -> list[str]:
    return [choice.model.name for choice in found.chosen]


def reasons(found: Ranking) -> dict[str, str]:
    return {each.model.name: each.code for each in found.left_out}


@pytest.mark.parametrize(
    ("strategy", "order"),
    [
        (Strategy.PRIORITY, ["plain", "cheap", "quick"]),
        (Strategy.CHEAPEST, ["cheap", "plain", "quick"]),
        (Strategy.FASTEST, ["quick", "cheap", "plain"]),
    ],
)
def test_a_strategy_orders_by_what_it_is_called(strategy: Strategy, order: list[str]):
    models = [brush("quick", priority=30), brush("cheap", priority=20), brush("plain", priority=10)]
    speeds = {("acme/quick", Operation.GENERATE): 1.0, ("acme/cheap", Operation.GENERATE): 9.0}
    price_of = costs(quick="0.08", cheap="0.001", plain="0.04")
    wishes = replace(ANY, strategy=strategy)
    assert chosen(rank(models, wishes, reachable(), speeds, price_of)) == order


@pytest.mark.row("C1")
def test_the_tier_asked_for_goes_before_priority():
    models = [brush("low", priority=1, tier=Tier.DRAFT), brush("top", priority=99, tier=Tier.ULTRA)]
    wishes = replace(ANY, tier=Tier.ULTRA)
    assert chosen(rank(models, wishes, reachable(), {}, costs())) == ["top", "low"]
    assert chosen(rank(models, ANY, reachable(), {}, costs())) == ["low", "top"]


def test_cheapest_does_not_fall_below_the_tier_while_another_is_there():
    models = [brush("low", tier=Tier.DRAFT), brush("top", tier=Tier.ULTRA), brush("high", tier=Tier.HIGH)]
    wishes = replace(ANY, tier=Tier.HIGH, strategy=Strategy.CHEAPEST)
    found = rank(models, wishes, reachable(), {}, costs(low="0.001", top="0.08", high="0.05"))
    assert chosen(found) == ["high", "top", "low"]


def test_nothing_that_costs_money_is_chosen_unasked():
    models = [
        brush("paid", priority=1),
        brush("own", hosting=Hosting.OWN),
        brush("here", hosting=Hosting.HERE),
    ]
    nothing = replace(ANY, strategy=None)
    found = rank(models, nothing, reachable(), {}, costs())
    assert chosen(found) == ["here"]
    assert reasons(found) == {"paid": "unasked", "own": "unasked"}
    assert nothing.opened is False
    for opening in ({"strategy": Strategy.CHEAPEST}, {"budgeted": True}, {"provider": "acme"}):
        assert "paid" in chosen(rank(models, replace(nothing, **opening), reachable(), {}, costs()))


def test_the_one_asked_for_goes_first_and_substitutes_cost_no_more():
    models = [brush("better", priority=1), brush("named", priority=50), brush("dear"), brush("vague")]
    wishes = replace(ANY, pin="acme/named", strategy=None)
    found = rank(models, wishes, reachable(), {}, costs(named="0.05", better="0.04", dear="0.06", vague=None))
    assert chosen(found) == ["named", "better"]
    assert reasons(found) == {"dear": "over_max_cost", "vague": "price_unknown"}
    alone = rank(models, replace(wishes, fallback=False), reachable(), {}, costs())
    assert chosen(alone) == ["named"]
    assert set(reasons(alone).values()) == {"no_fallback"}


def test_an_alias_keeps_its_own_order():
    models = [brush("one", priority=1), brush("two", priority=2), brush("three", priority=3)]
    wishes = replace(ANY, among=("acme/three", "acme/one"), strategy=None)
    found = rank(models, wishes, reachable(), {}, costs())
    assert chosen(found) == ["three", "one"]
    assert reasons(found) == {"two": "not_named"}


def test_who_cannot_be_reached_is_left_out_with_the_reason():
    models = [brush("up"), brush("down", "bolt")]
    found = rank(models, ANY, reachable("bolt"), {}, costs())
    assert chosen(found) == ["up"]
    assert [(each.code, each.reason) for each in found.left_out] == [("unavailable", "It fails.")]


def test_a_cap_takes_only_what_is_known_to_stay_under_it():
    models = [brush("cheap"), brush("edge"), brush("dear"), brush("vague")]
    wishes = replace(ANY, max_cost=Decimal("0.04"))
    price_of = costs(cheap="0.01", edge="0.04", dear="0.041", vague=None)
    found = rank(models, wishes, reachable(), {}, price_of)
    assert set(chosen(found)) == {"cheap", "edge"}
    assert reasons(found) == {"dear": "over_max_cost", "vague": "price_unknown"}
    held = rank(models, replace(wishes, ceiling=Decimal("0.02")), reachable(), {}, price_of)
    assert "vague" in chosen(held)


def test_what_is_not_known_is_not_in_the_region():
    models = [
        brush("eu", regions=("eu",)),
        brush("both", regions=("eu", "us")),
        brush("silent"),
        brush("here", hosting=Hosting.HERE),
    ]
    found = rank(models, replace(ANY, regions=frozenset({"eu"})), reachable(), {}, costs())
    assert set(chosen(found)) == {"eu", "here"}
    assert reasons(found) == {"both": "region", "silent": "region_unknown"}


def test_a_regional_address_satisfies_a_wish_for_its_region_and_no_other():
    addresses = {"eu": "https://eu.example", "us": "https://us.example"}
    models = [
        brush("anywhere", addresses=addresses),
        brush("usually", regions=("us",), addresses={"eu": "https://eu.example"}),
    ]

    def places(*regions: str) -> dict[str, tuple[tuple[str, ...], str | None]]:
        found = rank(models, replace(ANY, regions=frozenset(regions)), reachable(), {}, costs())
        return {each.model.name: (each.regions, each.address) for each in found.chosen}

    eu = (("eu",), "https://eu.example")
    assert places("eu") == {"anywhere": eu, "usually": eu}
    assert places("us") == {"anywhere": (("us",), "https://us.example"), "usually": (("us",), None)}
    assert places() == {"anywhere": ((), None), "usually": (("us",), None)}
    found = rank(models, replace(ANY, regions=frozenset({"ch"})), reachable(), {}, costs())
    assert reasons(found) == {"anywhere": "region", "usually": "region"}
    told = {each.model.name: each.reason for each in found.left_out}
    assert told["anywhere"].endswith(
        "can be kept to eu or us, and else may process pictures anywhere; ch is asked."
    )


def test_what_is_confidential_goes_only_where_it_is_cleared():
    models = [
        brush("cleared", classification=Classification.CONFIDENTIAL),
        brush("less", classification=Classification.INTERNAL),
        brush("silent"),
    ]
    found = rank(models, replace(ANY, classification=Classification.CONFIDENTIAL), reachable(), {}, costs())
    assert chosen(found) == ["cleared"]
    assert reasons(found) == {"less": "classification", "silent": "classification_unknown"}
    public = replace(ANY, classification=Classification.PUBLIC)
    assert len(rank(models, public, reachable(), {}, costs()).chosen) == 3


def test_a_size_that_would_have_to_be_blown_up_is_another_job():
    models = [
        brush("large", sizes=Sizes(fixed=(Size(2048, 2048),))),
        brush("near", sizes=Sizes(fixed=(Size(1640, 1640),))),
        brush("small", sizes=Sizes(fixed=(Size(1024, 1024),))),
        brush("silent"),
    ]
    found = rank(models, replace(ANY, size=Size(2048, 2048)), reachable(), {}, costs())
    assert set(chosen(found)) == {"large", "near"}
    assert reasons(found) == {"small": "size", "silent": "size_unknown"}


def test_words_must_be_heard_where_somebody_hears_them():
    deaf = Ability(Need.UNUSED, (1, 1), Need.REQUIRED)
    models = [brush("deaf", abilities=MappingProxyType({Operation.INPAINT: deaf})), brush("listens")]
    wishes = replace(ANY, operation=Operation.INPAINT, images=1, masked=True)
    found = rank(models, wishes, reachable(), {}, costs())
    assert chosen(found) == ["listens"]
    assert reasons(found) == {"deaf": "words"}


def test_what_draws_by_rules_is_chosen_only_by_name():
    sketch = brush("sketch", hosting=Hosting.HERE, extras=MappingProxyType({"procedural": True}))
    found = rank([sketch, brush("real")], ANY, reachable(), {}, costs(sketch="0"))
    assert reasons(found) == {"sketch": "stand_in"}
    assert chosen(rank([sketch], replace(ANY, provider="acme"), reachable(), {}, costs())) == ["sketch"]


def test_none_and_many():
    assert rank([], ANY, reachable(), {}, costs()) == Ranking((), ())
    many = [brush(f"m{number}", limits=Limits()) for number in range(300)]
    assert len(rank(many, ANY, reachable(), {}, costs()).chosen) == 300
