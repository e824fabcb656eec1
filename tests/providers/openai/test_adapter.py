"""What is OpenAI's alone: its model list, its free moderation, and options that exclude each other."""

import dataclasses
import json

import pytest

from limner.core.adapter import Order
from limner.core.errors import Billed, Malformed, UserError
from limner.core.http import HttpReply, Inline, JsonBody
from limner.core.optional import Listed, Verdict
from limner.core.pictures import Format, Picture
from limner.providers.openai.adapter import OpenAI
from limner.providers.openai.options import Options, Svg
from tests.providers.exchanges import exchanges, picture


def reply(document: object) -> HttpReply:
    return HttpReply(200, {"x-request-id": "req_1"}, json.dumps(document).encode())


def order(name: str = "generate") -> Order:
    return next(one for one in exchanges("openai") if one.name == name).order()


def test_models_are_listed_with_their_last_day():
    # Shape: SDK openai 3.52.0, types/model.py.
    data = [
        {
            "id": "gpt-image-1.5",
            "created": 1,
            "object": "model",
            "owned_by": "system",
            "shutdown_date": "2026-12-01",
        },
        {"id": "gpt-image-2", "created": 1, "object": "model", "owned_by": "system", "shutdown_date": None},
        {"id": None},
        "odd",
    ]
    assert OpenAI().list_models().url == "/models"
    assert OpenAI().read_models(reply({"object": "list", "data": data})) == (
        Listed("gpt-image-1.5", "2026-12-01"),
        Listed("gpt-image-2"),
    )


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"data": 3}', b"[]"])
def test_what_is_no_list_costs_nothing_but_is_an_error(body: bytes):
    for read in (OpenAI().read_models, OpenAI().read_verdict):
        with pytest.raises(Malformed) as caught:
            read(HttpReply(200, {}, body))
        assert caught.value.billed is Billed.NO


def test_moderation_sees_words_and_pictures():
    call = OpenAI().moderate("a pear", (Picture(b"abc", "image/jpeg"),))
    assert isinstance(call.body, JsonBody)
    assert call.body.value == {
        "input": [
            {"type": "text", "text": "a pear"},
            {"type": "image_url", "image_url": {"url": Inline(b"abc", "data:image/jpeg;base64,")}},
        ]
    }


def test_a_verdict_names_the_categories():
    document = {
        "id": "modr-1",
        "model": "omni-moderation-latest",
        "results": [
            {"flagged": False, "categories": {"violence": False, "sexual": False}},
            {"flagged": True, "categories": {"violence": True, "violence/graphic": True, "illicit": None}},
        ],
    }
    assert OpenAI().read_verdict(reply(document)) == Verdict(True, ("violence", "violence/graphic"))
    document["results"] = [{"flagged": False, "categories": {}}]
    assert OpenAI().read_verdict(reply(document)) == Verdict(False)


@pytest.mark.parametrize("results", [[], [{}], [{"flagged": "no"}], [{"flagged": False}, {"flagged": None}]])
def test_no_verdict_is_never_taken_for_innocence(results: list[object]):
    with pytest.raises(Malformed):
        OpenAI().read_verdict(reply({"results": results}))


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (Options(frame_count=4), "options.frame_count"),
        (Options(svg=Svg(model="m")), "options.svg"),
        (Options(input_fidelity="high"), "options.input_fidelity"),
    ],
)
def test_options_that_go_with_nothing_here_are_refused_before_sending(options: Options, field: str):
    plain = order()
    everything = dataclasses.replace(plain.model, extras={})
    with pytest.raises(UserError) as caught:
        OpenAI().submit(dataclasses.replace(plain, model=everything, options=options))
    assert caught.value.field == field


def test_an_option_with_its_format_goes():
    animated = order("gif")
    still = dataclasses.replace(animated, request=animated.request.replace(format=Format.PNG))
    assert OpenAI().submit(animated)
    with pytest.raises(UserError):
        OpenAI().submit(still)


def test_no_previews_are_asked_for_without_a_stream():
    whole = dataclasses.replace(order("stream-generate"), stream=False)
    body = OpenAI().submit(whole).body
    assert isinstance(body, JsonBody)
    assert not {"stream", "partial_images"} & set(body.value)


def test_a_long_name_of_a_user_is_hashed():
    def sent(user: str) -> object:
        plain = order()
        body = OpenAI().submit(dataclasses.replace(plain, request=plain.request.replace(user=user))).body
        assert isinstance(body, JsonBody)
        return body.value["safety_identifier"]

    assert sent("u" * 128) == "u" * 128
    assert sent("u" * 129) == sent("u" * 129) != sent("u" * 130)
    assert len(str(sent("u" * 129))) == 64


def test_a_picture_nobody_probed_is_never_sent():
    unprobed = dataclasses.replace(picture("dot.png"), media_type=None)
    request = order("edit-one").request.replace(images=(unprobed,))
    with pytest.raises(ValueError, match="not probed"):
        OpenAI().submit(dataclasses.replace(order("edit-one"), request=request))


def test_options_of_another_kind_are_a_mistake_of_ours():
    with pytest.raises(TypeError):
        OpenAI().submit(dataclasses.replace(order(), options={"moderation": "low"}))
