"""What no exchange of Replicate shows: its document, models as it describes them, uploads and hooks."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given

from limner.catalog.load import load
from limner.catalog.typical import typical_price
from limner.core.adapter import Order, Ticket
from limner.core.errors import Malformed, Refused, Stage, UserError
from limner.core.http import HttpCall, HttpReply, JsonBody, MultipartBody, Timeout
from limner.core.models import Model
from limner.core.money import Certainty
from limner.core.operations import Operation
from limner.core.optional import Hook, Hooks, Uploads
from limner.core.pictures import Picture, Size
from limner.core.requests import Request
from limner.providers.replicate import wire
from limner.providers.replicate.adapter import Replicate
from limner.providers.replicate.options import Options
from tests.providers.exchanges import Exchange, exchanges
from tests.providers.openapi import check_call, validate
from tests.providers.orders import orders
from tests.support.sources import ROOT

CONTRACT = json.loads((ROOT / "tests" / "contracts" / "replicate" / "models.json").read_text("utf-8"))
PUBLISHED: dict[str, dict[str, Any]] = {one["model"]: one for one in CONTRACT["models"]}
MODELS = {one.name: one for one in load().all() if one.provider == "replicate"}
every_model = pytest.mark.parametrize("name", PUBLISHED)
LARGE = Picture(b"\x00" * (wire.INLINE + 1), "image/jpeg", Size(400, 300))
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def order(*pictures: Picture, **fields: Any) -> Order:
    model = MODELS["google/nano-banana-pro"]
    return Order(Request(Operation.EDIT, prompt="join them", images=pictures, **fields), model, Options())


# Models


def test_every_model_is_known():
    assert set(MODELS) == set(PUBLISHED)


ELSEWHERE = {"outpaint"}
"""Limner extends by a mask instead."""
OURS = {"prefer_wait", "cancel_after"}


@every_model
def test_every_input_has_a_place(name: str):
    tables: Any = MODELS[name].wire
    told = {place for table in ("fields", "references") for place in tables.get(table, {}).values()}
    options: Any = MODELS[name].extras["options"]
    assert told | {*options} - OURS == set(PUBLISHED[name]["input"]) - ELSEWHERE
    assert set(options) >= OURS


@every_model
def test_limits_are_the_published_ones(name: str):
    model, inputs = MODELS[name], PUBLISHED[name]["input"]
    limits = model.limits
    tables: Any = model.wire["fields"]
    for field, bounds in (
        ("guidance", limits.guidance),
        ("steps", limits.steps),
        ("strength", limits.strength),
    ):
        told = inputs.get(tables.get(field))
        assert bounds == (told and (max(told["minimum"], field == "steps"), told["maximum"]))
    assert limits.n == inputs.get("num_outputs", {}).get("maximum", 1)
    assert limits.compression == ("output_quality" in inputs)
    words = [one.value.replace("jpeg", "jpg") for one in limits.formats]
    assert set(words) == set(inputs.get("output_format", {}).get("enum", []))
    ratios = set(inputs.get("aspect_ratio", {}).get("enum", [])) - {"custom", "match_input_image"}
    assert set(model.sizes.ratios) == ratios


@every_model
def test_options_take_the_published_values(name: str):
    able: Any = MODELS[name].extras.get("values", {})
    options: Any = MODELS[name].extras["options"]
    for option in set(options) - OURS:
        told = PUBLISHED[name]["input"][option]
        for value in able.get(option, told.get("enum", ())):
            assert getattr(Options(**{option: value}), option) == value
        if "enum" in told and option in able:
            assert list(able[option]) == told["enum"]
        if "maximum" in told and option in able:
            assert max(able[option]) <= told["maximum"]
            assert min(able[option]) == told["minimum"]


@pytest.mark.row("P4")
@every_model
def test_a_quote_is_the_published_price(name: str):
    model, price = MODELS[name], PUBLISHED[name]["price"]
    told = typical_price(model, next(iter(model.abilities)))
    assert told
    if price["unit"] == "gpu_second":
        assert (told.kind, told.usd) == (Certainty.UNKNOWN, None)
        return
    assert told.kind is (Certainty.ESTIMATED if price.get("uncertain") else Certainty.EXACT)
    usd = price["usd"]
    assert float(told.usd or 0) == (usd[model.limits.default_quality] if isinstance(usd, dict) else usd)


def test_a_size_is_a_custom_ratio():
    sized = replace(order(), model=MODELS["black-forest-labs/flux-1.1-pro"])
    body = Replicate().submit(replace(sized, request=sized.request.replace(size=Size(512, 256)))).body
    assert isinstance(body, JsonBody)
    assert body.value["input"] == {
        "prompt": "join them",
        "width": 512,
        "height": 256,
        "aspect_ratio": "custom",
    }


# The document


@pytest.mark.row("B5")
@pytest.mark.row("C5")
@given(order=orders("replicate"))
def test_every_call_is_documented(order: Order):
    call = Replicate().submit(order)
    check_call("replicate", call)
    assert set(call.headers) <= {"prefer", "cancel-after"}
    assert isinstance(call.body, JsonBody)
    told: Any = call.body.value["input"]
    check_input(order.model, told)


def check_input(model: Model, told: dict[str, Any]) -> None:
    inputs = PUBLISHED[model.name]["input"]
    assert set(told) <= set(inputs)
    assert {name for name, one in inputs.items() if one["required"]} <= set(told)
    for name, value in told.items():
        assert value in inputs[name].get("enum", [value])
        if isinstance(value, int | float):
            assert inputs[name].get("minimum", value) <= value <= inputs[name].get("maximum", value)
        if isinstance(value, list):
            assert len(value) <= inputs[name].get("max_items", len(value))


@pytest.mark.parametrize(
    "exchange", [one for one in exchanges("replicate") if not one.ticket()], ids=lambda one: one.id
)
def test_the_calls_of_exchanges_are_documented(exchange: Exchange):
    check_call("replicate", exchange.call())


@pytest.mark.parametrize(
    "exchange",
    [
        one
        for one in exchanges("replicate")
        if one.document["source"] != "made up" and "id" in one.document["reply"]["json"]
    ],
    ids=lambda one: one.id,
)
def test_the_replies_of_exchanges_are_documented(exchange: Exchange):
    validate("replicate", "schemas_prediction_response", exchange.document["reply"]["json"])


# Waiting and stopping


@pytest.mark.row("C5")
def test_nobody_waits_on_the_connection_unless_asked():
    """A ticket is there at once, however long the model takes."""
    assert Replicate().submit(order(LARGE)).timeout is Timeout.TRANSFER
    waiting = replace(order(LARGE), options=Options(prefer_wait=60))
    assert Replicate().submit(waiting).timeout is Timeout.PAINT


@pytest.mark.parametrize("time", ["", "soon", "5 m", "m5", "-3"])
def test_a_time_that_is_none_is_refused(time: str):
    with pytest.raises(UserError) as caught:
        Options(cancel_after=time)
    assert caught.value.field == "options.cancel_after"


def test_work_is_stopped_where_the_answer_says():
    ticket = Ticket("t", "/predictions/t", cancel="https://api.replicate.com/v1/predictions/t/cancel")
    assert Replicate().cancel(ticket) == HttpCall("POST", ticket.cancel or "")
    assert Replicate().cancel(replace(ticket, cancel=None)) is None


def test_an_answer_without_addresses_is_asked_for_by_its_id():
    reply = HttpReply(201, {}, b'{"id": "t", "status": "starting"}')
    outcome: Any = Replicate().read(reply, order(), None)
    assert outcome.ticket == Ticket("t", "/predictions/t", cancel="/predictions/t/cancel")


# Uploads


def test_only_large_pictures_are_hosted_and_each_once():
    replicate = Replicate()
    assert isinstance(replicate, Uploads)
    small = Picture(b"\x00" * wire.INLINE, "image/png", Size(2, 2))
    assert replicate.hosts(order(small, LARGE, LARGE)) == (LARGE,)
    assert len(base64.b64encode(small.data)) + len("data:image/jpeg;base64,") <= 256_000


def test_an_upload_takes_one_call():
    call = Replicate().upload(LARGE)
    assert (call.method, call.url, call.auth) == ("POST", "/files", "provider")
    assert isinstance(call.body, MultipartBody)
    (part,) = call.body.parts
    assert (part.name, part.media_type, part.data) == ("content", "image/jpeg", LARGE.data)
    assert (part.filename or "").endswith(".jpeg")
    reply = HttpReply(201, {}, b'{"id": "f", "urls": {"get": "https://api.replicate.com/v1/files/f"}}')
    assert Replicate().uploaded(LARGE, (reply,)) == "https://api.replicate.com/v1/files/f"


@pytest.mark.parametrize("body", [b"", b"[]", b'{"urls": {}}', b'{"urls": {"get": 3}}'])
def test_an_upload_without_a_place_is_malformed(body: bytes):
    with pytest.raises(Malformed):
        Replicate().uploaded(LARGE, (HttpReply(201, {}, body),))


# Hooks


def test_a_submit_says_where_to_call():
    body = Replicate().submit(replace(order(), hook="https://images.example.com/hooks/replicate")).body
    assert isinstance(body, JsonBody)
    assert body.value["webhook"] == "https://images.example.com/hooks/replicate"
    assert body.value["webhook_events_filter"] == ["completed"]
    check_call("replicate", Replicate().submit(replace(order(), hook="https://images.example.com/")))


KEY = b"0123456789abcdef"
SECRET = HttpReply(200, {}, json.dumps({"key": f"whsec_{base64.b64encode(KEY).decode()}"}).encode())


def hook(body: bytes = b'{"id": "t-1", "status": "succeeded"}', at: datetime = NOW, key: bytes = KEY) -> Hook:
    stamp = str(int(at.timestamp()))
    signature = base64.b64encode(hmac.new(key, f"msg_1.{stamp}.".encode() + body, hashlib.sha256).digest())
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": stamp,
        "webhook-signature": f"v0,AAAA v1,{signature.decode()}",
    }
    return Hook(headers, body)


@pytest.mark.row("C5")
def test_a_genuine_hook_names_its_prediction():
    replicate = Replicate()
    assert isinstance(replicate, Hooks)
    assert replicate.hook_keys() == HttpCall("GET", "/webhooks/default/secret")
    assert replicate.verify(hook(), SECRET, NOW) == "t-1"
    assert replicate.verify(hook(), SECRET, NOW + timedelta(seconds=299)) == "t-1"


def told(**headers: str) -> Hook:
    genuine = hook()
    named = {f"webhook-{name}": value for name, value in headers.items()}
    return replace(genuine, headers={**genuine.headers, **named})


FORGERIES = {
    "another body": (replace(hook(), body=b'{"id": "t-2"}'), SECRET, NOW),
    "another name": (told(id="msg_2"), SECRET, NOW),
    "another key": (hook(key=b"another"), SECRET, NOW),
    "too old": (hook(), SECRET, NOW + timedelta(seconds=301)),
    "from the future": (hook(), SECRET, NOW - timedelta(seconds=301)),
    "no time": (told(timestamp="noon"), SECRET, NOW),
    "no signature": (replace(hook(), headers={}), SECRET, NOW),
    "no key and none used": (hook(key=b""), HttpReply(200, {}, b'{"key": "whsec_"}'), NOW),
    "a secret that is none": (hook(), HttpReply(200, {}, b'{"key": "whsec_*"}'), NOW),
    "a secret that is no JSON": (hook(), HttpReply(200, {}, b"whsec"), NOW),
    "no prediction": (hook(b"{}"), SECRET, NOW),
    "no JSON": (hook(b"done"), SECRET, NOW),
    "a signature that is no text": (told(signature="v1,é"), SECRET, NOW),
}


@pytest.mark.parametrize("what", FORGERIES)
def test_a_forged_hook_is_refused(what: str):
    with pytest.raises(Refused) as caught:
        Replicate().verify(*FORGERIES[what])
    assert caught.value.stage is Stage.PERMISSION
