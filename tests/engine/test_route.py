"""Who serves a request: what a request names, what opens paid models, and what is told."""

from decimal import Decimal
from pathlib import Path

import pytest

from limner.assembly import Assembly, assemble
from limner.core.errors import Refused, UserError
from limner.core.models import Hosting
from limner.core.operations import Operation
from limner.core.pictures import Mask, Picture, Size
from limner.core.requests import Classification, Request, Strategy, Tier
from limner.engine.route import Router
from limner.policy.routing.facts import AVAILABLE, Availability
from limner.settings import Settings
from tests.support.clock import SkippingClock

KEYS = {"OPENAI_API_KEY": "k", "STABILITY_API_KEY": "k", "FAL_KEY": "k"}
GENERATE = Request(Operation.GENERATE, prompt="a pear")
EU = """
[models."openai/gpt-image-2"]
regions = ["eu"]
classification = "confidential"

[aliases]
ours = ["stability/core", "openai/gpt-image-2"]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "limner.toml"
    path.write_text(EU)
    return path


def built(config: Path | None = None, **settings: object) -> Assembly:
    return assemble(Settings(environ=KEYS, config=config, **settings), clock=SkippingClock())


def failing(limner: Assembly, *providers: str, layer: str = "breaker") -> Router:
    """A router for which providers fail, although they are set up."""
    down = Availability(available=False, reason="It failed five times.", layer=layer)  # pyright: ignore[reportArgumentType]
    return Router(
        limner.catalog,
        limner.makers,
        limner.clock,
        availability=lambda provider, _: down if provider in providers else AVAILABLE,
    )


def test_nothing_that_costs_money_is_chosen_unasked():
    limner = built()
    for operation in (Operation.GENERATE, Operation.ERASE, Operation.UPSCALE):
        picture = Picture(b"", size=Size(64, 64))
        needs = () if operation is Operation.GENERATE else (picture,)
        mask = Mask(picture) if operation is Operation.ERASE else None
        words = "" if operation is Operation.UPSCALE else "a photorealistic pear, ultra"
        route = limner.router.route(Request(operation, prompt=words, images=needs, mask=mask))
        assert {model.hosting for model in route.candidates} == {Hosting.HERE}


@pytest.mark.parametrize(
    "fields",
    [
        {"strategy": Strategy.CHEAPEST},
        {"provider": "openai"},
        {"model": "best"},
        {"quality": Tier.HIGH, "max_cost": Decimal("0.30")},
        {"prompt": "a photorealistic pear", "max_cost": Decimal("0.30")},
    ],
    ids=str,
)
def test_paid_models_are_opened_by(fields: dict[str, object]):
    route = built().router.route(GENERATE.replace(**fields))
    assert route.first.hosting is Hosting.VENDOR
    assert len(route.candidates) > 1


@pytest.mark.parametrize("fields", [{"max_cost": Decimal(1)}, {"quality": Tier.HIGH}], ids=str)
def test_paid_models_are_not_opened_by(fields: dict[str, object]):
    assert built().router.route(GENERATE.replace(**fields)).first.hosting is Hosting.HERE


def test_the_operator_opens_them_for_everybody():
    assert built(routing="cheapest").router.route(GENERATE).first.hosting is Hosting.VENDOR


def test_the_operators_model_goes_first_where_it_can_do_it():
    limner = built(default_model="openai/gpt-image-2")
    assert limner.router.route(GENERATE).first.id == "openai/gpt-image-2"
    upscale = Request(Operation.UPSCALE, images=(Picture(b"", size=Size(64, 64)),))
    assert limner.router.route(upscale).first.hosting is Hosting.HERE  # and nobody else's is opened by it


def test_a_named_model_is_first_and_others_cost_no_more():
    route = built().router.route(GENERATE.replace(model="stability/core"))
    assert route.first.id == "stability/core"
    first, *others = route.ranking.chosen
    assert others
    assert first.price.most is not None
    assert all(choice.price.most is not None for choice in others)
    assert max(choice.price.most or 0 for choice in others) <= first.price.most


def test_a_named_model_is_alone_without_fallback():
    request = GENERATE.replace(model="stability/core", allow_fallback=False)
    assert [model.id for model in built().router.route(request).candidates] == ["stability/core"]


@pytest.mark.row("C11")
def test_when_its_provider_fails_another_is_first():
    request = GENERATE.replace(model="stability/core")
    router = failing(built(), "stability")
    route = router.route(request)
    assert route.first.provider not in {"stability", "limner"}
    reason = next(each for each in route.ranking.left_out if each.model.id == "stability/core")
    assert (reason.code, reason.reason) == ("unavailable", "It failed five times.")
    assert route.instead_of is not None
    assert route.instead_of.model.id == "stability/core"
    # Where nobody may take its place, it says itself how it is: its breaker, or its own answer.
    alone = router.route(request.replace(allow_fallback=False))
    assert ([model.id for model in alone.candidates], alone.instead_of) == (["stability/core"], None)


def test_what_is_not_set_up_is_no_reason_to_pay_somebody_else():
    request = GENERATE.replace(model="azure/gpt-image-2")
    with pytest.raises(UserError) as raised:
        built().router.route(request)
    assert raised.value.code == "missing_key"
    assert built().router.explain(request).best is None


def test_an_alias_keeps_to_its_own_models(config: Path):
    limner = built(config, routing="cheapest")
    request = GENERATE.replace(model="ours")
    assert [model.id for model in limner.router.route(request).candidates] == [
        "stability/core",
        "openai/gpt-image-2",
    ]
    assert failing(limner, "stability").route(request).first.id == "openai/gpt-image-2"


def test_what_may_not_be_sent_to_a_named_model_is_refused(config: Path):
    limner = built(config)
    with pytest.raises(Refused) as raised:
        limner.router.route(GENERATE.replace(model="stability/core", regions=("eu",)))
    assert raised.value.code == "region_unknown"
    secret = GENERATE.replace(model="openai/gpt-image-2", classification=Classification.SECRET)
    with pytest.raises(Refused) as raised:
        limner.router.route(secret)
    assert raised.value.code == "classification"
    fine = secret.replace(classification=Classification.CONFIDENTIAL, regions=("eu",))
    assert [model.id for model in limner.router.route(fine).candidates] == ["openai/gpt-image-2"]


def test_nobody_is_left_and_it_is_said_why():
    with pytest.raises(UserError) as raised:
        built().router.route(GENERATE.replace(strategy=Strategy.CHEAPEST, regions=("mars",)))
    assert raised.value.code == "no_model"
    assert "mars is asked" in str(raised.value)


@pytest.mark.row("C1")
def test_the_words_of_the_prompt_choose_the_tier():
    router = built(routing="priority").router
    assert router.route(GENERATE.replace(prompt="a quick draft of a pear")).first.tier is Tier.DRAFT
    assert router.route(GENERATE.replace(prompt="a photorealistic pear")).first.tier is Tier.ULTRA
    given = GENERATE.replace(prompt="a photorealistic pear", quality=Tier.DRAFT)
    assert router.route(given).first.tier is Tier.DRAFT


def test_a_snapshot_is_pinned_and_ranked():
    limner = built()
    named = next(model for model in limner.catalog.all() if model.snapshots)
    request = GENERATE.replace(model=f"{named.provider}/{named.snapshots[0]}")
    best = limner.router.explain(request).best
    assert best is not None
    assert best.model.id == request.model


def test_a_remembered_price_is_the_price():
    """The second ranking comes from what the first remembered; a third, of another request, does not."""
    limner, fresh = built(), built()
    asks = [
        GENERATE.replace(strategy=Strategy.CHEAPEST, prompt=prompt, n=n, size=size)
        for prompt in ("a pear", "a much longer prompt " * 20)
        for n in (1, 3)
        for size in (None, Size(1024, 1024))
    ]
    for request in [*asks, *asks]:
        assert limner.router.explain(request) == Router(fresh.catalog, fresh.makers, fresh.clock).explain(
            request
        )


@pytest.mark.row("D6")
def test_a_recommendation_is_a_sentence_about_a_model_that_is_set_up():
    limner = built()
    photo = Picture(b"", size=Size(800, 600))
    found = limner.router.recommend(Request(Operation.ERASE, images=(photo,)))
    assert limner.makers.usable(found.choice.model.provider)
    assert found.choice.model.label in found.sentence
    assert found.cheaper is not None
    assert found.cheaper.model.hosting is Hosting.HERE
    assert "is free" in found.sentence
    capped = limner.router.recommend(Request(Operation.ERASE, images=(photo,), max_cost=Decimal(0)))
    assert capped.choice.price.free


@pytest.mark.row("D6")
def test_where_nothing_is_set_up_the_key_is_named():
    bare = assemble(Settings(environ={}), clock=SkippingClock())
    with pytest.raises(UserError, match="With a key for"):
        bare.router.recommend(GENERATE)


async def test_a_run_goes_where_the_route_says():
    async with built(routing="priority") as limner:
        sketch = GENERATE.replace(provider="limner", size=Size(64, 64))
        result = await limner.engine.run(sketch)
        assert result.model == limner.router.route(sketch).first.id
        assert "names no model" in result.notes[0].text
