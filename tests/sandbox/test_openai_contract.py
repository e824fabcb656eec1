"""Every reply of the two emulators has the shape that was published."""

import base64
import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from jsonschema import Draft202012Validator

from limner.sandbox.app import Sandbox
from limner.sandbox.codecs import encode
from limner.sandbox.paint import paint
from tests.sandbox.conftest import TODAY, StillClock
from tests.support.sources import PACKAGE

CONTRACTS = Path(__file__).parents[1] / "contracts"


def nullable(value: Any) -> Any:
    """OpenAPI's older `nullable: true` in words that JSON Schema knows."""
    if isinstance(value, list):
        return [nullable(item) for item in value]
    if not isinstance(value, dict):
        return value
    inner = {key: nullable(item) for key, item in value.items() if key != "nullable"}
    return {"anyOf": [inner, {"type": "null"}]} if value.get("nullable") is True else inner


def document(slug: str) -> dict[str, Any]:
    return nullable(json.loads((PACKAGE / "providers" / slug / "openapi.json").read_text()))


OPENAI = document("openai")
AZURE = document("azure")
PNG = encode(paint("a", 64, 64), "png")


def check(document: dict[str, Any], name: str, value: Any) -> None:
    """Validate, and refuse keys the schema does not know."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    Draft202012Validator(schema).validate(value)
    unknown = set(value) - set(document["components"]["schemas"][name]["properties"])
    assert not unknown


@pytest.fixture
def client():
    app = Sandbox(StillClock(TODAY))
    headers = {"authorization": "Bearer sk-test"}
    transport = httpx2.ASGITransport(app)
    return httpx2.AsyncClient(transport=transport, base_url="http://sandbox", headers=headers)


async def post(client: httpx2.AsyncClient, path: str, **body: Any) -> httpx2.Response:
    return await client.post(path, json={"model": "gpt-image-2.6-flare", "prompt": "a kite"} | body)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"n": 3, "quality": "max", "size": "1536x864", "output_format": "webp", "output_compression": 10},
        {"background": "transparent", "safety_identifier": "somebody"},
        {"output_format": "gif", "frame_count": 2},
        {"output_format": "svg", "svg": {"model": "gpt-5", "reasoning": {"effort": "low"}}},
    ],
)
async def test_images(client: httpx2.AsyncClient, body: dict[str, Any]):
    reply = await post(client, "/openai/v1/images/generations", **body)
    assert reply.status_code == 200
    check(OPENAI, "ImagesResponse", reply.json())


async def test_edits(client: httpx2.AsyncClient):
    url = "data:image/png;base64," + base64.b64encode(PNG).decode()
    reply = await post(client, "/openai/v1/images/edits", images=[{"image_url": url}])
    check(OPENAI, "ImagesResponse", reply.json())


@pytest.mark.parametrize(
    ("endpoint", "body", "names"),
    [
        ("generations", {}, ("ImageGenPartialImageEvent", "ImageGenCompletedEvent")),
        (
            "edits",
            {"images": [{"image_url": "data:image/png;base64," + base64.b64encode(PNG).decode()}]},
            ("ImageEditPartialImageEvent", "ImageEditCompletedEvent"),
        ),
    ],
)
async def test_events(
    client: httpx2.AsyncClient, endpoint: str, body: dict[str, Any], names: tuple[str, str]
):
    reply = await post(client, f"/openai/v1/images/{endpoint}", stream=True, partial_images=1, n=2, **body)
    assert reply.headers["content-type"].startswith("text/event-stream")
    frames = [frame.split("\n") for frame in reply.text.strip().split("\n\n")]
    assert len(frames) == 4
    for (event, data), name in zip(frames, names * 2, strict=True):
        value = json.loads(data.removeprefix("data: "))
        assert event == f"event: {value['type']}"
        check(OPENAI, name, value)


async def test_a_stream_bills_what_its_events_add_up_to(client: httpx2.AsyncClient):
    whole = (await post(client, "/openai/v1/images/generations", n=2)).json()["usage"]
    reply = await post(client, "/openai/v1/images/generations", n=2, stream=True)
    data = [json.loads(line[6:]) for line in reply.text.splitlines() if line.startswith("data: ")]
    for name in ("input_tokens", "output_tokens", "total_tokens"):
        assert sum(event["usage"][name] for event in data) == whole[name]


@pytest.mark.parametrize("body", [{"n": 99}, {"model": "dall-e-2"}, {"prompt": "forbidden-hate"}])
async def test_errors(client: httpx2.AsyncClient, body: dict[str, Any]):
    reply = await post(client, "/openai/v1/images/generations", **body)
    check(OPENAI, "ErrorResponse", reply.json())
    check(OPENAI, "ImageErrorResponse", reply.json())


@pytest.mark.parametrize("path", ["/openai/v1/nothing", "/openai/v1/images/generations"])
async def test_addresses_that_are_none(client: httpx2.AsyncClient, path: str):
    reply = await client.get(path)
    assert reply.status_code == (404 if path.endswith("nothing") else 405)
    check(OPENAI, "ErrorResponse", reply.json())


async def test_moderations(client: httpx2.AsyncClient):
    reply = await client.post("/openai/v1/moderations", json={"input": ["a", "forbidden-sexual"]})
    check(OPENAI, "CreateModerationResponse", reply.json())
    assert [result["flagged"] for result in reply.json()["results"]] == [False, True]


@pytest.mark.parametrize(
    "body", [{}, {"input": 5}, {"input": []}, {"input": "x", "model": "y"}, {"input": [{}]}]
)
async def test_bad_moderations(client: httpx2.AsyncClient, body: dict[str, Any]):
    reply = await client.post("/openai/v1/moderations", json=body)
    assert reply.status_code == 400
    check(OPENAI, "ErrorResponse", reply.json())


@pytest.mark.parametrize(
    ("content_type", "body"), [("text/plain", b"{}"), ("application/json", b"["), ("application/json", b"[]")]
)
async def test_bodies_that_are_no_json_object(client: httpx2.AsyncClient, content_type: str, body: bytes):
    reply = await client.post(
        "/openai/v1/images/generations", content=body, headers={"content-type": content_type}
    )
    assert reply.status_code == 400
    check(OPENAI, "ErrorResponse", reply.json())


VERSION = {"api-version": "2025-04-01-preview"}


async def test_azure_images(client: httpx2.AsyncClient):
    reply = await client.post(
        "/azure/openai/deployments/img2/images/generations",
        params=VERSION,
        json={"prompt": "an umbrella", "output_format": "jpeg", "output_compression": 90},
    )
    assert reply.status_code == 200
    check(AZURE, "generateImagesResponse", reply.json())


@pytest.mark.parametrize("word", ["", "policy-", "filter-", "generic-"])
async def test_azure_errors(client: httpx2.AsyncClient, word: str):
    reply = await client.post(
        "/azure/openai/deployments/img2/images/generations",
        params=VERSION,
        json={"prompt": f"forbidden-{word}violence"},
    )
    assert reply.status_code == 400
    schema = {"$ref": "#/components/schemas/dalleErrorResponse", "components": AZURE["components"]}
    Draft202012Validator(schema).validate(reply.json())
