"""What the data files say holds together, and agrees with what the vendors publish."""

import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from limner.catalog.catalog import Catalog, alive
from limner.catalog.fit import fit
from limner.catalog.load import load
from limner.catalog.quote import quote
from limner.catalog.sizes import makes
from limner.catalog.tokens import curve_tokens
from limner.catalog.typical import typical_price
from limner.core.errors import UserError
from limner.core.models import Hosting, Lifecycle, Model
from limner.core.money import Certainty
from limner.core.operations import NEEDS, Need, Operation
from limner.core.pictures import Format, Reference, Role, Size
from limner.core.prices import PerImage, PerToken
from limner.core.requests import Tier
from limner.painters.embedded.reading import read
from tests.catalog.samples import TODAY, ask, picture
from tests.support.sources import PACKAGE

CATALOG = load()
MODELS = CATALOG.all()
AFTER = TODAY + timedelta(days=11)
"""The day after OpenAI's announced shutdown of 2026-12-01."""
CONTRACTS = Path(__file__).parent.parent / "contracts"

every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)


def named(name: str, catalog: Catalog = CATALOG) -> Model:
    model = catalog.get(name)
    assert model is not None
    return model


# --- all of them -------------------------------------------------------------------------


@every_model
def test_every_model_has_a_source_and_a_day(model: Model):
    assert model.source
    assert date(2026, 1, 1) <= model.checked_on <= TODAY
    assert model.abilities
    assert model.hosting is Hosting.HERE or model.source.startswith("https://")
    for tariffed in model.prices:
        assert tariffed.source


@every_model
def test_a_dead_or_dying_model_has_a_successor_that_lives_and_can(model: Model):
    for day in (TODAY, AFTER):
        if alive(model, day) and model.lifecycle is not Lifecycle.RETIRING:
            continue
        heir = CATALOG.successor(model, today=day)
        assert heir is not None
        assert heir.can(Operation.GENERATE) or not model.can(Operation.GENERATE)
        assert set(model.abilities) <= set(heir.abilities)


@every_model
def test_a_successor_exists_even_where_nobody_needs_it_yet(model: Model):
    assert model.successor is None or CATALOG.get(model.successor) is not None


@every_model
def test_states_and_days_agree(model: Model):
    if model.lifecycle is Lifecycle.RETIRED:
        assert model.shutdown_on is None or model.shutdown_on < TODAY
    elif model.shutdown_on is not None:
        assert model.shutdown_on >= TODAY
    if model.shutdown_on is not None and model.shutdown_on - TODAY < timedelta(days=90):
        assert model.lifecycle in {Lifecycle.RETIRING, Lifecycle.RETIRED}


@pytest.mark.parametrize("day", [TODAY, AFTER])
def test_no_alias_leads_to_a_dead_model(day: date):
    assert {"best", "cheapest", "fastest"} <= set(CATALOG.aliases)
    for name, targets in CATALOG.aliases.items():
        for target in targets:
            assert alive(named(target), day)
            assert named(target).lifecycle is not Lifecycle.RETIRING
        for operation in (Operation.GENERATE, Operation.EDIT, Operation.INPAINT):
            assert alive(CATALOG.find(name, operation=operation, today=day), day)


@pytest.mark.row("C1")
def test_cheapest_is_in_order_of_price_and_over_several_vendors():
    models = [named(target) for target in CATALOG.aliases["cheapest"]]
    prices = [typical_price(model, Operation.GENERATE) for model in models]
    dollars = [price.usd for price in prices if price is not None and price.usd is not None]
    assert len(dollars) == len(models)
    assert dollars == sorted(dollars)
    assert len({model.provider for model in models}) > 2


@pytest.mark.parametrize("day", [TODAY, AFTER])
def test_what_is_chosen_first_lives(day: date):
    for operation in Operation:
        for model in CATALOG.for_operation(operation, today=day)[:1]:
            assert model.lifecycle in {Lifecycle.LIVE, Lifecycle.PREVIEW}


def test_bare_names_are_not_ambiguous():
    for model in MODELS:
        for name in (model.name, *model.aliases, *model.snapshots):
            found = CATALOG.candidates(name)
            assert len({one.priority for one in found}) == len(found), name


def test_names_and_aliases_do_not_hide_each_other():
    names = {name for model in MODELS for name in (model.name, model.id, *model.aliases, *model.snapshots)}
    assert not names & set(CATALOG.aliases)


@every_model
def test_every_ability_fits_the_plainest_request(model: Model):
    for operation, ability in model.abilities.items():
        source = Size(1024, 1024)
        fields: dict[str, Any] = {"prompt": "" if ability.prompt is Need.UNUSED else "a kite"}
        if operation is Operation.SEARCH_REPLACE or operation is Operation.RECOLOR:
            fields["search"] = "the hat"
        if operation is Operation.TOOL:
            fields |= {"tool": model.limits.tools[0], "images": (picture(source),) * ability.images[0]}
        shown = Reference(picture(source), next(iter(model.limits.roles), Role.SOURCE))
        wish = ask(operation, **fields, references=(shown,) * model.limits.least_references)
        fitted = fit(wish, model, canvas=source if NEEDS[operation].images[0] else None)
        assert quote(fitted).arithmetic


@every_model
def test_what_is_emulated_needs_a_sentence_where_words_are_needed(model: Model):
    for ability in model.abilities.values():
        through = model.abilities[ability.through] if ability.through else None
        if through and through.prompt is Need.REQUIRED and ability.prompt is not Need.REQUIRED:
            assert ability.instruction


@every_model
def test_a_model_with_mask_abilities_says_how_it_wants_the_mask(model: Model):
    needs = {ability.mask for ability in model.abilities.values()}
    assert model.mask is not None or needs == {Need.UNUSED}


@every_model
def test_price_lists_speak_the_models_words_and_sizes(model: Model):
    words = set(model.limits.qualities.values())
    for tariffed in model.prices:
        rule = tariffed.rule
        rows = rule.tariffs if isinstance(rule, PerImage) else ()
        if isinstance(rule, PerToken):
            rows = rule.output_tokens
            assert rule.curve is None or words <= set(rule.curve.factors)
        for row in rows:
            assert row.quality is None or row.quality in words
            assert row.size is None or makes(model.sizes, Size.parse(row.size))


def test_loading_twice_reads_once():
    assert load().get("openai/gpt-image-2") is CATALOG.get("openai/gpt-image-2")


# --- OpenAI, against its published documents ---------------------------------------------


def openai_names() -> dict[str, Any]:
    document = json.loads((PACKAGE / "providers" / "openai" / "openapi.json").read_text("utf-8"))
    schema = document["components"]["schemas"]["CreateImageRequest"]["properties"]
    return schema["model"]


def openai_models() -> list[Model]:
    return [model for model in MODELS if model.provider == "openai"]


@pytest.mark.row("A5")
def test_openai_models_are_those_of_its_document():
    published = openai_names()
    listed = set(published["anyOf"][1]["enum"])
    ours = {name for model in openai_models() for name in (model.name, *model.snapshots)}
    retired = {model.name for model in openai_models() if model.lifecycle is Lifecycle.RETIRED}
    assert retired == set(published["x-retired-models"])
    # The document lists no snapshot of a model that is about to go; the guide does.
    assert ours - retired - listed == {"gpt-image-1.5-2025-12-16"}
    assert listed <= ours


def test_openai_shutdown_days_are_those_of_its_document():
    published = openai_names()
    days = {**published["x-retired-models"], **published["x-shutdown-scheduled"]}
    ours = {model.name: str(model.shutdown_on) for model in openai_models() if model.shutdown_on}
    assert ours == days


def prices(provider: str) -> dict[str, Any]:
    return json.loads((CONTRACTS / provider / "prices.json").read_text("utf-8"))


@pytest.mark.parametrize("provider", ["openai", "azure"])
def test_rates_are_those_published(provider: str):
    published = prices(provider)["usd_per_million_tokens"]
    metered = {
        model.name: rule
        for model in MODELS
        if model.provider == provider and isinstance(rule := model.prices[-1].rule, PerToken)
    }
    assert set(metered) == set(published)
    for name, rates in published.items():
        rule = metered[name]
        ours = {"text_in": rule.text_in, "image_in": rule.image_in, "image_out": rule.image_out}
        ours |= {} if rule.text_out is None else {"text_out": rule.text_out}
        assert ours == {kind: Decimal(rate) for kind, rate in rates.items()}


PUBLISHED = [
    (f"{provider}/{name}", Size.parse(size), word, Decimal(usd))
    for provider in ("openai", "azure")
    for name, sizes in prices(provider)["usd_per_image_output_only"].items()
    for size, words in sizes.items()
    for word, usd in words.items()
]


@pytest.mark.row("C1")
@pytest.mark.row("C5")
@pytest.mark.parametrize(("name", "size", "word", "usd"), PUBLISHED)
def test_a_quote_is_the_published_price_of_a_picture(name: str, size: Size, word: str, usd: Decimal):
    model = named(name)
    tier = next((tier for tier, own in model.limits.qualities.items() if own == word), None)
    price = quote(fit(ask(prompt=".", size=size, quality=tier), model))
    assert price.usd is not None
    if isinstance(model.prices[0].rule, PerImage):
        assert (price.kind, price.usd) == (Certainty.EXACT, usd)
        return
    words_sent = 7 * model.prices[0].rule.text_in / 1_000_000  # pyright: ignore[reportAttributeAccessIssue]
    assert price.kind is Certainty.ESTIMATED
    last_digit = Decimal(1).scaleb(int(usd.as_tuple().exponent))
    assert abs(price.usd - words_sent - usd) <= last_digit / 2 + Decimal("0.0001")


AT_FAL = [
    (Size.parse(size), word, Decimal(usd))
    for size, words in prices("openai")["gpt_image_2_at_fal"]["usd_per_image"].items()
    for word, usd in words.items()
]


@pytest.mark.parametrize(("size", "word", "usd"), AT_FAL)
def test_the_curve_of_free_sizes_agrees_with_another_sellers_list(size: Size, word: str, usd: Decimal):
    rule = named("openai/gpt-image-2").prices[0].rule
    assert isinstance(rule, PerToken)
    assert rule.curve is not None
    tokens = curve_tokens(rule.curve, rule.curve.factors[word], size)
    assert abs(tokens * rule.image_out / 1_000_000 - usd) <= Decimal("0.001")


def test_what_an_svg_costs_is_not_known_and_an_animation_is_bounded_by_its_sheet():
    newest = named("openai/gpt-image-2.6-flare")
    assert quote(fit(ask(format=Format.SVG), newest)).kind is Certainty.UNKNOWN
    animated = quote(fit(ask(format=Format.GIF, quality=Tier.HIGH), newest))
    assert animated.most is not None
    assert animated.most > Decimal("0.71")
    assert quote(fit(ask(format=Format.PNG), newest)).kind is Certainty.ESTIMATED


def test_azures_last_days_are_those_published():
    days = {
        model.name: str(model.shutdown_on)
        for model in MODELS
        if model.provider == "azure" and model.shutdown_on
    }
    assert days == prices("azure")["last_day"]


@pytest.mark.parametrize(
    ("size", "quality", "tokens"),
    [("1536x1024", Tier.DRAFT, 664), ("1536x1024", Tier.HIGH, 1353), ("3840x2160", Tier.HIGH, 3337)],
)
def test_estimates_of_2_6_are_what_was_observed(size: str, quality: Tier, tokens: int):
    price = quote(fit(ask(size=Size.parse(size), quality=quality), named("openai/gpt-image-2.6-flare")))
    assert f"{tokens:,} image tokens" in price.arithmetic
    assert price.usd is not None
    assert price.most is not None
    assert price.kind is Certainty.ESTIMATED
    assert price.usd < price.most


@pytest.mark.parametrize(
    "model", [model for model in MODELS if model.provider in {"openai", "azure"}], ids=str
)
def test_vendors_that_charge_never_quote_nothing(model: Model):
    for quality in (None, *Tier):
        price = quote(fit(ask(size=Size(1024, 1024), quality=quality), model))
        assert price.usd is not None
        assert price.usd > 0
        assert price.most is not None
        assert price.most >= price.usd


@pytest.mark.row("A6")
def test_openai_edits_take_sixteen_pictures_and_an_alpha_mask():
    for model in openai_models():
        if model.provider == "openai" and model.name.startswith("gpt-"):
            assert model.abilities[Operation.EDIT].images == (1, 16)
            assert model.mask is not None
            assert (model.mask.encoding, model.mask.format) == ("alpha", Format.PNG)
            assert model.limits.pictures == 16


def test_every_operation_of_openai_but_cutting_out_and_enlarging_is_served():
    able = set(named("openai/gpt-image-2").abilities)
    missing = set(Operation) - able
    assert missing == {Operation.REMOVE_BACKGROUND, Operation.UPSCALE, Operation.TOOL, Operation.SUGGEST_TAGS}


def test_qualities_above_high_belong_to_the_newer_ones():
    assert named("openai/gpt-image-2").limits.qualities[Tier.ULTRA] == "high"
    assert named("openai/gpt-image-2.5-flare").limits.qualities[Tier.ULTRA] == "max"


def test_azure_writes_png_and_jpeg_and_limner_the_rest():
    for model in MODELS:
        if model.provider == "azure" and model.name.startswith("gpt-"):
            assert model.limits.formats == (Format.PNG, Format.JPEG)
            fitted = fit(ask(format=Format.WEBP), model)
            assert (fitted.orders[0].format, fitted.encode) == (Format.PNG, Format.WEBP)


def test_a_name_both_vendors_use_means_openai_until_it_goes():
    assert CATALOG.find("gpt-image-2", today=TODAY).provider == "openai"
    assert CATALOG.find("gpt-image-2", today=TODAY, reachable={"azure"}).provider == "azure"
    assert CATALOG.find("gpt-image-1-mini", today=TODAY).provider == "openai"
    assert CATALOG.find("gpt-image-1-mini", today=AFTER).provider == "azure"
    with pytest.raises(UserError) as caught:
        CATALOG.find("dall-e-3", today=TODAY)
    assert caught.value.suggestions == ("openai/gpt-image-2.5-sunburst",)


def test_the_sketchs_styles_are_ones_it_reads():
    for style in named("limner/sketch").limits.styles:
        assert read(f"a house {style}", 0, "").style is not None


def test_what_is_always_there_is_free_and_here():
    for name in ("limner/sketch", "limner/heal"):
        model = named(name)
        assert model.hosting is Hosting.HERE
        operation = next(iter(model.abilities))
        assert quote(fit(ask(operation), model)).free
    assert CATALOG.find("heal", operation=Operation.ERASE, today=TODAY).id == "limner/heal"
