"""Details of the shared wire that no exchange shows."""

import dataclasses
import json

import pytest

from limner.core.adapter import Done, Partial, Usage
from limner.core.errors import Billed, Malformed, ProviderError, Refused, Unavailable
from limner.core.http import Frame, HttpReply
from limner.providers._shared.openai.receive import usage
from limner.providers.openai.adapter import OpenAI
from tests.providers.exchanges import exchanges

ORDER = next(one for one in exchanges("openai") if one.name == "generate").order()


@pytest.mark.parametrize(
    ("metered", "expected"),
    [
        (None, None),
        ({}, None),
        ([1], None),
        ({"input_tokens": 9, "output_tokens": 5}, Usage(image_in=9, image_out=5)),
        (
            {"input_tokens_details": {"text_tokens": 4, "image_tokens": 5}, "output_tokens": 7},
            Usage(text_in=4, image_in=5, image_out=7),
        ),
        (
            {"output_tokens": 9, "output_tokens_details": {"image_tokens": 7, "text_tokens": 2}},
            Usage(image_out=7, text_out=2),
        ),
        ({"input_tokens": "many", "output_tokens": True}, Usage()),
    ],
)
def test_usage_is_read_in_the_dearer_way_where_it_is_not_split(metered: object, expected: Usage | None):
    assert usage(metered) == expected


def test_more_pictures_than_asked_for_are_kept():
    data = [{"b64_json": "AAEC"}, {"b64_json": "AwQF"}]
    done = OpenAI().read(HttpReply(200, {}, json.dumps({"data": data}).encode()), ORDER, None)
    assert [one.source for one in done.artifacts] == [b"\x00\x01\x02", b"\x03\x04\x05"]
    assert done.missing == ()


def test_a_picture_behind_a_strange_address_is_none():
    for url in ("file://host/x", "ftp://x/y", "//x", "javascript:1"):
        body = json.dumps({"created": 1, "data": [{"url": url}]}).encode()
        with pytest.raises(Malformed):
            OpenAI().read(HttpReply(200, {}, body), ORDER, None)


def test_several_pictures_of_one_stream_are_joined_by_the_driver():
    """The document does not say whether `n` above 1 brings one event or several: both are read."""
    events = [
        {"type": "image_generation.completed", "b64_json": text, "usage": {"output_tokens": 3}}
        for text in ("AAEC", "AwQF")
    ]
    first, second = (OpenAI().event(Frame(json.dumps(one).encode()), ORDER) for one in events)
    assert isinstance(first, Done)
    assert isinstance(second, Done)
    joined = first.joined(second)
    assert len(joined.artifacts) == 2
    assert joined.usage == Usage(image_out=6)


@pytest.mark.parametrize(
    "frame",
    [
        Frame(b"[DONE]"),
        Frame(b""),
        Frame(b'{"type": "image_generation.in_progress"}', "image_generation.in_progress"),
        Frame(b"{}", "ping"),
    ],
)
def test_events_that_say_nothing(frame: Frame):
    assert OpenAI().event(frame, ORDER) is None


def test_the_name_of_an_event_may_stand_on_either_line():
    assert OpenAI().event(Frame(b'{"b64_json": "AAEC"}', "image_edit.partial_image"), ORDER) == Partial(
        b"\x00\x01\x02"
    )


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"out of paint", ProviderError),
        (b"{}", ProviderError),
        (b'{"message": "Oh no", "type": "server_error"}', Unavailable),
        (b'{"error": {"message": "No.", "code": "content_policy_violation"}}', Refused),
    ],
)
def test_an_error_event_is_an_error_however_it_is_written(data: bytes, kind: type[Exception]):
    with pytest.raises(kind) as caught:
        OpenAI().event(Frame(data, "error"), ORDER)
    assert isinstance(caught.value, ProviderError | Refused)
    assert caught.value.billed is Billed.UNKNOWN


def test_a_refused_input_in_a_stream_costs_nothing():
    error = {
        "message": "No.",
        "code": "moderation_blocked",
        "moderation_details": {"moderation_stage": "input"},
    }
    with pytest.raises(Refused) as caught:
        OpenAI().event(Frame(json.dumps({"error": error}).encode(), "error"), ORDER)
    assert caught.value.billed is Billed.NO


def test_a_key_that_is_quoted_does_not_reach_the_error():
    body = json.dumps({"error": {"message": "Incorrect API key provided: abcdefgh. Sorry.", "code": None}})
    error = OpenAI().diagnose(HttpReply(401, {}, body.encode()), None)
    assert "abcdefgh" not in str(error)
    assert "Sorry" in str(error)


def test_a_successor_is_named_when_a_model_is_gone():
    gone = dataclasses.replace(ORDER, model=dataclasses.replace(ORDER.model, successor="openai/next"))
    body = json.dumps(
        {"error": {"message": "Gone.", "type": "invalid_request_error", "code": "model_not_found"}}
    )
    assert "openai/next" in OpenAI().diagnose(HttpReply(404, {}, body.encode()), gone).remedy
