"""What no exchange of Stability shows: its document, the balance, and options that do not go together."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given

from limner.catalog.load import load
from limner.conformance.document import Document
from limner.core.adapter import Order
from limner.core.errors import Malformed, UserError
from limner.core.http import HttpCall, HttpReply, MultipartBody, Part
from limner.core.operations import Operation
from limner.core.pictures import Picture, Size
from limner.core.requests import Request
from limner.providers.stability.adapter import Stability
from limner.providers.stability.options import Options
from tests.providers.exchanges import Exchange, data, exchanges
from tests.providers.openapi import check_call, document
from tests.providers.orders import orders


@pytest.mark.row("B5")
@pytest.mark.row("D4")
@given(order=orders("stability"))
def test_every_call_is_documented(order: Order):
    try:
        call = Stability().submit(order)
    except UserError:
        assume(False)
        return
    check_call("stability", call)


@pytest.mark.parametrize("exchange", exchanges("stability"), ids=lambda one: one.id)
def test_the_calls_of_exchanges_are_documented(exchange: Exchange):
    if not exchange.ticket():
        check_call("stability", exchange.call())


READ = [
    one
    for one in exchanges("stability")
    if one.document["source"] != "made up"
    and one.document["reply"]["status"] in {200, 202}
    and isinstance(one.document["reply"].get("json"), dict)
]


@pytest.mark.row("B5")
@pytest.mark.parametrize("exchange", READ, ids=lambda one: one.id)
def test_the_replies_of_exchanges_are_documented(exchange: Exchange):
    told = Document.bundled("stability")
    assert told
    found = told.operation(exchange.call())
    assert found
    content = found[1]["responses"][str(exchange.document["reply"]["status"])]["content"]
    schemas = [one["schema"] for name, one in content.items() if name.startswith("application/json")]
    body = exchange.document["reply"]["json"]
    assert not min((told.departs(schema, body) for schema in schemas), key=len)


def test_an_undocumented_field_is_caught():
    parts = (Part("prompt", b"a pear"), Part("colour", b"red"))
    with pytest.raises(AssertionError, match="colour"):
        check_call(
            "stability", HttpCall("POST", "/v2beta/stable-image/generate/core", body=MultipartBody(parts))
        )


def test_every_image_path_of_the_document_is_spoken_to():
    spoken = {
        f"/v2beta/stable-image/{one.wire['path']}" for one in load().all() if one.provider == "stability"
    }
    assert spoken == {path for path, methods in document("stability")["paths"].items() if "post" in methods}


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
