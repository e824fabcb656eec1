"""What no exchange of Stability shows: its document, the balance, and options that do not go together."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from jsonschema import Draft202012Validator

from limner.catalog.load import load
from limner.core.adapter import Order
from limner.core.errors import Malformed, UserError
from limner.core.http import HttpCall, HttpReply, MultipartBody, Part
from limner.core.operations import Operation
from limner.core.pictures import Picture, Size
from limner.core.requests import Request
from limner.providers.stability.adapter import Stability
from limner.providers.stability.options import Options
from tests.providers.exchanges import Exchange, data, exchanges
from tests.providers.orders import orders
from tests.support.sources import PACKAGE

DOCUMENT: dict[str, Any] = json.loads(
    (PACKAGE / "providers" / "stability" / "openapi.json").read_text(encoding="utf-8")
)
NUMBERS = {"number": float, "integer": int}
ALSO = {"sd3.5-flash"}
"""Taken although the document does not list it."""


def check_call(call: HttpCall) -> None:
    """Fail unless the document describes the call."""
    operation = DOCUMENT["paths"][call.url][call.method.lower()]
    schema = operation["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert isinstance(call.body, MultipartBody)
    assert len({part.name for part in call.body.parts}) == len(call.body.parts)
    strange = {part.name for part in call.body.parts} - set(schema["properties"])
    assert not strange, f"{call.url} has no {strange}"
    body = {part.name: typed(part, resolved(schema["properties"][part.name])) for part in call.body.parts}
    validator = Draft202012Validator({**schema, "components": DOCUMENT["components"]})
    validator.validate({name: value for name, value in body.items() if value not in ALSO})
    for name in body:
        assert_goes(resolved(schema["properties"][name]), body)


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    return DOCUMENT["components"]["schemas"][node["$ref"].rpartition("/")[2]] if "$ref" in node else node


def typed(part: Part, described: dict[str, Any]) -> object:
    if described.get("format") == "binary":
        assert part.media_type in described["x-media-types"]
        return "binary"
    text = part.data.decode()
    return NUMBERS.get(described["type"], str)(text)


def assert_goes(described: dict[str, Any], body: dict[str, object]) -> None:
    """What the document says in prose about fields that need others."""
    wanted = described.get("x-only-for")
    if wanted:
        name, _, value = wanted.partition("=")
        assert body.get(name, "text-to-image") == value
    assert described.get("x-required-with", "prompt") in {*body, "prompt"}
    alternatives = described.get("x-requires-one-of")
    assert not alternatives or set(alternatives) & set(body)


@pytest.mark.row("B5")
@pytest.mark.row("D4")
@given(order=orders("stability"))
def test_every_call_is_documented(order: Order):
    try:
        call = Stability().submit(order)
    except UserError:
        assume(False)
        return
    check_call(call)


@pytest.mark.parametrize("exchange", exchanges("stability"), ids=lambda one: one.id)
def test_the_calls_of_exchanges_are_documented(exchange: Exchange):
    if not exchange.ticket():
        check_call(exchange.call())


def test_an_undocumented_field_is_caught():
    parts = (Part("prompt", b"a pear"), Part("colour", b"red"))
    with pytest.raises(AssertionError, match="colour"):
        check_call(HttpCall("POST", "/v2beta/stable-image/generate/core", body=MultipartBody(parts)))


def test_every_image_path_of_the_document_is_spoken_to():
    spoken = {
        f"/v2beta/stable-image/{one.wire['path']}" for one in load().all() if one.provider == "stability"
    }
    assert spoken == {path for path, methods in DOCUMENT["paths"].items() if "post" in methods}


# The balance


def test_the_balance_is_in_credits():
    stability = Stability()
    assert stability.balance() == HttpCall("GET", "/v1/user/balance")
    account = stability.read_balance(HttpReply(200, {}, b'{"credits": 42.5}'))
    assert (account.balance, account.unit) == (Decimal("42.5"), "credits")


@pytest.mark.parametrize("body", [b"", b"{}", b'{"credits": true}', b'{"credits": "many"}'])
def test_a_balance_that_says_nothing_is_malformed(body: bytes):
    with pytest.raises(Malformed):
        Stability().read_balance(HttpReply(200, {}, body))


# Combinations


def order(name: str, operation: Operation, options: Options, **fields: Any) -> Order:
    model = load().get(f"stability/{name}")
    assert model
    picture = Picture(data("dot.png"), "image/png", Size(64, 64))
    return Order(Request(operation, images=(picture,), **fields), model, options)


@pytest.mark.parametrize(
    ("name", "operation", "options", "field"),
    [
        ("erase", Operation.ERASE, Options(grow_mask=21.0), "options.grow_mask"),
        ("core", Operation.GENERATE, Options(grow_mask=5.0), "options.grow_mask"),
        (
            "replace-background-and-relight",
            Operation.RELIGHT,
            Options(light_source_strength=0.4),
            "options.light_source_strength",
        ),
        ("replace-background-and-relight", Operation.REPLACE_BACKGROUND, Options(), "prompt"),
    ],
)
def test_what_does_not_go_together_is_refused(name: str, operation: Operation, options: Options, field: str):
    with pytest.raises(UserError) as caught:
        Stability().submit(order(name, operation, options))
    assert caught.value.field == field


def test_a_long_user_is_cut():
    one = order("core", Operation.GENERATE, Options(), prompt="a pear", user="u" * 300)
    assert Stability().submit(one).headers["stability-client-user-id"] == "u" * 256
