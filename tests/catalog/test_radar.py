"""Models that are going away: which, when, what comes after, and who names them."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.catalog.catalog import Catalog
from limner.catalog.load import load
from limner.catalog.mentions import Names
from limner.catalog.pricetable import disagreements
from limner.catalog.radar import dearer, leaving, stale
from limner.core.models import Lifecycle, Model
from limner.core.prices import PerImage, PerToken, Tariff, Tariffed
from tests.catalog.samples import TODAY, model


def priced(name: str, amount: str, **facts: Any) -> Model:
    rule = PerImage((Tariff(Decimal(amount)),))
    return model(name, prices=(Tariffed(rule),), **facts)


HEIR = priced("heir", "0.05")
SOON = priced("soon", "0.02", shutdown_on=TODAY + timedelta(20), successor="acme/middle")
MIDDLE = model("middle", lifecycle=Lifecycle.RETIRED, successor="acme/heir")
LATER = model("later", shutdown_on=TODAY + timedelta(91), aliases=("late",), snapshots=("later-2025",))
NO_DAY = model("no-day", lifecycle=Lifecycle.RETIRING)
CATALOG = Catalog([HEIR, SOON, MIDDLE, LATER, NO_DAY])


@pytest.mark.row("P7")
def test_the_most_urgent_come_first_and_the_dead_when_asked_for():
    assert [one.model for one in leaving(CATALOG, today=TODAY)] == [SOON, NO_DAY]
    assert [one.model for one in leaving(CATALOG, today=TODAY, gone=True)] == [SOON, MIDDLE, NO_DAY]
    assert [one.model for one in leaving(CATALOG, today=TODAY, within=91)] == [SOON, LATER, NO_DAY]


@pytest.mark.row("P7")
def test_a_successor_is_the_first_that_lives_with_the_difference_of_a_picture():
    [soon, _] = leaving(CATALOG, today=TODAY)
    assert soon.successor is HEIR
    assert soon.difference == Decimal("0.03")
    assert dearer(HEIR, SOON) == Decimal("-0.03")
    assert dearer(NO_DAY, HEIR) is None


@given(days=st.integers(-400, 400), within=st.integers(0, 400))
def test_a_model_is_listed_within_its_days_and_never_after_its_last(days: int, within: int):
    going = replace(LATER, shutdown_on=TODAY + timedelta(days))
    found = leaving(Catalog([going]), today=TODAY, within=within)
    assert bool(found) == (0 <= days <= within)
    assert all(one.days == days and not one.gone for one in found)


def test_old_facts_are_those_of_living_models():
    old = model("old", checked_on=TODAY - timedelta(91))
    fresh = model("fresh", checked_on=TODAY - timedelta(90))
    dead = replace(old, id="acme/dead", lifecycle=Lifecycle.RETIRED)
    assert stale([old, fresh, dead], today=TODAY) == (old,)


NAMES = Names(leaving(CATALOG, today=TODAY, within=91, gone=True))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("LIMNER_DEFAULT_MODEL=acme/soon", "acme/soon"),
        ("model: later", "later"),
        ("model: 'Later-2025'  # pinned", "Later-2025"),
        ("x = ['late', \"no\"]", "late"),
        ("see acme/later.", "acme/later"),
        ("model=middle", "middle"),
        ("sooner or later", None),
        ("acme/later-on", None),
        ("not-acme/later", None),
        ("later: never", None),
        ("model: heir", None),
        ("", None),
    ],
)
def test_a_name_alone_counts_where_it_is_a_value(text: str, found: str | None):
    assert [mention.text for mention in NAMES.within(f"\n{text}", "a file")] == ([found] if found else [])
    assert all(mention.line == 2 for mention in NAMES.within(f"\n{text}", "a file"))


def test_every_name_of_every_model_that_goes_is_found():
    today = date(2026, 11, 21)
    names = Names(leaving(load(), today=today, gone=True))
    for one in leaving(load(), today=today, gone=True):
        for name in (one.model.id, *(f"{one.model.provider}/{alias}" for alias in one.model.aliases)):
            [mention] = names.within(f'model = "{name}"', "a file")
            assert mention.text == name
            assert mention.leaving.model.provider == one.model.provider


def test_nobody_is_found_when_nobody_goes():
    names = Names(())
    assert list(names.within('model = "acme/soon"', "a file")) == []
    assert names.of("acme/soon") is None


TOKENS = model(
    "tokens",
    provider="openai",
    shutdown_on=TODAY + timedelta(9),
    prices=(Tariffed(PerToken(Decimal(5), Decimal(8), Decimal(30))),),
)


def test_another_table_disagrees_where_both_know_the_fact():
    entry = {
        "input_cost_per_token": 5e-06,
        "input_cost_per_image_token": 1e-05,
        "output_cost_per_image_token": "cheap",
        "deprecation_date": "2031-01-01",
    }
    found = disagreements([TOKENS], {"tokens": entry, "openai/tokens": {}}, today=TODAY)
    assert [(one.what, one.ours, one.theirs) for one in found] == [
        ("image in, a million tokens", "$8", "$10"),
        ("last day", (TODAY + timedelta(9)).isoformat(), "2031-01-01"),
    ]


def test_rounding_is_no_disagreement_and_neither_is_what_is_dead():
    mine = replace(priced("mine", "0.0301", provider="stability"))
    assert disagreements([mine], {"stability/mine": {"output_cost_per_image": 0.03}}, today=TODAY) == ()
    [one] = disagreements([mine], {"stability/mine": {"output_cost_per_image": 0.04}}, today=TODAY)
    assert (one.what, one.ours, one.theirs) == ("one picture", "$0.0301", "$0.04")
    dead = replace(mine, lifecycle=Lifecycle.RETIRED)
    assert disagreements([dead], {"stability/mine": {"output_cost_per_image": 0.04}}, today=TODAY) == ()
