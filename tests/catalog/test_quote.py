from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.catalog.fit import fit
from limner.catalog.quote import quote, quote_order, together
from limner.catalog.tokens import curve_tokens
from limner.core.models import Ability, Limits, MaskNeeds, Model, Sizes
from limner.core.money import FREE, Certainty, Money, Price
from limner.core.operations import Operation
from limner.core.pictures import Format, Picture, Reference, Size
from limner.core.prices import (
    Free,
    PerImage,
    PerMegapixel,
    PerStep,
    PerToken,
    PriceRule,
    Tariff,
    Tariffed,
    TokenCurve,
    Unpublished,
)
from limner.core.requests import Request, Tier
from tests.catalog.samples import ask, model, picture, priced

QUALITIES = {Tier.DRAFT: "low", Tier.STANDARD: "medium", Tier.HIGH: "high"}
D = Decimal
ONE = D(1)


def selling(rule: PriceRule, *, unit: str = "USD", rate: Decimal | None = ONE, **facts: Any) -> Model:
    known: dict[str, Any] = {"limits": Limits(n=10, qualities=QUALITIES), **facts}
    return model(prices=(Tariffed(rule, unit=unit, usd_per_unit=rate),), **known)


def price(rule: PriceRule, wish: Request | None = None, quality: str | None = None, **facts: Any) -> Price:
    return quote_order(wish or ask(), selling(rule, **facts), quality)


# --- by image ----------------------------------------------------------------------------

TABLE = PerImage(
    (
        Tariff(D("0.006"), "low", "1024x1024"),
        Tariff(D("0.053"), "medium", "1024x1024"),
        Tariff(D("0.041"), "medium"),
        Tariff(D("0.211"), "high", "1024x1024"),
    )
)


def test_a_price_by_picture_is_exact():
    found = price(TABLE, ask(n=2, size=Size(1024, 1024)), "medium")
    assert found == Price(
        Certainty.EXACT, Money(D("0.106")), D("0.106"), D("0.106"), "2 × $0.053 (medium, 1024x1024)"
    )


def test_the_first_row_that_fits_counts():
    assert price(TABLE, ask(size=Size(1536, 1024)), "medium").usd == D("0.041")
    assert price(TABLE, quality="medium", sizes=Sizes(default=Size(1024, 1024))).usd == D("0.053")


def test_where_the_model_decides_the_dearest_is_the_bound():
    found = price(TABLE, ask(n=2, size=Size(1024, 1024)))
    assert (found.kind, found.usd, found.most) == (Certainty.ESTIMATED, D("0.106"), D("0.422"))
    assert "$0.006 to $0.211" in found.arithmetic


def test_a_default_quality_is_no_guess():
    limits = Limits(qualities=QUALITIES, default_quality="low")
    found = price(TABLE, ask(size=Size(1024, 1024)), limits=limits)
    assert (found.kind, found.usd) == (Certainty.EXACT, D("0.006"))


def test_a_quality_the_list_does_not_have_is_unknown():
    found = price(TABLE, quality="max")
    assert (found.kind, found.usd, found.native, found.most) == (Certainty.UNKNOWN, None, None, None)


def test_a_vendors_own_unit_is_kept_beside_dollars():
    rule = PerImage((Tariff(D(3)),))
    found = price(rule, unit="credits", rate=D("0.01"))
    assert (found.native, found.usd, found.most) == (Money(D(3), "credits"), D("0.03"), D("0.03"))
    assert "3 credits" in found.arithmetic
    bare = price(rule, unit="credits", rate=None)
    assert (bare.kind, bare.native, bare.usd, bare.most) == (
        Certainty.EXACT,
        Money(D(3), "credits"),
        None,
        None,
    )


# --- by megapixel and step ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "wish", "usd"),
    [
        (PerMegapixel(D("0.04")), ask(size=Size(1000, 1000)), "0.04"),
        (PerMegapixel(D("0.04")), ask(size=Size(1024, 1024)), "0.08"),
        (PerMegapixel(D("0.04"), megapixel=1024 * 1024), ask(size=Size(1024, 1024), n=3), "0.12"),
        (PerMegapixel(D("0.04"), step=D("0.1")), ask(size=Size(500, 500)), "0.012"),
        (PerMegapixel(D("0.04"), included_steps=20), ask(size=Size(1000, 1000), steps=50), "0.1"),
        (PerMegapixel(D("0.04"), included_steps=20), ask(size=Size(1000, 1000), steps=5), "0.04"),
        (PerMegapixel(D("0.04"), round_up=False), ask(size=Size(500, 500)), "0.01"),
        (PerMegapixel(D("0.01"), first=D("0.03")), ask(size=Size(2000, 1000)), "0.04"),
        (PerMegapixel(D("0.01"), first=D("0.03"), whole_first=True), ask(size=Size(100, 100)), "0.03"),
        (PerStep(D("0.002"), default_steps=10), ask(), "0.02"),
        (PerStep(D("0.002"), default_steps=10, base=D("0.1")), ask(steps=5, n=2), "0.22"),
        (PerStep(D("0.002"), 10, times_megapixels=True), ask(size=Size(2000, 1000)), "0.04"),
    ],
)
def test_megapixels_and_steps(rule: PriceRule, wish: Request, usd: str):
    found = price(rule, wish)
    assert (found.kind, found.usd, found.most) == (Certainty.EXACT, D(usd), D(usd))


def test_only_the_bound_is_rounded_up_and_for_each_picture():
    rule = PerMegapixel(D("0.015"), round_up=False, smallest=D("0.01"))
    found = price(rule, ask(size=Size(1000, 1000), n=3))
    assert (found.kind, found.usd, found.most) == (Certainty.ESTIMATED, D("0.045"), D("0.06"))
    even = price(rule, ask(size=Size(2000, 1000), n=3))
    assert (even.kind, even.usd, even.most) == (Certainty.EXACT, D("0.09"), D("0.09"))


def test_pictures_sent_count_where_the_vendor_says_so():
    rule = PerMegapixel(D("0.01"), counts_input=True)
    megapixel = picture(Size(1000, 1000))
    wish = ask(Operation.EDIT, images=(megapixel,), references=(Reference(megapixel),), size=Size(1000, 1000))
    assert price(rule, wish).usd == D("0.03")


def test_pictures_sent_are_not_the_first_megapixel_of_a_result():
    rule = PerMegapixel(D("0.01"), first=D("0.03"), whole_first=True, round_up=False, counts_input=True)
    wish = ask(Operation.EDIT, images=(picture(Size(1000, 1000)),), size=Size(500, 500))
    assert price(rule, wish).usd == D("0.04")


def test_a_picture_sent_that_nobody_probed_leaves_no_bound():
    rule = PerMegapixel(D("0.01"), counts_input=True)
    unprobed = Picture(b"pixels")
    found = price(rule, ask(Operation.EDIT, images=(unprobed,), size=Size(1000, 1000)))
    assert (found.kind, found.most) == (Certainty.ESTIMATED, None)


def test_a_size_nobody_knows_makes_it_an_estimate_without_a_bound():
    found = price(PerMegapixel(D("0.04")))
    assert (found.kind, found.most) == (Certainty.ESTIMATED, None)
    assert found.usd == D("0.08")
    known = price(PerMegapixel(D("0.04")), sizes=Sizes(default=Size(1000, 1000)))
    assert (known.kind, known.usd) == (Certainty.EXACT, D("0.04"))
    follows = price(
        PerMegapixel(D("0.04")),
        ask(Operation.EDIT, images=(picture(Size(1000, 1000)),)),
        sizes=Sizes(follows_source=True),
    )
    assert (follows.kind, follows.usd) == (Certainty.EXACT, D("0.04"))


# --- by token ----------------------------------------------------------------------------

RATES: dict[str, Any] = {"text_in": D(5), "image_in": D(8), "image_out": D(30)}
ROWS = (Tariff(D(272), "low"), Tariff(D(1056), "medium"), Tariff(D(4160), "high"))


def test_tokens_are_estimated_and_bounded():
    found = price(PerToken(**RATES, output_tokens=ROWS), ask(prompt="x" * 40), "medium")
    assert found.kind is Certainty.ESTIMATED
    assert found.usd == (1056 * D(30) + 16 * D(5)) / 1_000_000
    assert found.most == (1056 * D(30) + (40 + 64) * D(5)) / 1_000_000
    assert found.arithmetic == "1 × (1,056 image tokens at $30/M + 16 of text at $5/M), estimated"


def test_letters_outside_ascii_bound_by_their_bytes():
    rule = PerToken(**RATES, output_tokens=ROWS)
    plain, written = price(rule, ask(prompt="aa"), "low"), price(rule, ask(prompt="漢字"), "low")
    assert plain.most is not None
    assert written.most is not None
    assert written.most - plain.most == 4 * D(5) / 1_000_000


def test_without_a_quality_the_middle_is_estimated_and_the_dearest_bounds():
    found = price(PerToken(**RATES, output_tokens=ROWS))
    assert found.usd is not None
    assert found.most is not None
    assert round(found.usd, 4) == D("0.0317")
    assert found.most > D("0.1248")


def test_pictures_sent_and_previews_count():
    rule = PerToken(
        **RATES, output_tokens=ROWS, input_image_tokens=1000, most_input_image_tokens=1500, partial_tokens=100
    )
    bare = price(rule, ask(Operation.EDIT, images=()), "low")
    full = price(
        rule,
        ask(Operation.EDIT, images=(picture(),), references=(Reference(picture()),), partial_images=2),
        "low",
    )
    assert bare.usd is not None and full.usd is not None  # noqa: PT018 -- for the type checker
    assert full.usd - bare.usd == (2000 * D(8) + 200 * D(30)) / 1_000_000
    assert bare.most is not None and full.most is not None  # noqa: PT018
    assert full.most - bare.most == (3000 * D(8) + 200 * D(30) + 128 * D(5)) / 1_000_000


def test_a_mask_may_count_as_one_more_picture():
    rule = PerToken(**RATES, output_tokens=ROWS, input_image_tokens=1000)
    wish = ask(Operation.INPAINT)
    bare, masked = price(rule, wish, "low"), price(rule, wish, "low", mask=MaskNeeds())
    assert bare.usd == masked.usd
    assert bare.most is not None
    assert masked.most is not None
    assert masked.most - bare.most == (1000 * D(8) + 64 * D(5)) / 1_000_000


def test_every_picture_of_a_call_is_billed_like_a_call():
    rule = PerToken(**RATES, output_tokens=ROWS)
    one, three = price(rule, ask(), "low"), price(rule, ask(n=3), "low")
    assert one.usd is not None
    assert one.most is not None
    assert (three.usd, three.most) == (3 * one.usd, 3 * one.most)


def test_a_curve_counts_the_sizes_no_table_has():
    curve = TokenCurve({"low": 16, "medium": 48, "high": 96}, most={"low": 24})
    rule = PerToken(**RATES, output_tokens=(Tariff(D(200), "low", "1024x1024"),), curve=curve)
    listed = price(rule, ask(size=Size(1024, 1024)), "low")
    assert listed.arithmetic.startswith("1 × (200 image tokens")
    assert listed.most is not None
    assert listed.most > curve_tokens(curve, 24, Size(1024, 1024)) * D(30) / 1_000_000
    assert "5,488 image" in price(rule, ask(size=Size(1024, 1536)), "high").arithmetic


def test_text_that_comes_back_leaves_no_bound():
    found = price(PerToken(**RATES, text_out=D(10), output_tokens=ROWS), quality="low")
    assert found.kind is Certainty.ESTIMATED
    assert found.most is None


def test_tokens_nobody_counted_are_unknown_unless_bounded():
    assert price(PerToken(**RATES)).kind is Certainty.UNKNOWN
    found = price(PerToken(**RATES, most_output_tokens=2000))
    assert found.kind is Certainty.ESTIMATED
    assert found.usd == found.most


@given(st.integers(16, 3840), st.integers(16, 3840), st.sampled_from([16, 48, 96]))
def test_the_curve_turns_with_the_picture_and_grows_with_quality(width: int, height: int, factor: int):
    curve = TokenCurve({})
    here = curve_tokens(curve, factor, Size(width, height))
    assert here == curve_tokens(curve, factor, Size(height, width))
    assert 0 <= here <= curve_tokens(curve, factor + 16, Size(width, height))


# --- which price, and together -----------------------------------------------------------


def test_the_first_price_that_names_the_operation_or_none_counts():
    cheap, dear = PerImage((Tariff(D(1)),)), PerImage((Tariff(D(2)),))
    served = model(prices=(Tariffed(cheap, frozenset({Operation.EDIT})), Tariffed(dear)))
    assert quote_order(ask(Operation.EDIT), served, None).usd == D(1)
    assert quote_order(ask(), served, None).usd == D(2)


def test_a_price_of_a_format_counts_only_when_it_is_asked_for():
    vector, pixels = PerImage((Tariff(D(9)),)), PerImage((Tariff(D(2)),))
    served = model(prices=(Tariffed(vector, formats=frozenset({Format.SVG})), Tariffed(pixels)))
    assert quote_order(ask(format=Format.SVG), served, None).usd == D(9)
    assert quote_order(ask(format=Format.PNG), served, None).usd == D(2)
    assert quote_order(ask(), served, None).usd == D(2)


def test_an_emulated_operation_costs_what_is_really_called():
    abilities = {
        Operation.EDIT: Ability(images=(1, 1)),
        Operation.RELIGHT: Ability(images=(1, 1), through=Operation.EDIT, instruction="Light."),
    }
    edit = Tariffed(PerImage((Tariff(D(1)),)), frozenset({Operation.EDIT}))
    assert quote(fit(ask(Operation.RELIGHT), model(abilities=abilities, prices=(edit,)))).usd == D(1)


def test_no_price_is_unknown_never_zero():
    for served in (model(), selling(Unpublished())):
        found = quote_order(ask(), served, None)
        assert (found.kind, found.native, found.usd, found.most) == (Certainty.UNKNOWN, None, None, None)
        assert found.arithmetic


def test_what_runs_here_is_free():
    assert quote_order(ask(n=5), selling(Free()), None) is FREE
    assert fit(ask(), selling(Free())).free


def test_several_calls_are_quoted_together():
    served = selling(TABLE, limits=Limits(n=2, qualities=QUALITIES), sizes=Sizes(fixed=(Size(1024, 1024),)))
    found = quote(fit(ask(n=5, size=Size(1024, 1024), quality=Tier.STANDARD), served))
    assert (found.kind, found.usd) == (Certainty.EXACT, D("0.265"))
    assert found.arithmetic == "2 calls of 2 × $0.053 (medium, 1024x1024) + 1 × $0.053 (medium, 1024x1024)"


def test_a_sum_is_no_surer_than_its_parts():
    exact = Price(Certainty.EXACT, Money(D(1)), D(1), D(1), "one")
    guess = Price(Certainty.ESTIMATED, Money(D(1)), D(1), None, "about one")
    points = Price(Certainty.EXACT, Money(D(1), "credits"), None, None, "a credit")
    unknown = Price(Certainty.UNKNOWN, arithmetic="who knows")
    assert together([exact, guess]) == Price(Certainty.ESTIMATED, Money(D(2)), D(2), None, "one + about one")
    assert together([exact, points]) == Price(Certainty.EXACT, None, None, None, "one + a credit")
    assert together([exact, unknown]) == Price(Certainty.UNKNOWN, arithmetic="one + who knows")


@given(priced, st.integers(1, 30), st.sampled_from([None, "medium", "high"]), st.integers(1, 9))
def test_prices_are_sane_whatever_the_rule(tariffed: Tariffed, n: int, quality: str | None, most: int):
    served = model(prices=(tariffed,), limits=Limits(n=most, qualities=QUALITIES))
    wish = ask(n=n, size=Size(1024, 1024))
    fitted = fit(wish.replace(size=None), served)
    parts = [quote_order(order, served, quality) for order in fitted.orders]
    whole = together(parts)
    assert whole.arithmetic
    if isinstance(tariffed.rule, Free):
        assert whole.free
        return
    if whole.kind is Certainty.UNKNOWN:
        assert (whole.usd, whole.most, whole.native) == (None, None, None)
        return
    assert whole.native is not None
    assert whole.native.amount > 0
    assert whole.native == Money(
        sum((part.native.amount for part in parts if part.native), D(0)), tariffed.unit
    )
    assert (whole.usd is None) == (tariffed.usd_per_unit is None)
    assert not whole.free
    if whole.usd is not None and whole.most is not None:
        assert whole.most >= whole.usd
        assert whole.kind is not Certainty.EXACT or whole.most == whole.usd


@given(priced, st.sampled_from(["medium", "high"]))
def test_splitting_does_not_change_the_price(tariffed: Tariffed, quality: str):
    def total(most: int) -> Price:
        served = model(prices=(tariffed,), limits=Limits(n=most, qualities=QUALITIES))
        return together(quote_order(order, served, quality) for order in fit(ask(n=6), served).orders)

    once, split = total(10), total(2)
    assert (once.kind, once.native, once.usd, once.most) == (split.kind, split.native, split.usd, split.most)
