"""OpenAI's own SDK against a real server, unmodified but for its base URL."""

import base64
import io
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import openai
import pytest
from openai import AsyncOpenAI, OpenAI
from PIL import Image

from limner.sandbox.faults import Fault, FaultKind
from limner.sandbox.server import RunningSandbox
from tests.server.conftest import settings_for
from tests.server.pictures import alpha_mask, mask, photo, pixels
from tests.support.clock import SkippingClock
from tests.support.gateway import Live, running_gateway

FLARE = "openai/gpt-image-2.5-flare"
pytestmark = pytest.mark.row("F1")


@pytest.fixture
def client(live: Live, sandbox: RunningSandbox) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{live.root}/v1", api_key="none", max_retries=0) as client:
        yield client


def png(picture: Any) -> bytes:
    return base64.b64decode(picture.b64_json, validate=True)


def size(data: bytes) -> tuple[int, int]:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image.size


@pytest.mark.row("A5")
def test_generate(client: OpenAI, sandbox: RunningSandbox):
    answer = client.images.generate(
        model=FLARE, prompt="a red kite over dunes", size="1536x1024", quality="low", n=2
    )
    assert [size(png(picture)) for picture in answer.data or []] == [(1536, 1024)] * 2
    assert (answer.size, answer.quality, answer.output_format) == ("1536x1024", "low", "png")
    assert answer.usage is not None
    assert answer.usage.output_tokens > 0
    assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens
    assert len(sandbox.bill.charges("openai")) == 1


def test_what_only_limner_knows_comes_along(client: OpenAI, sandbox: RunningSandbox):
    raw = client.images.with_raw_response.generate(model=FLARE, prompt="a kite", quality="low")
    answer: Any = raw.parse()
    extra = answer.model_extra["limner"]
    assert extra["model"] == FLARE
    assert extra["id"].startswith("run_")
    assert extra["measured"][0]["media_type"] == "image/png"
    charged = sum((charge.amount for charge in sandbox.bill.charges("openai")), Decimal(0))
    assert Decimal(extra["cost"]["usd"]) == Decimal(raw.headers["x-limner-cost"]) == charged
    assert answer._request_id == raw.headers["x-request-id"]


def test_a_model_by_its_bare_name_and_no_model_at_all(client: OpenAI, sandbox: RunningSandbox):
    bare: Any = client.images.generate(model="gpt-image-2.5-flare", prompt="a kite", quality="low")
    assert bare.model_extra["limner"]["model"] == FLARE
    none: Any = client.images.generate(prompt="a lighthouse", size="256x256")
    assert none.model_extra["limner"]["provider"] == "limner"
    assert none.model_extra["limner"]["cost"]["usd"] == "0"
    assert size(png(none.data[0])) == (256, 256)
    assert len(sandbox.bill.charges("openai")) == 1


@pytest.mark.row("A6", "P1")
def test_a_masked_edit_changes_nothing_outside(client: OpenAI, sandbox: RunningSandbox):
    original = photo(1024, 1024)
    answer: Any = client.images.edit(
        model=FLARE,
        image=("photo.png", original, "image/png"),
        mask=("mask.png", alpha_mask(1024, 1024), "image/png"),
        prompt="a red ball",
        quality="low",
    )
    keep = pixels(alpha_mask(1024, 1024))[..., 3] == 255
    assert np.array_equal(pixels(png(answer.data[0]))[keep], pixels(original)[keep])
    measured = answer.model_extra["limner"]["measured"][0]
    assert (measured["changed_outside_mask"], measured["outside_mask"]) == (0, int(keep.sum()))
    assert len(sandbox.bill.charges("openai")) == 1


@pytest.mark.row("A6")
def test_an_edit_of_several_pictures(client: OpenAI, sandbox: RunningSandbox):
    files = [(f"{number}.png", photo(256, 256), "image/png") for number in range(3)]
    answer = client.images.edit(model=FLARE, image=files, prompt="combine them", quality="low")
    assert len(answer.data or []) == 1
    assert sandbox.requests.count("openai", "POST /v1/images/edits") == 1


def test_the_embedded_painter_erases_through_the_dialect(client: OpenAI):
    answer: Any = client.images.edit(
        model="limner/heal",
        image=photo(),
        mask=mask(),
        prompt="nothing",
        extra_body={"limner": {"operation": "erase", "feather": 2}},
    )
    assert answer.model_extra["limner"]["measured"][0]["changed_outside_mask"] == 0
    assert size(png(answer.data[0])) == (96, 64)


@pytest.mark.parametrize("partials", [0, 2])
def test_streaming(client: OpenAI, partials: int):
    with client.images.generate(
        model=FLARE, prompt="a kite", quality="low", stream=True, partial_images=partials
    ) as stream:
        events = list(stream)
    kinds = [event.type for event in events]
    assert kinds == ["image_generation.partial_image"] * partials + ["image_generation.completed"]
    for event in events:
        assert size(png(event)) == (1024, 1024)
        assert event.created_at > 0
    assert [event.partial_image_index for event in events[:-1]] == list(range(partials))  # pyright: ignore[reportAttributeAccessIssue]
    last: Any = events[-1]
    assert last.usage.output_tokens > 0
    assert last.quality == "low"


def test_a_streamed_edit(client: OpenAI):
    with client.images.edit(
        model=FLARE, image=photo(1024, 1024), prompt="bluer", quality="low", stream=True, partial_images=1
    ) as stream:
        kinds = [event.type for event in stream]
    assert kinds == ["image_edit.partial_image", "image_edit.completed"]


async def test_the_async_client(live: Live, sandbox: RunningSandbox):
    async with AsyncOpenAI(base_url=f"{live.root}/v1", api_key="none", max_retries=0) as client:
        answer = await client.images.generate(model=FLARE, prompt="a kite", quality="low")
        assert size(png((answer.data or [])[0])) == (1024, 1024)
        stream = await client.images.generate(model=FLARE, prompt="a kite", quality="low", stream=True)
        assert [event.type async for event in stream] == ["image_generation.completed"]
        assert (await client.models.list()).data


def test_models(client: OpenAI):
    listed = {model.id: model for model in client.models.list()}
    assert {"limner/sketch", "limner/heal", FLARE} <= set(listed)
    assert listed[FLARE].owned_by == "openai"
    assert "openai/dall-e-3" not in listed
    assert client.models.retrieve("gpt-image-2.5-flare").id == FLARE


# Errors


@dataclass(frozen=True)
class Wrong:
    call: dict[str, Any]
    code: str
    param: str
    error: type[openai.APIStatusError] = openai.BadRequestError


@pytest.mark.parametrize(
    "wrong",
    [
        Wrong({"prompt": ""}, "empty_string", "prompt"),
        Wrong({"prompt": "x", "n": 11}, "integer_above_max_value", "n"),
        Wrong({"prompt": "x", "size": "huge"}, "invalid_size", "size"),
        Wrong({"prompt": "x", "quality": "best"}, "invalid_value", "quality"),
        Wrong({"prompt": "x", "extra_body": {"cfg_scale": 7}}, "unknown_parameter", "cfg_scale"),
        Wrong({"prompt": "x", "extra_body": {"n": "2"}}, "invalid_type", "n"),
        Wrong({"prompt": "x", "model": "no-such"}, "model_not_found", "model", openai.NotFoundError),
        Wrong({"prompt": "x", "model": "dall-e-3"}, "model_not_found", "model", openai.NotFoundError),
    ],
    ids=str,
)
def test_wrong_requests(client: OpenAI, sandbox: RunningSandbox, wrong: Wrong):
    with pytest.raises(wrong.error) as caught:
        client.images.generate(**wrong.call)
    assert (caught.value.code, caught.value.param) == (wrong.code, wrong.param)
    assert "Nothing was charged." in caught.value.message
    assert not sandbox.bill.charges("openai")


def test_a_missing_prompt_is_named(client: OpenAI):
    with pytest.raises(openai.BadRequestError) as caught:
        client.post("/images/generations", cast_to=object, body={"model": FLARE})
    assert (caught.value.code, caught.value.param) == ("missing_required_parameter", "prompt")


def test_a_refused_prompt(client: OpenAI):
    with pytest.raises(openai.BadRequestError) as caught:
        client.images.generate(model=FLARE, prompt="forbidden-violence")
    assert caught.value.code == "moderation_blocked"
    assert caught.value.type == "image_generation_user_error"


@pytest.mark.parametrize(
    ("status", "error"), [(429, openai.RateLimitError), (500, openai.InternalServerError)]
)
def test_a_provider_in_trouble(
    client: OpenAI, sandbox: RunningSandbox, status: int, error: type[openai.APIStatusError]
):
    sandbox.faults.plan(Fault(FaultKind.STATUS, provider="openai", status=status, retry_after=5, times=None))
    with pytest.raises(error) as caught:
        client.images.generate(model=FLARE, prompt="a kite")
    assert caught.value.response.headers["x-request-id"]
    if status == 429:
        assert int(caught.value.response.headers["retry-after"]) >= 1


@pytest.mark.row("P2")
def test_a_lost_answer_is_never_sent_again(live: Live, sandbox: RunningSandbox):
    """The SDK repeats 5xx by itself; what may have been paid for must not be repeated."""
    sandbox.faults.plan(Fault(FaultKind.RESET_AFTER_BILLED, provider="openai", times=None))
    with (
        OpenAI(base_url=f"{live.root}/v1", api_key="none", max_retries=3) as client,
        pytest.raises(openai.InternalServerError) as caught,
    ):
        client.images.generate(model=FLARE, prompt="a kite")
    assert caught.value.code == "outcome_unknown"
    assert len(sandbox.bill.charges("openai")) == 1


@pytest.mark.parametrize(
    ("key", "error", "code"),
    [
        ("sk-invalid", openai.AuthenticationError, "invalid_api_key"),
        ("sk-empty", openai.RateLimitError, "insufficient_quota"),
    ],
)
def test_a_bad_key_of_the_operator(
    sandbox: RunningSandbox, key: str, error: type[openai.APIStatusError], code: str
):
    with (
        running_gateway(settings_for(sandbox, key), clock=SkippingClock()) as gateway,
        OpenAI(base_url=f"{gateway.root}/v1", api_key="none", max_retries=3) as client,
        pytest.raises(error) as caught,
    ):
        client.images.generate(model=FLARE, prompt="a kite")
    assert caught.value.code == code
    assert key not in str(caught.value.body)
    assert sandbox.requests.count("openai", "POST /v1/images/generations") == 1


def test_an_error_in_a_stream(client: OpenAI):
    with (
        client.images.generate(model=FLARE, prompt="forbidden-output-violence", stream=True) as stream,
        pytest.raises(openai.APIError) as caught,
    ):
        list(stream)
    assert caught.value.code == "moderation_blocked"


def test_an_uploaded_file_id_is_refused_in_words(client: OpenAI):
    with pytest.raises(openai.BadRequestError) as caught:
        client.post(
            "/images/edits",
            cast_to=object,
            body={"model": FLARE, "prompt": "x", "images": [{"file_id": "file-1"}]},
        )
    assert caught.value.code == "unsupported_file_id"
    assert caught.value.param == "images[0].file_id"


def test_a_url_instead_of_bytes_is_answered_with_bytes_and_a_note(client: OpenAI):
    answer: Any = client.images.generate(prompt="a kite", size="64x64", response_format="url")
    assert answer.data[0].b64_json
    assert [note["field"] for note in answer.model_extra["limner"]["notes"]].count("response_format") == 1


def test_openais_own_fields_reach_openai_and_are_noted_elsewhere(client: OpenAI, sandbox: RunningSandbox):
    answer: Any = client.images.generate(
        model=FLARE, prompt="a kite", quality="low", moderation="low", user="u-1"
    )
    assert not [note for note in answer.model_extra["limner"]["notes"] if note["field"] == "moderation"]
    here: Any = client.images.generate(model="limner/sketch", prompt="a kite", size="64x64", moderation="low")
    [note] = [note for note in here.model_extra["limner"]["notes"] if note["field"] == "moderation"]
    assert note["kind"] == "dropped"
