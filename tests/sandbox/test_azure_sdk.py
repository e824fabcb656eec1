"""The official Azure client against the emulator."""

import base64
import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import openai
import pytest
from openai import AzureOpenAI
from PIL import Image

from limner.sandbox.azure.models import RATES
from limner.sandbox.codecs import encode
from limner.sandbox.openai import prices
from limner.sandbox.paint import paint
from limner.sandbox.server import RunningSandbox
from tests.sandbox.conftest import StillClock

VERSION = "2025-04-01-preview"


def connect(sandbox: RunningSandbox, key: str = "secret", version: str = VERSION) -> AzureOpenAI:
    return AzureOpenAI(azure_endpoint=sandbox.url("azure"), api_key=key, api_version=version, max_retries=0)


@pytest.fixture
def client(sandbox: RunningSandbox) -> Iterator[AzureOpenAI]:
    with connect(sandbox) as client:
        yield client


def png(*, transparent: bool = False, form: str = "png") -> bytes:
    return encode(paint("a", 1024, 1024, transparent=transparent), form)


def test_generate_by_deployment(client: AzureOpenAI, sandbox: RunningSandbox):
    answer = client.images.generate(model="img2", prompt="an umbrella", quality="low", output_format="jpeg")
    assert answer.data
    image = Image.open(io.BytesIO(base64.b64decode(answer.data[0].b64_json or "")))
    assert (image.format, image.size) == ("JPEG", (1024, 1024))
    charge = sandbox.bill.charges()[0]
    assert (charge.provider, charge.model, charge.amount) == ("azure", "gpt-image-2", Decimal("0.006015"))


def test_edit_by_deployment(client: AzureOpenAI):
    answer = client.images.edit(
        model="gpt-image-2.5-flare",
        prompt="x",
        image=[("a.png", png(), "image/png"), ("b.jpg", png(form="jpeg"), "image/jpeg")],
        mask=("m.png", png(transparent=True), "image/png"),
    )
    assert answer.data


def test_generate_by_v1(sandbox: RunningSandbox):
    with openai.OpenAI(
        base_url=sandbox.url("azure", "/openai/v1"),
        api_key="token",
        default_query={"api-version": "preview"},
        max_retries=0,
    ) as client:
        assert client.images.generate(model="img2", prompt="x").data
    assert sandbox.requests.count("azure", "POST /openai/v1/images/generations") == 1


def test_streams(client: AzureOpenAI):
    events: list[Any] = list(client.images.generate(model="img2", prompt="x", stream=True, partial_images=1))
    assert [event.type for event in events] == [
        "image_generation.partial_image",
        "image_generation.completed",
    ]


def test_a_token_works_as_a_key_does(sandbox: RunningSandbox):
    with AzureOpenAI(
        azure_endpoint=sandbox.url("azure"), azure_ad_token="token", api_version=VERSION, max_retries=0
    ) as client:
        assert client.images.generate(model="img2", prompt="x").data


@pytest.mark.parametrize(
    ("key", "error", "code"),
    [
        ("invalid", openai.AuthenticationError, "401"),
        ("forbidden", openai.PermissionDeniedError, "Forbidden"),
        ("empty", openai.RateLimitError, "insufficient_quota"),
    ],
)
def test_keys(sandbox: RunningSandbox, key: str, error: type[openai.APIStatusError], code: str):
    with connect(sandbox, key) as client, pytest.raises(error) as caught:
        client.images.generate(model="img2", prompt="x")
    assert caught.value.code == code


@pytest.mark.parametrize("version", ["2024-02-01", "preview", "latest"])
def test_old_and_odd_versions_are_wrong_addresses(sandbox: RunningSandbox, version: str):
    with connect(sandbox, version=version) as client, pytest.raises(openai.NotFoundError) as caught:
        client.images.generate(model="img2", prompt="x")
    assert caught.value.code == "404"


@pytest.mark.parametrize("deployment", ["nothing", "gpt-image-1"])
def test_deployments_that_are_not_there(client: AzureOpenAI, deployment: str):
    with pytest.raises(openai.NotFoundError) as caught:
        client.images.generate(model=deployment, prompt="x")
    assert caught.value.code == "DeploymentNotFound"


def test_a_deployment_retires(client: AzureOpenAI, clock: StillClock):
    assert client.images.generate(model="gpt-image-1.5", prompt="x").data
    clock.time = clock.time.replace(month=12, day=16)
    with pytest.raises(openai.NotFoundError):
        client.images.generate(model="gpt-image-1.5", prompt="x")


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"output_format": "webp"}, "output_format"),
        ({"extra_body": {"moderation": "low"}}, "moderation"),
        ({"extra_body": {"complexity": "low"}}, "complexity"),
        ({"quality": "xhigh"}, "quality"),
        ({"size": "1000x1000"}, "size"),
        ({"n": 11}, "n"),
    ],
)
def test_bad_parameters(client: AzureOpenAI, sandbox: RunningSandbox, body: Any, param: str):
    with pytest.raises(openai.BadRequestError) as caught:
        client.images.generate(**({"model": "gpt-image-2.5-flare", "prompt": "x"} | body))
    assert caught.value.param == param
    assert sandbox.bill.charges() == ()


@pytest.mark.parametrize(
    "rest",
    [
        {"image": ("a.webp", png(form="webp"), "image/webp")},
        {"output_format": "jpeg", "output_compression": 50},
        {"model": "gpt-image-1-mini", "input_fidelity": "low"},
    ],
)
def test_bad_edits(client: AzureOpenAI, rest: Any):
    with pytest.raises(openai.BadRequestError):
        client.images.edit(
            **({"model": "img2", "prompt": "x", "image": ("a.png", png(), "image/png")} | rest)
        )


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("forbidden-violence", "moderation_blocked"),
        ("forbidden-policy-violence", "content_policy_violation"),
        ("forbidden-filter-violence", "contentFilter"),
        ("forbidden-generic-violence", "content_filter"),
        ("forbidden-output-violence", "moderation_blocked"),
        ("forbidden-output-filter-violence", "contentFilter"),
    ],
)
def test_the_four_spellings_of_a_refusal(client: AzureOpenAI, sandbox: RunningSandbox, word: str, code: str):
    with pytest.raises(openai.BadRequestError) as caught:
        client.images.generate(model="img2", prompt=f"a {word} scene")
    assert caught.value.code == code
    assert ("Generated image" in caught.value.message) == ("output-filter" in word)
    assert sandbox.bill.charges() == ()


def test_five_images_a_minute(client: AzureOpenAI, clock: StillClock):
    client.images.generate(model="gpt-image-1-mini", prompt="x", n=4)
    with pytest.raises(openai.RateLimitError) as caught:
        client.images.generate(model="gpt-image-1-mini", prompt="x", n=2)
    assert caught.value.response.headers["retry-after-ms"] == "60000"
    clock.time = clock.time.replace(minute=1)
    client.images.generate(model="gpt-image-1-mini", prompt="x", n=2)


def test_both_sheets_agree():
    assert {family: prices.RATES[family] for family in RATES} == RATES
