"""What no exchange of OpenRouter shows: its document, its models and prices, the official client, the key."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator
from openrouter import OpenRouter as Client
from pytest_httpserver import HTTPServer

from limner.catalog.fit import fit
from limner.catalog.load import load
from limner.catalog.quote import quote
from limner.core.adapter import Done, Order
from limner.core.errors import Malformed
from limner.core.http import HttpCall, HttpReply, JsonBody
from limner.core.models import Model
from limner.core.money import Certainty
from limner.core.operations import Operation
from limner.core.optional import Account, Balances, Listed, Lists
from limner.core.pictures import Size
from limner.core.prices import PerImage, PerMegapixel, PerToken, Unpublished
from limner.core.requests import Request, Tier
from limner.providers.openrouter import wire
from limner.providers.openrouter.adapter import OpenRouter
from tests.providers.exchanges import Exchange, exchanges, picture
from tests.providers.openapi import check_call, document, textual, validate
from tests.providers.orders import orders
from tests.support.sources import ROOT

FOLDER = ROOT / "tests" / "contracts" / "openrouter"
PUBLISHED: dict[str, dict[str, Any]] = {
    one["id"]: one for one in json.loads((FOLDER / "models.json").read_text("utf-8"))["models"]
}
NEWER = json.loads((FOLDER / "sdk-delta-2026-10-27.json").read_text("utf-8"))["ImageGenerationRequest"]
MODELS = {one.name: one for one in load().all() if one.provider == "openrouter"}
ADAPTER = OpenRouter()


# Models


def test_every_model_with_a_name_is_known():
    assert set(PUBLISHED) - set(MODELS) == {"krea/krea-2-*"}
    assert set(MODELS) <= set(PUBLISHED)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_limits_are_the_published_ones(name: str):
    model, listed = MODELS[name], PUBLISHED[name]
    shown = (listed["input_references"] or {"max": 0})["max"]
    assert (model.limits.references, model.limits.pictures or 0) == (shown, shown)
    assert model.can(Operation.EDIT) == (shown > 0)
    if shown:
        assert model.abilities[Operation.EDIT].images == (1, shown)
    assert (model.limits.seed is not None) == listed["seed"]
    if "n" in listed:
        assert model.limits.n == listed["n"]["max"]
    words = {str(word).rpartition(" ")[2] for word in model.limits.qualities.values()}
    if listed["resolution"] and len(listed["resolution"]) > 1:
        assert words <= set(listed["resolution"])
    if "aspect_ratio" in listed:
        assert {*model.sizes.ratios, "auto"} == set(listed["aspect_ratio"])


def lines(name: str, billable: str) -> dict[str | None, Decimal]:
    """What a model's record says of one thing, by variant."""
    listed = PUBLISHED[name]["pricing"] or []
    return {
        one.get("variant"): Decimal(str(one["cost_usd"])) for one in listed if one["billable"] == billable
    }


@pytest.mark.row("P4")
@pytest.mark.parametrize("name", sorted(MODELS))
def test_prices_are_the_published_ones(name: str):
    (tariffed,) = MODELS[name].prices
    made, shown = lines(name, "output_image"), lines(name, "input_image")
    rule = tariffed.rule
    match rule:
        case PerImage() if made and "google" not in name:
            assert {row.amount for row in rule.tariffs} <= set(made.values())
            assert rule.picture_in == next(iter(shown.values()), Decimal(0))
        case PerMegapixel():
            assert rule.amount == made[None]
            assert rule.counts_input == bool(shown)
        case PerToken():
            assert rule.image_out == made[None] * 1_000_000
            if shown:
                million = [shown[None], lines(name, "input_text")[None]]
                assert [rule.image_in, rule.text_in] == [one * 1_000_000 for one in million]
        case Unpublished():
            assert not any(made.values()) or name == "openai/gpt-image-1", "a dead model needs no price"
        case _:
            assert tariffed.uncertain, "a price that was read elsewhere"


def quoted(model: Model, operation: Operation = Operation.GENERATE, pictures: int = 0, **fields: Any) -> Any:
    request = Request(operation, prompt="a pear", images=(picture("dot.png"),) * pictures, **fields)
    return quote(fit(request, model, canvas=Size(1024, 1024) if pictures else None))


@pytest.mark.row("P4")
def test_pictures_sent_cost_where_the_record_says_so():
    told = quoted(MODELS["x-ai/grok-imagine-image-2.0"], Operation.EDIT, 2, quality=Tier.HIGH)
    assert (told.kind, told.usd) == (Certainty.EXACT, Decimal("0.08") + 2 * Decimal("0.01"))
    assert quoted(MODELS["x-ai/grok-imagine-image-2.0"]).usd == Decimal("0.04")


def test_what_nobody_published_is_unknown():
    told = quoted(MODELS["inclusionai/ming-image-0.1-design"])
    assert (told.kind, told.usd) == (Certainty.UNKNOWN, None)


# The document


def test_what_is_newer_than_the_document_is_noted_beside_it():
    noted = {one["field"]: set(one.get("values", ())) for one in document("openrouter")["x-also"]}
    names = ("aspect_ratio", "quality", "resolution")
    added = {name: set(NEWER[f"{name}_added"]) for name in names} | {
        name: set() for name in NEWER["fields_added"]
    }
    assert noted == added


@pytest.mark.row("B5")
@given(order=orders("openrouter"))
def test_every_call_is_documented(order: Order):
    check_call("openrouter", ADAPTER.submit(order))


@pytest.mark.parametrize("exchange", exchanges("openrouter"), ids=lambda one: one.id)
def test_the_calls_of_exchanges_are_documented(exchange: Exchange):
    check_call("openrouter", exchange.call())


@pytest.mark.parametrize(
    "exchange",
    [
        one
        for one in exchanges("openrouter")
        if one.document["source"] != "made up" and one.document["reply"]["status"] == 200
    ],
    ids=lambda one: one.id,
)
def test_the_replies_of_exchanges_are_documented(exchange: Exchange):
    came = exchange.document["reply"]
    if "json" in came:
        validate("openrouter", "ImageGenerationResponse", came["json"])
    for event in came.get("events", ()):
        if "json" in event and event["json"].get("type") != "image_generation.text_chunk":
            bare = event["json"].get("data", event["json"])
            validate("openrouter", "ImageStreamingResponse", {"data": bare})


# The official client sends what we send, and reads what we read


def as_sdk(value: Mapping[str, Any]) -> dict[str, Any]:
    """The body as the client takes it."""
    return {name: part for name, part in value.items() if part is not None}


@pytest.mark.parametrize(
    "exchange",
    [
        one
        for one in exchanges("openrouter")
        if "done" in one.document["outcome"] and one.name != "stream-ignored"
    ],
    ids=lambda one: one.id,
)
def test_the_official_client_agrees(exchange: Exchange, httpserver: HTTPServer):
    reply = exchange.reply()
    httpserver.expect_request("/api/v1/images", method="POST").respond_with_data(
        reply.body, reply.status, headers=dict(reply.headers)
    )
    call = exchange.call()
    assert isinstance(call.body, JsonBody)
    body = textual(call.body.value)
    client = Client(api_key="sk-or-test", server_url=httpserver.url_for("/api/v1"))
    read: Any = client.images.generate(**as_sdk(body))
    (request, _), *_ = httpserver.log
    assert request.get_json() == body
    assert request.headers["authorization"] == "Bearer sk-or-test"
    done = ADAPTER.read(reply, exchange.order(), None)
    assert isinstance(done, Done)
    assert len(read.data) == len(done.artifacts)
    assert [one.media_type for one in read.data] == [one.media_type for one in done.artifacts]


# The key


def replied(value: object) -> HttpReply:
    return HttpReply(200, {}, json.dumps(value).encode())


@pytest.mark.parametrize("nonsense", [float("nan"), float("inf"), True, "0.04"])
def test_a_cost_that_is_no_amount_is_none(nonsense: object):
    assert wire.cost({"usage": {"cost": nonsense}}) is None
    assert wire.cost({"usage": {"cost": 0.04}}) == Decimal("0.04")


def test_the_keys_limit_is_the_balance():
    assert isinstance(ADAPTER, Balances)
    assert ADAPTER.balance() == HttpCall("GET", "/key")
    content = document("openrouter")["paths"]["/key"]["get"]["responses"]["200"]["content"]
    example = content["application/json"]["example"]
    Draft202012Validator(
        {**content["application/json"]["schema"], "components": document("openrouter")["components"]}
    ).validate(example)
    assert ADAPTER.read_balance(replied(example)) == Account(
        Decimal("74.5"), "USD", facts={"spent": "25.5 USD", "limit is reset": "monthly"}
    )
    free = {"data": {"usage": 0, "limit_remaining": None, "is_free_tier": True}}
    assert ADAPTER.read_balance(replied(free)) == Account(None, "USD", plan="free", facts={"spent": "0 USD"})


def test_models_are_listed():
    assert isinstance(ADAPTER, Lists)
    assert ADAPTER.list_models() == HttpCall("GET", "/images/models")
    schema = document("openrouter")["components"]["schemas"]["ImageModelListItem"]
    assert ADAPTER.read_models(replied({"data": [schema["example"], {"id": ""}, 3]})) == (
        Listed("bytedance-seed/seedream-4.5"),
    )


@pytest.mark.parametrize("body", [b"", b"[]", b'{"data": 3}', b'{"data": {"usage": "x"}}'])
def test_what_says_nothing_is_malformed(body: bytes):
    for read in (ADAPTER.read_balance, ADAPTER.read_models):
        with pytest.raises(Malformed):
            read(HttpReply(200, {}, body))
