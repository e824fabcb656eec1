"""OpenRouter's emulator against its official client and the published document."""

import base64
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import openrouter
import pytest
from jsonschema import Draft202012Validator
from openrouter import errors, utils
from PIL import Image

from limner.sandbox.codecs import encode
from limner.sandbox.openrouter.models import models
from limner.sandbox.paint import paint
from limner.sandbox.server import RunningSandbox, running_sandbox
from tests.sandbox.conftest import StillClock
from tests.support.sources import PACKAGE

CONTRACTS = Path(__file__).parents[1] / "contracts" / "openrouter"
DOCUMENT = json.loads((PACKAGE / "providers" / "openrouter" / "openapi.json").read_text())
SHEET = {one["id"]: one for one in json.loads((CONTRACTS / "models.json").read_text())["models"]}
PNG = encode(paint("a", 640, 480), "png")
URI = "data:image/png;base64," + base64.b64encode(PNG).decode()
AUTH = {"authorization": "Bearer sk-or-v1-sandbox"}
BANANA = "google/gemini-3.1-flash-image"
GPT = "openai/gpt-image-2"
FLUX = "black-forest-labs/flux.2-pro"
SEEDREAM = "bytedance-seed/seedream-4.5"


def check(path: str, reply: httpx2.Response, method: str = "post") -> Any:
    """The body, after comparing it with what is published for its address and status."""
    content = DOCUMENT["paths"][path][method]["responses"][str(reply.status_code)]["content"]
    schema = content["application/json"]["schema"]
    Draft202012Validator(schema | {"components": DOCUMENT["components"]}).validate(reply.json())
    return reply.json()


def client_of(sandbox: RunningSandbox, key: str = "sk-or-v1-sandbox") -> openrouter.OpenRouter:
    """The official client, unmodified but for its address; it would retry for an hour."""
    never = utils.RetryConfig("none", utils.BackoffStrategy(1, 1, 1, 1), False)
    return openrouter.OpenRouter(api_key=key, server_url=sandbox.url("openrouter"), retry_config=never)


@pytest.fixture
def client(sandbox: RunningSandbox) -> Iterator[openrouter.OpenRouter]:
    with client_of(sandbox) as client:
        yield client


def post(sandbox: RunningSandbox, headers: dict[str, str] = AUTH, /, **body: Any) -> httpx2.Response:
    given = {"model": FLUX, "prompt": "a kite"} | body
    return httpx2.post(sandbox.url("openrouter") + "/images", json=given, headers=headers, timeout=30)


def get(sandbox: RunningSandbox, path: str, headers: dict[str, str] = AUTH) -> httpx2.Response:
    return httpx2.get(sandbox.url("openrouter") + path, headers=headers)


def reference(url: str = URI) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}


def opened(text: str) -> Image.Image:
    image = Image.open(io.BytesIO(base64.b64decode(text)))
    image.load()
    return image


def test_generate(client: openrouter.OpenRouter, sandbox: RunningSandbox):
    answer = client.images.generate(
        model=BANANA, prompt="a kite", aspect_ratio="16:9", resolution="2K", output_format="jpeg"
    )
    [item] = answer.data
    assert (opened(item.b64_json).format, item.media_type) == ("JPEG", "image/jpeg")
    assert opened(item.b64_json).size == (2736, 1536)
    assert answer.usage
    assert (answer.usage.cost, answer.usage.completion_tokens) == (0.1008, 1680)
    [charge] = sandbox.bill.charges()
    assert (charge.amount, charge.images, charge.delivered) == (Decimal("0.1008"), 1, True)


def test_edit_with_references(client: openrouter.OpenRouter, sandbox: RunningSandbox):
    part: Any = reference()
    answer = client.images.generate(model=GPT, prompt="red", input_references=[part, part], quality="low")
    image = opened(answer.data[0].b64_json)
    assert image.size == (1184, 880)
    plain = client.images.generate(model=GPT, prompt="red", quality="low")
    assert opened(plain.data[0].b64_json).size == (1024, 1024)
    edit, generation = sandbox.bill.charges()
    assert (edit.operation, generation.operation) == ("edits", "generations")
    # a token of words at $5, two references of 1000 at $8, 167 of a picture at $30 a million
    assert edit.amount == Decimal("0.021015")


def test_several_pictures(client: openrouter.OpenRouter, sandbox: RunningSandbox):
    answer = client.images.generate(model=SEEDREAM, prompt="x", n=3, seed=7)
    assert len({item.b64_json for item in answer.data}) == 3
    assert sandbox.bill.total("openrouter") == Decimal("0.12")
    assert post(sandbox, n=2).status_code == 400


def test_a_seed_makes_the_same_picture(sandbox: RunningSandbox):
    one, other, another = (post(sandbox, seed=seed).json()["data"][0]["b64_json"] for seed in (1, 1, 2))
    assert one == other != another


def test_transparency(sandbox: RunningSandbox):
    body = {"model": "openai/gpt-image-1", "background": "transparent"}
    image = opened(post(sandbox, **body).json()["data"][0]["b64_json"])
    assert image.getchannel("A").getextrema() == (0, 255)
    assert post(sandbox, **body, output_format="jpeg").status_code == 400
    assert post(sandbox, **body | {"model": GPT}).status_code == 400
    assert post(sandbox, background="opaque").status_code == 200


def test_a_stream(client: openrouter.OpenRouter, sandbox: RunningSandbox):
    # The published schema wraps an event in `data`, and the guide shows it bare; the client wants it bare.
    url = sandbox.url("openrouter") + "/images"
    body = {"model": GPT, "prompt": "a kite", "stream": True, "n": 2}
    with httpx2.stream("POST", url, json=body, headers=AUTH, timeout=30) as reply:
        assert reply.headers["content-type"].startswith("text/event-stream")
        lines = [line.removeprefix("data: ") for line in reply.iter_lines() if line]
    assert lines[-1] == "[DONE]"
    events = [json.loads(line) for line in lines[:-1]]
    kinds = ["partial_image", "completed", "completed"]
    assert [one["type"] for one in events] == [f"image_generation.{kind}" for kind in kinds]
    names = {"partial_image": "ImageGenPartialImageEvent", "completed": "ImageGenCompletedEvent"}
    for kind, event in zip(kinds, events, strict=True):
        schema = {"$ref": f"#/components/schemas/{names[kind]}", "components": DOCUMENT["components"]}
        Draft202012Validator(schema).validate(event)
    assert ["usage" in one for one in events] == [False, False, True]
    assert sandbox.bill.charges()[0].delivered
    with client.images.generate(model=GPT, prompt="x", stream=True) as stream:
        assert len(list(stream)) == 2


def test_who_does_not_stream_answers_at_once(sandbox: RunningSandbox):
    reply = post(sandbox, stream=True)
    assert reply.headers["content-type"] == "application/json"
    check("/images", reply)


def test_a_stream_that_fails(sandbox: RunningSandbox):
    reply = post(sandbox, model=GPT, prompt="forbidden-output-violence", stream=True)
    events = [json.loads(line[6:]) for line in reply.text.split("\n\n") if line.startswith("data: {")]
    assert [one["type"] for one in events] == ["image_generation.partial_image", "error"]
    schema = {"$ref": "#/components/schemas/ImageGenStreamErrorEvent", "components": DOCUMENT["components"]}
    Draft202012Validator(schema).validate(events[1])
    assert sandbox.bill.charges() == ()


@pytest.mark.parametrize("name", list(models()))
def test_every_model_paints_and_says_what_it_cost(sandbox: RunningSandbox, name: str):
    body = check("/images", post(sandbox, model=name))
    assert opened(body["data"][0]["b64_json"]).width >= 512
    cost = Decimal(str(body["usage"]["cost"]))
    assert sandbox.bill.total("openrouter") == cost
    pricing = SHEET[name]["pricing"]
    if pricing and len(pricing) == 1 and pricing[0]["unit"] in {"image", "megapixel"}:
        assert cost == Decimal(str(pricing[0]["cost_usd"]))


@pytest.mark.parametrize(
    ("fields", "usd"),
    [
        ({"model": BANANA, "resolution": "512"}, "0.04482"),
        ({"model": BANANA, "resolution": "4K"}, "0.1512"),
        ({"model": "google/gemini-3-pro-image", "resolution": "1K"}, "0.1344"),
        ({"model": "google/gemini-3-pro-image", "resolution": "4K"}, "0.24"),
        ({"model": "black-forest-labs/flux-3-image", "resolution": "1.5K"}, "0.07"),
        ({"model": "black-forest-labs/flux.2-flex", "input_references": [reference()]}, "0.120"),
        ({"model": "bytedance-seed/seedream-5-0-pro", "resolution": "1K"}, "0.045"),
        ({"model": "bytedance-seed/seedream-5-0-pro", "resolution": "2K"}, "0.09"),
        ({"model": "qwen/qwen-image-3-pro", "resolution": "2K", "input_references": [reference()]}, "0.078"),
        ({"model": "x-ai/grok-imagine-image-2.0", "resolution": "2K", "quality": "medium"}, "0.08"),
        ({"model": "x-ai/grok-imagine-image-2.0"}, "0.04"),
    ],
)
def test_prices(sandbox: RunningSandbox, fields: Any, usd: str):
    if "flex" in fields["model"]:
        fields = fields | {"aspect_ratio": "1:1"}
    assert post(sandbox, **fields).status_code == 200
    assert sandbox.bill.total("openrouter") == Decimal(usd)


def test_discovery_needs_no_key(client: openrouter.OpenRouter, sandbox: RunningSandbox):
    listed = {
        one["id"]: one for one in check("/images/models", get(sandbox, "/images/models", {}), "get")["data"]
    }
    assert set(listed) == {id_ for id_ in SHEET if "*" not in id_}
    for id_, one in listed.items():
        record = get(sandbox, one["endpoints"].removeprefix("/api/v1"), {})
        body = check("/images/models/{author}/{slug}/endpoints", record, "get")
        assert body["id"] == id_
        assert body["endpoints"][0]["supported_parameters"] == one["supported_parameters"]
    assert {one.id for one in client.images.list_models().data} == set(listed)
    dated = get(sandbox, "/images/models/bytedance-seed/seedream-5-0-pro-20260812/endpoints", {})
    assert dated.json()["id"] == "bytedance-seed/seedream-5-0-pro"
    missing = get(sandbox, "/images/models/nobody/nothing/endpoints", {})
    check("/images/models/{author}/{slug}/endpoints", missing, "get")


# What is refused


@pytest.mark.parametrize(
    "fields",
    [
        {"prompt": ""},
        {"prompt": 5},
        {"n": 0},
        {"n": 11, "model": SEEDREAM},
        {"resolution": "3K", "model": BANANA},
        {"resolution": "768", "model": BANANA},
        {"resolution": "2K"},
        {"aspect_ratio": "7:3"},
        {"aspect_ratio": "8:1"},
        {"output_format": "svg"},
        {"output_compression": 101},
        {"seed": 1, "model": BANANA},
        {"size": "1024x1024"},
        {"size": "large", "model": "inclusionai/ming-image-0.1-design"},
        {"size": "512x512", "aspect_ratio": "1:1", "model": "inclusionai/ming-image-0.1-design"},
        {"input_references": [reference()] * 17, "model": GPT},
        {"input_references": [reference()] * 9},
        {"input_references": [reference()], "model": "inclusionai/ming-image-0.1-design"},
        {"input_references": [URI]},
        {"input_references": [reference("file:///etc/passwd")]},
        {"input_references": [reference("data:image/png;base64,AAAA")]},
        {"input_references": [reference("https://pictures.invalid/a.png")]},
        {"session_id": "x" * 257},
        {"provider": {"only": "openai"}},
        {"model": "nobody/nothing"},
    ],
)
def test_bad_requests(sandbox: RunningSandbox, fields: Any):
    reply = post(sandbox, **fields)
    assert reply.status_code == 400
    assert check("/images", reply)["error"]["code"] == 400
    assert sandbox.bill.charges() == ()


def test_what_has_no_knob_is_ignored(sandbox: RunningSandbox):
    fields = {"quality": "max", "negative_prompt": "rain", "mask": URI, "user": "me"}
    assert post(sandbox, **fields).status_code == 200


def test_sizes_in_pixels(sandbox: RunningSandbox):
    body = post(sandbox, model="inclusionai/ming-image-0.1-design", size="768x512").json()
    assert opened(body["data"][0]["b64_json"]).size == (768, 512)


def test_providers_can_be_chosen(sandbox: RunningSandbox):
    record = get(sandbox, f"/images/models/{SEEDREAM}/endpoints").json()["endpoints"][0]
    tag = record["provider_tag"]
    fits: tuple[dict[str, Any], ...] = (
        {"only": [tag]},
        {"order": [tag], "allow_fallbacks": False},
        {"order": ["another"]},
        {"ignore": ["another"], "sort": "price"},
        {"options": {record["provider_slug"]: {"unknown": 1}}},
    )
    for provider in fits:
        assert post(sandbox, model=SEEDREAM, provider=provider).status_code == 200
    misfits: tuple[dict[str, Any], ...] = (
        {"only": ["another"]},
        {"ignore": [tag]},
        {"order": ["another"], "allow_fallbacks": False},
    )
    for provider in misfits:
        reply = post(sandbox, model=SEEDREAM, provider=provider)
        assert reply.status_code == 404
        assert check("/images", reply)["error"]["metadata"]["failed_routing_step"]


@pytest.mark.parametrize(
    ("prompt", "status"),
    [("forbidden-violence", 403), ("forbidden-output-violence", 400), ("a broken-run", 502)],
)
def test_refusals_are_not_billed(sandbox: RunningSandbox, prompt: str, status: int):
    reply = post(sandbox, prompt=prompt)
    assert reply.status_code == status
    error = check("/images", reply)["error"]
    if status == 403:
        assert (error["metadata"]["reasons"], error["metadata"]["model_slug"]) == (["violence"], FLUX)
    assert sandbox.bill.charges() == ()


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("invalid", errors.UnauthorizedResponseError),
        ("empty", errors.PaymentRequiredResponseError),
        ("forbidden", errors.ForbiddenResponseError),
    ],
)
def test_keys(sandbox: RunningSandbox, key: str, kind: type[Exception]):
    with client_of(sandbox, key) as client, pytest.raises(kind):
        client.images.generate(model=FLUX, prompt="x")
    assert sandbox.bill.charges() == ()


def test_odd_requests(sandbox: RunningSandbox):
    url = sandbox.url("openrouter") + "/images"
    assert httpx2.post(url, content=b"[", headers=AUTH).status_code == 400
    assert check("/images", post(sandbox, {}))["error"]["message"] == "No auth credentials found"
    assert post(sandbox, {"authorization": "Basic sk-or-v1-sandbox"}).status_code == 401


def test_a_rate_limit_is_waited_out(clock: StillClock):
    with running_sandbox(clock, rates={"openrouter": 1}) as sandbox:
        replies = [post(sandbox) for _ in range(2)]
        assert [reply.status_code for reply in replies] == [200, 429]
        check("/images", replies[1])
        assert replies[1].headers["retry-after"] == "60"
        assert "x-ratelimit-limit" not in replies[0].headers
        clock.time += timedelta(seconds=60)
        assert post(sandbox).status_code == 200


# The account


def test_a_generation_can_be_looked_up(client: openrouter.OpenRouter, sandbox: RunningSandbox):
    reply = post(sandbox, model=SEEDREAM, n=2)
    id_ = reply.headers["x-generation-id"]
    found = check("/generation", get(sandbox, f"/generation?id={id_}"), "get")["data"]
    assert (found["total_cost"], found["num_media_completion"], found["api_type"]) == (0.08, 2, "image")
    assert client.generations.get_generation(id=id_).data.model == SEEDREAM
    check("/generation", get(sandbox, "/generation?id=gen-1"), "get")
    other = get(sandbox, f"/generation?id={id_}", {"authorization": "Bearer another"})
    assert other.status_code == 404


def test_what_a_key_has_used(sandbox: RunningSandbox, clock: StillClock):
    assert post(sandbox, model=SEEDREAM).status_code == 200
    body = check("/key", get(sandbox, "/key"), "get")["data"]
    assert (body["usage"], body["usage_daily"], body["limit_remaining"]) == (0.04, 0.04, 99.96)
    clock.time += timedelta(days=1)
    body = get(sandbox, "/key").json()["data"]
    assert (body["usage"], body["usage_daily"], body["usage_monthly"]) == (0.04, 0, 0.04)
    check("/credits", get(sandbox, "/credits"), "get")
    assert get(sandbox, "/credits").status_code == 403
    manager = {"authorization": "Bearer sk-or-v1-management"}
    body = check("/credits", get(sandbox, "/credits", manager), "get")["data"]
    assert body == {"total_credits": 100, "total_usage": 0}
