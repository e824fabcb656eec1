"""What no exchange of Black Forest Labs shows: its document, the balance, and limits of options."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given

from limner.catalog.fit import fit
from limner.catalog.load import load
from limner.catalog.quote import quote
from limner.catalog.typical import typical_price
from limner.core.adapter import Order, Pending
from limner.core.errors import Malformed, UserError
from limner.core.http import HttpCall, HttpReply, JsonBody
from limner.core.models import Model
from limner.core.money import Certainty
from limner.core.operations import Operation
from limner.core.optional import Balances, Hooks
from limner.core.pictures import Picture, Role, Size
from limner.core.requests import Request
from limner.providers.bfl.adapter import Bfl
from limner.providers.bfl.options import Options
from limner.transport.auth import is_trusted
from limner.transport.urls import Url
from tests.providers.exchanges import Exchange, exchanges
from tests.providers.openapi import check_call, document, validate
from tests.providers.orders import orders
from tests.support.sources import ROOT

CONTRACT = json.loads((ROOT / "tests" / "contracts" / "bfl" / "models.json").read_text("utf-8"))
PUBLISHED: dict[str, dict[str, Any]] = {one["path"]: one for one in CONTRACT["models"]}
MODELS = {f"/v1/{one.wire['model']}": one for one in load().all() if one.provider == "bfl"}
every_path = pytest.mark.parametrize("path", PUBLISHED)


def test_every_path_is_a_model():
    assert set(MODELS) == set(PUBLISHED)


def properties(path: str) -> dict[str, Any]:
    return document("bfl")["components"]["schemas"][PUBLISHED[path]["schema"]]["properties"]


ELSEWHERE = {"webhook_url", "webhook_secret", "input_image_blob_path"}
"""With a webhook there is nothing to poll; the last one is described nowhere."""


@every_path
def test_every_input_has_a_place(path: str):
    model = MODELS[path]
    tables: Any = model.wire
    told = {
        name for table in ("fields", "references", "strengths") for name in tables.get(table, {}).values()
    }
    options: Any = model.extras["options"]
    numbered = {f"input_image_{place}" for place in range(2, (model.limits.pictures or 1) + 1)}
    told |= {*options} | (numbered if "input_image" in told else set())
    assert told == set(properties(path)) - ELSEWHERE


@every_path
def test_bounds_are_the_published_ones(path: str):
    limits = MODELS[path].limits
    for name, bounds in (("guidance", limits.guidance), ("steps", limits.steps)):
        listed = properties(path).get(name)
        told = listed and next(one for one in listed["anyOf"] if "minimum" in one)
        assert bounds == (told and (told["minimum"], told["maximum"]))
    most = properties(path)["safety_tolerance"]["maximum"]
    taken: Any = MODELS[path].extras.get("values", {"safety_tolerance": range(7)})
    assert list(taken["safety_tolerance"]) == list(range(int(most) + 1))


@pytest.mark.row("B5")
@given(order=orders("bfl"))
def test_every_call_is_documented(order: Order):
    try:
        call = Bfl().submit(order)
    except UserError:
        assume(False)
        return
    check_call("bfl", call)


SUBMITS = [one for one in exchanges("bfl") if not one.ticket()]


@pytest.mark.parametrize("exchange", SUBMITS, ids=lambda one: one.id)
def test_the_calls_of_exchanges_are_documented(exchange: Exchange):
    check_call("bfl", exchange.call())


@pytest.mark.parametrize(
    "exchange",
    [one for one in exchanges("bfl") if one.document["source"] != "made up"],
    ids=lambda one: one.id,
)
def test_the_replies_of_exchanges_are_documented(exchange: Exchange):
    came = exchange.document["reply"]
    body = came["json"]
    if isinstance(body.get("detail"), str):
        return  # only the skill file and the field know these
    schema = "ResultResponse" if exchange.ticket() else "AsyncResponse"
    if "detail" in body:
        schema = "HTTPValidationError"
    elif "webhook_url" in body:
        schema = "AsyncWebhookResponse"
    validate("bfl", schema, body)


# Where to ask


def order(name: str, options: Options | None = None, **fields: Any) -> Order:
    return Order(Request(Operation.GENERATE, prompt="a pear", **fields), named(name), options or Options())


def named(name: str) -> Model:
    model = load().get(f"bfl/{name}")
    assert model
    return model


def test_nothing_is_asked_to_call_back():
    """With a webhook the answer names no place to ask (sheet of 2026-11-21)."""
    assert not isinstance(Bfl(), Hooks)
    body = Bfl().submit(order("flux-2-pro")).body
    assert isinstance(body, JsonBody)
    assert not {name for name in body.value if "webhook" in name}


def test_the_place_to_ask_is_used_unchanged():
    place = "https://api.us4.bfl.ai/v1/get_result?id=a%2Fb&x=1"
    reply = HttpReply(200, {}, json.dumps({"id": "a/b", "polling_url": place}).encode())
    outcome = Bfl().read(reply, order("flux-2-pro"), None)
    assert isinstance(outcome, Pending)
    assert Bfl().check(outcome.ticket) == HttpCall("GET", place)


@pytest.mark.parametrize(
    ("place", "trusted"),
    [
        ("https://api.bfl.ai/v1/get_result", True),
        ("https://api.eu2.bfl.ai/v1/get_result", True),
        ("http://api.eu2.bfl.ai/v1/get_result", False),
        ("https://bfl.ai.example/v1/get_result", False),
        ("https://evilbfl.ai/v1/get_result", False),
    ],
)
def test_the_key_goes_to_its_clusters_and_nowhere_else(place: str, trusted: bool):
    assert is_trusted(Url.parse(place), Bfl.profile, None) is trusted


# Options and prices


def test_flux_2_is_stricter_than_the_rest():
    with pytest.raises(UserError) as caught:
        Bfl().submit(order("flux-2-pro", Options(safety_tolerance=6)))
    assert caught.value.field == "options.safety_tolerance"
    assert Bfl().submit(order("flux-pro-1.1", Options(safety_tolerance=6)))


@pytest.mark.row("P4")
@every_path
def test_a_quote_is_the_published_price(path: str):
    """The formula of the sheet, for two megapixels made of one sent, or for a picture."""
    model, price = MODELS[path], PUBLISHED[path]["price"]
    price = PUBLISHED[price["same_as"]]["price"] if "same_as" in price else price
    if price["unit"] == "image":
        told = typical_price(model, next(iter(model.abilities)))
        assert told
        assert (told.kind, told.usd) == (Certainty.EXACT, Decimal(str(price["usd"])))
        return
    one = Picture(b"", "image/png", Size(1000, 1000))
    wish = Request(Operation.EDIT, prompt="a hat", images=(one,), size=Size(2000, 1008))
    told = quote(fit(wish, model, canvas=Size(1000, 1000)))
    first, more, sent = (
        Decimal(str(price[f"{name}_usd"])) for name in ("first_mp", "next_output_mp", "input_mp")
    )
    listed = first + Decimal("1.02") * more + sent
    assert told.kind is Certainty.ESTIMATED
    assert told.usd
    assert told.usd == listed or (price.get("uncertain") and listed < told.usd <= listed * Decimal("1.2"))


def test_references_go_along_without_a_role():
    assert set(named("flux-2-pro").limits.roles) == set(Role)


# The balance


def test_the_balance_is_in_credits():
    bfl = Bfl()
    assert isinstance(bfl, Balances)
    assert bfl.balance() == HttpCall("GET", "/v1/credits")
    account = bfl.read_balance(HttpReply(200, {}, b'{"credits": 123.4}'))
    assert (account.balance, account.unit) == (Decimal("123.4"), "credits")


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"credits": true}', b'{"credits": "many"}', b'{"credits": -1}']
)
def test_a_balance_that_says_nothing_is_malformed(body: bytes):
    with pytest.raises(Malformed):
        Bfl().read_balance(HttpReply(200, {}, body))
