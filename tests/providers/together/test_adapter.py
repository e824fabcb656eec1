"""What no exchange of Together shows: its document, its list, its prices, and row C5."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from limner.catalog.fit import fit
from limner.catalog.load import load
from limner.catalog.quote import quote
from limner.core.adapter import Order
from limner.core.errors import Malformed, UserError
from limner.core.http import HttpCall, HttpReply, JsonBody
from limner.core.models import Lifecycle, Model
from limner.core.money import Certainty
from limner.core.notes import NoteKind
from limner.core.operations import Operation
from limner.core.optional import Listed, Lists
from limner.core.pictures import Size
from limner.core.prices import PerImage, PerMegapixel
from limner.core.requests import Mode, Request
from limner.providers.together import wire
from limner.providers.together.adapter import Together
from limner.providers.together.options import Options
from tests.providers.exchanges import Exchange, exchanges
from tests.providers.openapi import check_call as documented
from tests.providers.openapi import validate
from tests.providers.orders import orders
from tests.support.sources import ROOT

CONTRACT = json.loads((ROOT / "tests" / "contracts" / "together" / "models-image.json").read_text("utf-8"))
PUBLISHED: dict[str, dict[str, Any]] = {one["id"]: one for one in CONTRACT["data"]}
MODELS = {str(one.wire["model"]): one for one in load().all() if one.provider == "together"}
# Models


def test_every_model_is_known():
    assert set(PUBLISHED) <= set(MODELS)
    dead = {name for name, one in MODELS.items() if one.lifecycle is Lifecycle.RETIRED}
    assert {name for name, one in PUBLISHED.items() if not one["listed_2026_10_07"]} <= dead
    assert not {name for name, one in PUBLISHED.items() if one["listed_2026_10_07"]} & dead
    assert set(MODELS) - set(PUBLISHED) <= dead


@pytest.mark.row("P4")
@pytest.mark.parametrize("name", PUBLISHED)
def test_rates_are_those_published(name: str):
    (tariffed,) = MODELS[name].prices
    rule = tariffed.rule
    assert tariffed.uncertain, "what another vendor serves is charged as that vendor does"
    listed = Decimal(str(PUBLISHED[name]["price_per_mp_usd"]))
    if isinstance(rule, PerImage):
        assert [row.amount for row in rule.tariffs] == [listed]
        return
    assert isinstance(rule, PerMegapixel)
    assert (rule.amount, rule.round_up) == (listed, False)
    steps = PUBLISHED[name]["default_steps"]
    assert steps in {None, rule.included_steps} or MODELS[name].limits.steps is None


@pytest.mark.parametrize(
    ("steps", "times"), [(None, 1), (10, 1), (28, 1), (42, "1.5"), (50, "1.785714285714285714285714286")]
)
def test_more_steps_cost_more_and_fewer_cost_the_same(steps: int | None, times: Any):
    model = MODELS["black-forest-labs/FLUX.1-kontext-pro"]
    told = quote(fit(Request(Operation.GENERATE, prompt="a pear", size=Size(1000, 1000), steps=steps), model))
    assert told.kind is Certainty.ESTIMATED
    assert told.usd
    assert abs(told.usd - Decimal("0.04") * Decimal(times)) < Decimal("0.0001")


# Row C5


SDXL = "stabilityai/stable-diffusion-xl-base-1.0"


def painted(model: Model, **fields: Any) -> tuple[dict[str, Any], set[tuple[NoteKind, str | None]]]:
    """The body of a fitted request, and what was noted."""
    fitted = fit(Request(Operation.GENERATE, prompt="a pear", **fields), model)
    body = Together().submit(Order(fitted.orders[0], model, Options())).body
    assert isinstance(body, JsonBody)
    return dict(body.value), {(note.kind, note.field) for note in fitted.notes}


@pytest.mark.row("C5")
def test_width_and_height_are_sent():
    body, notes = painted(MODELS[SDXL], size=Size(512, 768))
    assert (body["width"], body["height"]) == (512, 768)
    assert not notes
    body, notes = painted(MODELS[SDXL], size=Size(500, 3000))
    assert (body["width"] % 8, body["height"]) == (0, 1920)
    assert (NoteKind.ADAPTED, "size") in notes


@pytest.mark.row("C5")
@pytest.mark.parametrize("steps", [1, 50, 51, 100])
def test_steps_from_1_to_100_are_accepted_and_fitted_with_a_note(steps: int):
    body, notes = painted(MODELS[SDXL], steps=steps)
    assert body["steps"] == min(steps, 50)
    assert ((NoteKind.ADAPTED, "steps") in notes) == (steps > 50)
    body, notes = painted(MODELS["black-forest-labs/FLUX.1.1-pro"], steps=steps)
    assert "steps" not in body
    assert (NoteKind.DROPPED, "steps") in notes


@pytest.mark.row("C5")
def test_strict_refuses_steps_that_are_too_many():
    with pytest.raises(UserError) as caught:
        painted(MODELS[SDXL], steps=100, mode=Mode.STRICT)
    assert caught.value.suggestions == ("50",)


@pytest.mark.row("C5")
@pytest.mark.parametrize("name", ["stable-diffusion-2-1", "playground-v2.5", "flux.1-schnell"])
def test_a_dead_model_has_a_successor(name: str):
    model = next(one for one in MODELS.values() if one.name.endswith(name))
    assert model.lifecycle is Lifecycle.RETIRED
    assert model.successor in {one.id for one in MODELS.values() if one.lifecycle is Lifecycle.LIVE}


# The document


def check_call(call: HttpCall) -> None:
    documented("together", call)
    assert isinstance(call.body, JsonBody)
    count: Any = call.body.value["n"]
    assert 1 <= count <= 4


@pytest.mark.row("B5")
@given(order=orders("together"))
def test_every_call_is_documented(order: Order):
    check_call(Together().submit(order))


@pytest.mark.parametrize("exchange", exchanges("together"), ids=lambda one: one.id)
def test_the_calls_of_exchanges_are_documented(exchange: Exchange):
    check_call(exchange.call())


@pytest.mark.parametrize(
    "exchange",
    [
        one
        for one in exchanges("together")
        if one.document["source"] != "made up" and "json" in one.document["reply"]
    ],
    ids=lambda one: one.id,
)
def test_the_replies_of_exchanges_are_documented(exchange: Exchange):
    body = exchange.document["reply"]["json"]
    validate("together", "ErrorData" if "error" in body else "ImageResponse", body)


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ("NSFW content detected", True),
        ("blocked by the safety filter", True),
        ("your prompt was flagged", True),
        ("disable_safety_checker is not supported", False),
        ("Invalid dimensions", False),
    ],
)
def test_only_the_filters_words_are_a_refusal(said: str, refused: bool):
    reply = HttpReply(422, {}, json.dumps({"error": {"message": said, "type": "x"}}).encode())
    assert wire.filtered(wire.complaint(reply)) is refused


# The list


def entry(name: str, kind: str = "image") -> dict[str, object]:
    return {"id": name, "object": "model", "created": 1, "type": kind, "pricing": {}}


@pytest.mark.parametrize("enveloped", [False, True])
def test_the_list_is_bare_or_in_an_envelope(enveloped: bool):
    together = Together()
    assert isinstance(together, Lists)
    assert together.list_models() == HttpCall("GET", "/models")
    listed: object = [entry("a/b"), entry("c/d", "chat"), {"type": "image"}, 3]
    body = json.dumps({"data": listed} if enveloped else listed).encode()
    assert together.read_models(HttpReply(200, {}, body)) == (Listed("a/b"),)


def test_an_empty_list_is_one():
    assert Together().read_models(HttpReply(200, {}, b"[]")) == ()


@pytest.mark.parametrize("body", [b"", b"{}", b'{"data": 3}', b"3"])
def test_what_is_no_list_is_malformed(body: bytes):
    with pytest.raises(Malformed):
        Together().read_models(HttpReply(200, {}, body))
