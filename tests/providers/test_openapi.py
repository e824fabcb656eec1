"""Every call we build and every reply we read is one that the provider's own document describes."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limner.core.adapter import Order
from limner.core.http import HttpCall, JsonBody, MultipartBody, Part
from limner.core.pictures import Picture
from limner.providers.azure.adapter import Azure
from limner.providers.openai.adapter import OpenAI
from tests.providers.exchanges import Exchange, exchanges, picture
from tests.providers.openapi import check_call, check_names, validate
from tests.providers.orders import orders

DOCUMENTED = [one for one in exchanges() if one.slug in {"openai", "azure"}]
REPLIES = {"openai": "ImagesResponse", "azure": "generateImagesResponse"}
ERRORS = {"openai": "ImageErrorResponse", "azure": "dalleErrorResponse"}
AT_AZURE = ("gpt-image-2", "gpt-image-1.5", "gpt-image-1-mini", "gpt-image-1", "dall-e-3")
"""Azure's document is older than the others; what those take is OpenAI's."""


@pytest.mark.row("B5")
@settings(max_examples=200)
@given(order=orders("openai"))
def test_every_call_to_openai_is_documented(order: Order):
    check_call("openai", OpenAI().submit(order))


@pytest.mark.row("B5")
@settings(max_examples=200)
@given(order=orders("azure", AT_AZURE), style=st.sampled_from(["v1", "deployment"]))
def test_every_call_to_azure_is_documented(order: Order, style: str):
    model = dataclasses.replace(order.model, wire={**order.model.wire, "style": style})
    check_call("azure", Azure().submit(dataclasses.replace(order, model=model)))


@pytest.mark.parametrize("exchange", DOCUMENTED, ids=lambda one: one.id)
def test_the_calls_of_exchanges_are_documented(exchange: Exchange):
    check_call(exchange.slug, exchange.call())


@pytest.mark.parametrize(
    "exchange",
    [one for one in DOCUMENTED if not one.document["source"].startswith("made up")],
    ids=lambda one: one.id,
)
def test_the_replies_of_exchanges_are_documented(exchange: Exchange):
    """So that what we read in tests is what the provider sends."""
    came = exchange.document["reply"]
    for event in came.get("events", ()):
        check_event(exchange.slug, event)
    if "json" not in came:
        return
    if "error" in came["json"]:
        validate(exchange.slug, ERRORS[exchange.slug], without_numbers(came["json"]))
    else:
        validate(exchange.slug, REPLIES[exchange.slug], came["json"])
        check_names(exchange.slug, REPLIES[exchange.slug], came["json"])


def without_numbers(body: dict[str, dict[str, object]]) -> dict[str, object]:
    """What stands in front of the vendor writes its status as the code."""
    code = body["error"].get("code")
    return {**body, "error": {**body["error"], "code": str(code)}} if isinstance(code, int) else dict(body)


EVENTS = {
    "image_generation.partial_image": "ImageGenPartialImageEvent",
    "image_generation.completed": "ImageGenCompletedEvent",
    "image_edit.partial_image": "ImageEditPartialImageEvent",
    "image_edit.completed": "ImageEditCompletedEvent",
}


def check_event(slug: str, event: dict[str, dict[str, object]]) -> None:
    """Azure's events are OpenAI's, and only OpenAI's document describes them."""
    if "json" not in event:
        return
    if "error" in event["json"]:
        validate("openai", "ImageErrorResponse", event["json"])
        return
    assert slug in {"openai", "azure"}
    validate("openai", EVENTS[str(event["json"]["type"])], event["json"])


def test_moderation_is_documented():
    shown: tuple[Picture, ...] = (picture("dot.jpg"),)
    for call in (
        OpenAI().moderate("a pear", ()),
        OpenAI().moderate("", shown),
        OpenAI().moderate("a", shown),
    ):
        check_call("openai", call)


# The check itself


def test_an_undocumented_field_is_caught():
    call = HttpCall("POST", "/images/generations", body=JsonBody({"prompt": "a", "seed": 1}))
    with pytest.raises(AssertionError, match="seed"):
        check_call("openai", call)


def test_an_undocumented_value_is_caught():
    parts = (Part("prompt", b"a"), Part("n", b"11"), Part("image", b"", "a.png", "image/png"))
    with pytest.raises(AssertionError, match="n: 11"):
        check_call("openai", HttpCall("POST", "/images/edits", body=MultipartBody(parts)))


def test_an_undocumented_path_is_caught():
    with pytest.raises(AssertionError, match="/images/edit"):
        check_call("openai", HttpCall("POST", "/images/edit", body=JsonBody({"prompt": "a"})))
