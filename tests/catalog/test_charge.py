from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.catalog.charge import charge
from limner.catalog.quote import quote_order
from limner.core.adapter import Artifact, Done, Usage
from limner.core.models import Limits, Model
from limner.core.money import NO_COST, Certainty, Money
from limner.core.operations import Operation
from limner.core.pictures import Size
from limner.core.prices import Free, PerImage, PerMegapixel, PerToken, Tariff, Tariffed, Unpublished
from limner.core.requests import Tier
from tests.catalog.samples import ask, model, priced
from tests.catalog.test_quote import QUALITIES, RATES, ROWS, TABLE, selling

D = Decimal
SQUARE = Size(1024, 1024)


def done(pictures: int = 1, **facts: Any) -> Done:
    return Done((Artifact(b"pixels"),) * pictures, **facts)


def test_what_the_vendor_states_counts_first():
    usage = Usage(text_in=1, image_in=0, image_out=1000)
    found = charge(ask(), selling(PerToken(**RATES)), done(usage=usage, stated_cost=D("0.07")))
    assert (found.kind, found.usd) == (Certainty.EXACT, D("0.07"))
    assert "states" in found.arithmetic


def test_a_stated_cost_is_in_the_prices_unit():
    served = selling(PerImage((Tariff(D(3)),)), unit="credits", rate=D("0.01"))
    found = charge(ask(), served, done(stated_cost=D(4)))
    assert (found.native, found.usd) == (Money(D(4), "credits"), D("0.04"))
    found = charge(ask(), selling(Unpublished(), unit="anlas", rate=None), done(stated_cost=D(20)))
    assert (found.native, found.usd, found.kind) == (Money(D(20), "anlas"), None, Certainty.EXACT)


def test_a_stated_cost_of_a_model_without_prices_is_in_dollars():
    assert charge(ask(), model(), done(stated_cost=D("0.02"))).usd == D("0.02")


@pytest.mark.parametrize("nonsense", ["NaN", "Infinity", "-0.04"])
def test_a_stated_cost_that_is_no_amount_is_none(nonsense: str):
    served = selling(PerImage((Tariff(D("0.04")),)))
    assert charge(ask(), served, done(stated_cost=D(nonsense))) == charge(ask(), served, done())


def test_metered_tokens_are_exact():
    usage = Usage(text_in=13, image_in=1280, image_out=5500)
    found = charge(ask(), selling(PerToken(**RATES)), done(usage=usage))
    assert found.kind is Certainty.EXACT
    assert found.usd == (13 * D(5) + 1280 * D(8) + 5500 * D(30)) / 1_000_000
    assert found.arithmetic == (
        "5,500 image tokens at $30/M + 1,280 tokens of pictures sent at $8/M + 13 of text at $5/M, as metered"
    )


def test_text_that_came_back_is_billed_where_it_has_a_rate():
    usage = Usage(text_in=0, image_in=0, image_out=0, text_out=100)
    assert charge(ask(), selling(PerToken(**RATES, text_out=D(10))), done(usage=usage)).usd == D("0.001")
    assert charge(ask(), selling(PerToken(**RATES)), done(usage=usage)).usd == 0


def test_half_a_meter_is_an_estimate_and_none_goes_by_the_list():
    served = selling(PerToken(**RATES, output_tokens=ROWS))
    assert charge(ask(), served, done(usage=Usage(image_out=100))).kind is Certainty.ESTIMATED
    listed = charge(ask(quality=Tier.HIGH), served, done(usage=Usage(text_in=5)))
    quoted = quote_order(ask(), served, "high")
    assert (listed.kind, listed.usd) == (Certainty.ESTIMATED, quoted.usd)


def test_a_price_by_picture_counts_what_was_delivered():
    found = charge(ask(n=3, size=SQUARE, quality=Tier.STANDARD), selling(TABLE), done(2))
    assert (found.kind, found.usd) == (Certainty.EXACT, D("0.106"))


def test_nothing_delivered_is_unknown_not_free():
    found = charge(ask(size=SQUARE), selling(TABLE), done(0, missing=("filtered",)))
    assert (found.kind, found.usd) == (Certainty.UNKNOWN, None)


def test_suggested_words_count_as_one():
    served = selling(PerImage((Tariff(D("0.001")),)))
    assert charge(ask(Operation.SUGGEST_TAGS), served, done(0, tags=("kite",))).usd == D("0.001")


def test_metered_units():
    points = selling(PerImage((Tariff(D(3)),)), unit="credits", rate=D("0.01"))
    assert charge(ask(), points, done(usage=Usage(units=D(5)))).usd == D("0.05")
    pixels = selling(PerMegapixel(D("0.02"), first=D("0.03")))
    assert charge(ask(), pixels, done(usage=Usage(units=D(3)))).usd == D("0.07")
    pictures = selling(TABLE)
    by_list = charge(ask(size=SQUARE, quality=Tier.DRAFT), pictures, done(usage=Usage(units=D(3))))
    assert by_list.usd == D("0.006")


def test_what_is_free_cost_nothing():
    assert charge(ask(), selling(Free()), done()) is NO_COST


@pytest.mark.parametrize("served", [model(), selling(Unpublished())])
def test_no_price_and_no_statement_is_unknown_never_zero(served: Model):
    found = charge(ask(), served, done())
    assert (found.kind, found.usd, found.native) == (Certainty.UNKNOWN, None, None)


@given(priced, st.integers(1, 4))
def test_without_a_meter_a_charge_is_the_quote_for_what_came(tariffed: Tariffed, count: int):
    served = model(prices=(tariffed,), limits=Limits(n=10, qualities=QUALITIES))
    order = ask(n=count, size=SQUARE, quality=Tier.HIGH)
    quoted, charged = quote_order(order, served, "high"), charge(order, served, done(count))
    assert (charged.kind, charged.usd) == (quoted.kind, quoted.usd)
    if not isinstance(tariffed.rule, Free):
        assert charged.native == quoted.native


@given(priced, st.integers(1, 20_000), st.integers(0, 500), st.integers(0, 5000))
def test_metered_charges_are_never_negative_and_never_a_false_zero(
    tariffed: Tariffed, out: int, text: int, shown: int
):
    served = model(prices=(tariffed,), limits=Limits(n=10, qualities=QUALITIES))
    usage = Usage(text_in=text, image_in=shown, image_out=out)
    found = charge(ask(size=SQUARE), served, done(usage=usage))
    if isinstance(tariffed.rule, Free):
        assert found is NO_COST
        return
    assert found.native is None or found.native.amount > 0
    assert (found.native is None) == (found.kind is Certainty.UNKNOWN)


@given(st.text(max_size=200), st.sampled_from(["low", "medium", "high"]), st.data())
def test_what_is_metered_within_the_bounds_costs_at_most_what_was_held(
    prompt: str, quality: str, data: st.DataObject
):
    rule = PerToken(**RATES, output_tokens=ROWS, input_image_tokens=1024, most_input_image_tokens=1536)
    served = selling(rule)
    order = ask(Operation.EDIT, prompt=prompt)
    held = quote_order(order, served, quality).most
    usage = Usage(
        text_in=data.draw(st.integers(0, len(prompt.encode()) + 64)),
        image_in=data.draw(st.integers(0, 1536)),
        image_out={"low": 272, "medium": 1056, "high": 4160}[quality],
    )
    charged = charge(order, served, done(usage=usage)).usd
    assert held is not None
    assert charged is not None
    assert charged <= held
