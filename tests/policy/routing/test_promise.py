"""Promise 5: a substitute does the same job, under the same limits; and every model has its reason."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limner.catalog.fit import fit
from limner.core.errors import UserError
from limner.core.models import Hosting, Lifecycle, Model
from limner.core.operations import Operation
from limner.core.pictures import Size
from limner.core.requests import Classification, Request, Strategy
from limner.engine.prices import Prices
from limner.policy.routing.candidates import Choice, Field, Ranking, first, rank
from limner.policy.routing.facts import AvailabilityOf, Speeds, Wishes
from tests.catalog import samples
from tests.policy.routing.samples import (
    PROVIDERS,
    TODAY,
    circumstances,
    fields,
    reachable,
    real_prices,
    requests,
    wishes_of,
)

pytestmark = pytest.mark.row("P5")
often = settings(max_examples=150)


class Case:
    """A request among models, as generated."""

    def __init__(self, data: st.DataObject, asked: Request | None = None) -> None:
        self.request: Request = asked or data.draw(requests())
        self.models: tuple[Model, ...] = data.draw(fields(self.request.operation))
        self.wishes: Wishes = wishes_of(self.request, **data.draw(circumstances(self.models)))
        down = data.draw(st.sets(st.sampled_from(PROVIDERS), max_size=1))
        self.availability: AvailabilityOf = reachable(*down)
        measured = data.draw(st.sets(st.sampled_from([model.id for model in self.models])))
        self.speeds: Speeds = {(name, self.request.operation): 1.0 + int(name[-1]) for name in measured}

    def rank(self, models: tuple[Model, ...] | Field | None = None) -> Ranking:
        return rank(
            self.models if models is None else models,
            self.wishes,
            self.availability,
            self.speeds,
            real_prices(self.request),
        )

    @property
    def substitutes(self) -> list[Choice]:
        return [choice for choice in self.rank().chosen if choice.model.id != self.wishes.pin]


@often
@given(st.data())
def test_a_candidate_sends_what_was_asked(data: st.DataObject):
    """What `fit` would really send is compared with the request."""
    case = Case(data)
    asked = case.request
    canvas = asked.images[0].size if asked.images else None
    for choice in case.substitutes:
        model = choice.model
        fitted = fit(asked, model, canvas=canvas)
        order = fitted.orders[0]
        assert fitted.ability is model.abilities[asked.operation]
        assert len(order.images) == len(asked.images)
        assert [shown.role for shown in order.references] == [shown.role for shown in asked.references]
        assert order.mask == asked.mask
        if asked.background == "transparent":
            assert order.background == "transparent"
        if asked.tool is not None and asked.operation is Operation.TOOL:
            assert order.tool == asked.tool
        if asked.operation is Operation.UPSCALE and asked.scale is not None and model.limits.scales:
            assert order.scale is not None
            assert order.scale >= asked.scale or asked.size is not None


@often
@given(st.data())
def test_a_candidate_makes_the_size_class(data: st.DataObject):
    operation = data.draw(st.sampled_from([Operation.GENERATE, Operation.EDIT, Operation.STRUCTURE]))
    wanted = data.draw(st.sampled_from([Size(512, 512), Size(1500, 850), Size(4000, 4000)]))
    case = Case(data, samples.ask(operation, size=wanted))
    asked, canvas = case.request, samples.SOURCE if case.request.images else None
    for choice in case.substitutes:
        sizes = choice.model.sizes
        made = fit(asked, choice.model, canvas=canvas).orders[0].size
        made = made or (canvas if sizes.follows_source and canvas else sizes.default)
        assert made is not None
        assert wanted.width <= made.width * 1.25
        assert wanted.height <= made.height * 1.25


@often
@given(st.data())
def test_a_candidate_keeps_region_classification_and_cap(data: st.DataObject):
    case = Case(data)
    wishes = case.wishes
    for choice in case.rank().chosen:
        model = choice.model
        if wishes.room is not None:
            assert wishes.room.full is None
            assert choice.price.free or (choice.price.most or 0) <= (wishes.room.usd or 0)
        if choice.model.id == wishes.pin:
            continue
        if model.hosting is not Hosting.HERE:
            assert wishes.opened
            assert not wishes.regions or kept_in(wishes, choice)
            if wishes.classification is not None and wishes.classification is not Classification.PUBLIC:
                assert model.classification is not None
                ranks = list(Classification)
                assert ranks.index(model.classification) >= ranks.index(wishes.classification)
        if wishes.max_cost is not None:
            bound = choice.price.most if choice.price.most is not None else wishes.ceiling
            assert bound is not None
            assert bound <= wishes.max_cost
        assert model.lifecycle is not Lifecycle.RETIRED
        assert model.shutdown_on is None or model.shutdown_on >= TODAY
        assert wishes.provider in {None, model.provider}
        assert not wishes.among or model.id in wishes.among
        assert wishes.pin is None or wishes.fallback


def kept_in(wishes: Wishes, choice: Choice) -> bool:
    """By the facts alone: a regional address for one of the regions, or nowhere else without one."""
    if choice.address is not None:
        return any(choice.model.addresses.get(region) == choice.address for region in wishes.regions)
    return bool(choice.model.regions) and set(choice.model.regions) <= wishes.regions


@given(st.data())
def test_a_substitute_costs_no_more_than_the_one_asked_for_could(data: st.DataObject):
    case = Case(data)
    pin = data.draw(st.sampled_from(case.models))
    case.wishes = replace(case.wishes, pin=pin.id, max_cost=None, among=(), provider=None, fallback=True)
    try:
        most = real_prices(case.request)(pin).most or 0
    except UserError:
        most = 0
    for choice in case.substitutes:
        bound = choice.price.most if choice.price.most is not None else case.wishes.ceiling
        assert bound is not None
        assert bound <= most


@given(st.data())
def test_every_model_has_its_score_or_its_reason(data: st.DataObject):
    case = Case(data)
    found = case.rank()
    ids = [choice.model.id for choice in found.chosen] + [each.model.id for each in found.left_out]
    assert sorted(ids) == sorted(model.id for model in case.models)
    assert all(choice.reason for choice in found.chosen)
    assert all(each.code and each.reason for each in found.left_out)


@given(st.data(), st.randoms(use_true_random=False))
def test_the_order_is_stable(data: st.DataObject, shuffle):
    case = Case(data)
    mixed = list(case.models)
    shuffle.shuffle(mixed)
    field = Field(mixed)
    assert case.rank() == case.rank(tuple(mixed)) == case.rank(field) == case.rank(field)


@given(st.data())
def test_a_model_that_cannot_be_used_changes_nothing(data: st.DataObject):
    case = Case(data)
    useless = replace(case.models[0], id="zinc/dud", provider="zinc", lifecycle=Lifecycle.RETIRED)
    before, after = case.rank(), case.rank((*case.models, useless))
    assert after.chosen == before.chosen
    assert [each for each in after.left_out if each.model.id != useless.id] == list(before.left_out)


@often
@given(st.data())
def test_the_first_alone_is_the_first_of_all(data: st.DataObject):
    """Also for a second request of the same kind, with other words and another limit."""
    case = Case(data)
    case.wishes = replace(case.wishes, pin=None)
    field, prices = Field(case.models), Prices()
    for words in ("", " at dawn, with a very long tail of ribbons" * 9):
        if case.request.prompt:
            case.request = case.request.replace(prompt=case.request.prompt + words)
        case.wishes = replace(case.wishes, max_cost=data.draw(st.sampled_from([None, Decimal("0.02")])))
        floors = prices.floors(case.request)
        assert floors is not None or case.request.references
        if floors is not None:
            found = (case.availability, case.speeds, prices.of(case.request))
            assert first(field, case.wishes, *found, floors=floors) == case.rank(field).best


@given(st.data())
def test_a_field_is_not_fooled_by_the_request_before(data: st.DataObject):
    one, other = Case(data), Case(data)
    field = Field(one.models)
    other.models = one.models
    other.wishes = replace(other.wishes, pin=None, among=())
    one.rank(field)
    assert other.rank(field) == other.rank()


@pytest.mark.parametrize("strategy", Strategy)
@given(st.data())
def test_scores_fall(strategy: Strategy, data: st.DataObject):
    case = Case(data)
    case.wishes = replace(case.wishes, strategy=strategy, pin=None)
    scores = [choice.score for choice in case.rank().chosen]
    assert scores == sorted(scores, reverse=True)


def test_generated_cases_have_candidates():
    """The properties above would hold of a rule that chooses nobody."""
    chosen = 0

    @often
    @given(st.data())
    def count(data: st.DataObject) -> None:
        nonlocal chosen
        chosen += len(Case(data).substitutes)

    count()
    assert chosen > 30
