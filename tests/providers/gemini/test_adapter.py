"""What no exchange of Gemini shows: its schemas, its prices, its list, and what does not go together."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from jsonschema import Draft202012Validator

from limner.catalog.charge import charge
from limner.catalog.fit import fit
from limner.catalog.load import load
from limner.catalog.quote import quote
from limner.core.adapter import Done, Order
from limner.core.errors import Malformed, UserError
from limner.core.http import HttpCall, HttpReply, JsonBody, Timeout
from limner.core.models import Model
from limner.core.money import Certainty
from limner.core.operations import Operation
from limner.core.optional import Listed, Lists
from limner.core.requests import Request, Tier
from limner.providers.gemini.adapter import Gemini
from limner.providers.gemini.options import Options
from tests.providers.exchanges import Exchange, exchanges
from tests.providers.openapi import textual
from tests.providers.orders import orders
from tests.support.sources import ROOT

CONTRACTS = ROOT / "tests" / "contracts" / "gemini"
CONTENTS = json.loads((CONTRACTS / "generatecontent-image.schema.json").read_text("utf-8"))
INTERACTIONS = json.loads((CONTRACTS / "interactions-image.schema.json").read_text("utf-8"))


def validate(schemas: dict[str, Any], name: str, value: object) -> None:
    Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": schemas["$defs"]}).validate(value)


def check_call(call: HttpCall) -> None:
    """Fail unless Google's types describe the call."""
    assert isinstance(call.body, JsonBody)
    body = textual(call.body.value)
    if call.url == "/interactions":
        assert set(body) <= set(INTERACTIONS["$defs"]["CreateModelInteraction"]["properties"])
        assert set(body["response_format"]) <= set(INTERACTIONS["$defs"]["ImageResponseFormat"]["properties"])
        config = set(body.get("generation_config", {}))
        assert config <= set(INTERACTIONS["$defs"]["GenerationConfig"]["properties"])
        validate(INTERACTIONS, "CreateModelInteraction", body)
        validate(INTERACTIONS, "ImageResponseFormat", body["response_format"])
        return
    assert call.url.startswith("/models/")
    assert call.url.endswith(":generateContent")
    assert set(body) <= {"contents", "generationConfig", "safetySettings"}
    for content in body["contents"]:
        validate(CONTENTS, "Content", content)
    for setting in body.get("safetySettings", ()):
        validate(CONTENTS, "SafetySetting", setting)
    config = body["generationConfig"]
    plain = {"responseModalities", "imageConfig", "seed", "temperature", "topP", "thinkingConfig"}
    assert set(config) <= plain
    validate(CONTENTS, "ImageConfig", config.get("imageConfig", {}))
    validate(CONTENTS, "ThinkingConfig", config.get("thinkingConfig", {}))


@pytest.mark.row("B5")
@pytest.mark.row("C5")
@given(order=orders("gemini"))
def test_every_call_is_documented(order: Order):
    try:
        call = Gemini().submit(order)
    except UserError:
        assume(False)
        return
    check_call(call)


@pytest.mark.parametrize(
    "exchange", [one for one in exchanges("gemini") if not one.ticket()], ids=lambda one: one.id
)
def test_the_calls_of_exchanges_are_documented(exchange: Exchange):
    check_call(exchange.call())


DOCUMENTED = [
    one
    for one in exchanges("gemini")
    if one.document["source"] != "made up"
    and isinstance(one.document["reply"].get("json"), dict)
    and "error" not in one.document["reply"]["json"]
]


@pytest.mark.parametrize("exchange", DOCUMENTED, ids=lambda one: one.id)
def test_the_replies_of_exchanges_are_documented(exchange: Exchange):
    body = exchange.document["reply"]["json"]
    if "status" in body:
        assert set(body) <= set(INTERACTIONS["$defs"]["Interaction"]["properties"]) | {"created", "updated"}
        validate(INTERACTIONS, "Interaction", body)
    else:
        validate(CONTENTS, "GenerateContentResponse", body)


def test_every_end_and_status_that_is_documented_has_an_exchange():
    told = json.dumps([one.document["reply"] for one in exchanges("gemini")])
    statuses = INTERACTIONS["$defs"]["Interaction"]["properties"]["status"]["anyOf"][0]["enum"]
    assert [one for one in statuses if f'"{one}"' not in told] == []
    of_pictures = {one for one in CONTENTS["$defs"]["FinishReason"]["enum"] if "IMAGE" in one}
    assert [one for one in of_pictures if f'"{one}"' not in told] == []


# Models and prices


def named(name: str) -> Model:
    model = load().get(f"gemini/{name}")
    assert model
    return model


PER_PICTURE = [
    # USD of the sheet, November 2026
    ("gemini-nano-banana-2.1", Tier.STANDARD, "0.0336"),
    ("gemini-nano-banana-2.1", Tier.HIGH, "0.050"),
    ("gemini-nano-banana-2.1", Tier.ULTRA, "0.113"),
    ("gemini-3-pro-image", Tier.STANDARD, "0.134"),
    ("gemini-3-pro-image", Tier.HIGH, "0.134"),
    ("gemini-3-pro-image", Tier.ULTRA, "0.24"),
    ("gemini-3.1-flash-image", Tier.DRAFT, "0.045"),
    ("gemini-3.1-flash-image", Tier.STANDARD, "0.067"),
    ("gemini-3.1-flash-image", Tier.HIGH, "0.101"),
    ("gemini-3.1-flash-image", Tier.ULTRA, "0.151"),
    ("gemini-3.1-flash-lite-image", None, "0.0336"),
    ("gemini-2.5-flash-image", None, "0.039"),
]


@pytest.mark.row("P4")
@pytest.mark.parametrize(("name", "tier", "usd"), PER_PICTURE)
def test_an_estimate_is_the_published_price_of_a_picture(name: str, tier: Tier | None, usd: str):
    told = quote(fit(Request(Operation.GENERATE, prompt=".", quality=tier), named(name)))
    assert told.kind is Certainty.ESTIMATED
    assert told.usd
    assert told.most
    assert abs(told.usd - Decimal(usd)) < Decimal("0.001")
    assert told.usd < told.most < told.usd + Decimal("0.5"), "thoughts are bounded"


def test_what_was_metered_is_what_is_charged():
    exchange = next(one for one in exchanges("gemini") if one.name == "edit")
    outcome: Any = exchange.adapter.read(exchange.reply(), exchange.order(), None)
    assert isinstance(outcome, Done)
    cost = charge(exchange.order().request, exchange.order().model, outcome)
    assert cost.kind is Certainty.EXACT
    assert cost.usd == (Decimal(1130) * 2 + 1120 * 120 + 210 * 12) / 1_000_000


@pytest.mark.parametrize(
    "name", ["gemini-3.1-flash-image", "gemini-3-pro-image-preview", "imagen-3.0-generate-002"]
)
def test_what_is_gone_names_its_successor(name: str):
    with pytest.raises(UserError) as caught:
        load().find(name, provider="gemini", today=named(name).checked_on)
    assert caught.value.code == "retired_model"
    assert caught.value.suggestions


# Interactions


def order(**options: Any) -> Order:
    wish = Request(Operation.GENERATE, prompt="a pear")
    return Order(wish, named("gemini-nano-banana-2.1"), Options(**options))


def body(call: HttpCall) -> dict[str, Any]:
    assert isinstance(call.body, JsonBody)
    return dict(call.body.value)


def test_nothing_is_kept_at_google_unless_it_has_to_be():
    assert body(Gemini().submit(order()))["store"] is False
    assert body(Gemini().submit(order(store=True)))["store"] is True
    queued = Gemini().submit(order(background=True))
    assert (body(queued)["store"], queued.timeout) == (True, Timeout.TRANSFER)
    with pytest.raises(UserError) as caught:
        Gemini().submit(order(background=True, store=False))
    assert caught.value.field == "options.store"


def test_the_background_is_of_interactions_alone():
    contents = Order(order().request, named("gemini-3-pro-image"), Options(background=True))
    with pytest.raises(UserError) as caught:
        Gemini().submit(contents)
    assert caught.value.field == "options.background"


def test_a_level_of_thinking_that_the_model_has_not_is_refused():
    with pytest.raises(UserError) as caught:
        Gemini().submit(order(thinking_level="low"))
    assert "minimal, medium, high" in caught.value.remedy


# The list


def test_the_list_is_without_prefixes():
    gemini = Gemini()
    assert isinstance(gemini, Lists)
    assert gemini.list_models() == HttpCall("GET", "/models", query=(("pageSize", "1000"),))
    listed = {"models": [{"name": "models/gemini-3-pro-image"}, {"name": 3}, "x"]}
    reply = HttpReply(200, {}, json.dumps(listed).encode())
    assert gemini.read_models(reply) == (Listed("gemini-3-pro-image"),)


@pytest.mark.parametrize("said", [b"", b"{}", b'{"models": 3}', b"[]"])
def test_what_is_no_list_is_malformed(said: bytes):
    with pytest.raises(Malformed):
        Gemini().read_models(HttpReply(200, {}, said))
