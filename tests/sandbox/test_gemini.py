"""Google's emulator against its official Python SDK and the published types."""

import base64
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import pytest
from google import genai
from google.genai import errors, types
from jsonschema import Draft202012Validator
from PIL import Image

from limner.sandbox.codecs import encode
from limner.sandbox.gemini.models import models
from limner.sandbox.paint import paint
from limner.sandbox.server import RunningSandbox, running_sandbox
from tests.sandbox.conftest import StillClock

CONTRACTS = Path(__file__).parents[1] / "contracts" / "gemini"
SCHEMAS = {
    name: json.loads((CONTRACTS / f"{name}-image.schema.json").read_text())
    for name in ("generatecontent", "interactions")
}
PNG = encode(paint("a", 640, 480), "png")
B64 = base64.b64encode(PNG).decode()
KEY = {"x-goog-api-key": "AIza-sandbox"}
BANANA = "gemini-nano-banana-2.1"
PRO = "gemini-3-pro-image"
LITE = "gemini-3.1-flash-lite-image"
OLD = "gemini-2.5-flash-image"


def check(document: str, name: str, value: Any) -> None:
    schema = {"$ref": f"#/$defs/{name}", "$defs": SCHEMAS[document]["$defs"]}
    Draft202012Validator(schema).validate(value)


def client_of(sandbox: RunningSandbox, key: str = "AIza-sandbox") -> genai.Client:
    """The official client, unmodified but for its address."""
    options = types.HttpOptions(base_url=sandbox.url("gemini", ""), api_version="v1beta")
    return genai.Client(api_key=key, http_options=options)


@pytest.fixture
def client(sandbox: RunningSandbox) -> Iterator[genai.Client]:
    client = client_of(sandbox)
    yield client
    client.close()


def post(sandbox: RunningSandbox, model: str, body: Any, method: str = "generateContent") -> httpx2.Response:
    url = sandbox.url("gemini", f"/v1beta/models/{model}:{method}")
    return httpx2.post(url, json=body, headers=KEY, timeout=30)


def said(text: str, **config: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"contents": [{"parts": [{"text": text}]}]}
    return body | ({"generationConfig": config} if config else {})


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def images_of(answer: types.GenerateContentResponse) -> list[Image.Image]:
    blobs = [part.inline_data for part in answer.parts or [] if part.inline_data and not part.thought]
    return [opened(blob.data) for blob in blobs if blob.data]


def config_of(**image: Any) -> types.GenerateContentConfig:
    return types.GenerateContentConfig(response_modalities=["IMAGE"], image_config=types.ImageConfig(**image))


def test_generate(client: genai.Client, sandbox: RunningSandbox):
    answer = client.models.generate_content(
        model=BANANA, contents="a kite", config=config_of(aspect_ratio="16:9", image_size="2K")
    )
    [image] = images_of(answer)
    assert (image.format, image.size) == ("JPEG", (2752, 1536))
    assert answer.usage_metadata
    assert answer.usage_metadata.candidates_token_count == 1680
    assert answer.usage_metadata.thoughts_token_count == 210
    [charge] = sandbox.bill.charges()
    # 2 tokens in at $1.50, 210 of thoughts at $7.50, 1680 of a picture at $30 a million
    assert (charge.amount, charge.images, charge.delivered) == (Decimal("0.051978"), 1, True)


def test_edit_several_pictures(client: genai.Client):
    parts = [types.Part.from_bytes(data=PNG, mime_type="image/png") for _ in range(2)]
    answer = client.models.generate_content(model=PRO, contents=["put them together", *parts])
    [image] = images_of(answer)
    assert (image.format, image.size) == ("PNG", (1200, 896))
    assert answer.text == "Here is your picture."
    assert answer.usage_metadata
    assert answer.usage_metadata.prompt_token_count == 5 + 2 * 560


def test_several_turns(client: genai.Client):
    chat = client.chats.create(model=BANANA, config=config_of())
    first = chat.send_message("a kite")
    second = chat.send_message("make it red")
    [one], [two] = images_of(first), images_of(second)
    assert one.size == two.size
    assert one.tobytes() != two.tobytes()


def test_a_picture_of_the_model_needs_its_signature(sandbox: RunningSandbox):
    blob = {"inlineData": {"mimeType": "image/png", "data": B64}}
    turns: list[Any] = [{"role": "model", "parts": [blob]}, {"role": "user", "parts": [{"text": "red"}]}]
    assert "thought_signature" in post(sandbox, BANANA, {"contents": turns}).json()["error"]["message"]
    assert post(sandbox, OLD, {"contents": turns}).status_code == 200
    blob["thoughtSignature"] = "Eo8="  # type: ignore[assignment]
    assert post(sandbox, BANANA, {"contents": turns}).status_code == 200
    assert post(sandbox, BANANA, {"contents": turns[:1]}).status_code == 400


def test_a_stream(client: genai.Client, sandbox: RunningSandbox):
    pieces = list(client.models.generate_content_stream(model=BANANA, contents="a kite"))
    assert [bool(piece.text) for piece in pieces] == [True, False]
    assert [len(images_of(piece)) for piece in pieces] == [0, 1]
    assert pieces[-1].usage_metadata
    assert sandbox.bill.charges()[0].delivered
    whole = post(sandbox, BANANA, said("x"), "streamGenerateContent").json()
    for piece in whole:
        check("generatecontent", "GenerateContentResponse", piece)


def test_drafts_are_thoughts(client: genai.Client):
    answer = client.models.generate_content(model=BANANA, contents="it thinks-aloud", config=config_of())
    assert [bool(part.thought) for part in answer.parts or []] == [True, False]
    assert len(images_of(answer)) == 1


@pytest.mark.parametrize("name", list(models()))
def test_every_model_paints_and_costs_what_is_published(sandbox: RunningSandbox, name: str):
    reply = post(
        sandbox, name, said("", responseModalities=["IMAGE"]) | {"contents": [{"parts": [{"text": "x"}]}]}
    )
    if name == "gemini-3.1-flash-image":  # shut down on this API since 2026-10-29
        assert (reply.status_code, reply.json()["error"]["status"]) == (404, "NOT_FOUND")
        return
    check("generatecontent", "GenerateContentResponse", reply.json())
    data = reply.json()["candidates"][0]["content"]["parts"][0]["inlineData"]["data"]
    assert opened(base64.b64decode(data)).size == (1024, 1024)
    picture = models()[name].tokens["1K"] * models()[name].rates.image / 1_000_000
    published = {BANANA: "0.0336", PRO: "0.134", LITE: "0.0336", OLD: "0.039"}[name]
    assert picture.quantize(Decimal(1).scaleb(Decimal(published).as_tuple().exponent)) == Decimal(published)  # type: ignore[arg-type]
    used = reply.json()["usageMetadata"]
    rates = models()[name].rates
    words = used.get("thoughtsTokenCount", 0) * rates.text + used["promptTokenCount"] * rates.input
    assert sandbox.bill.total("gemini") == picture + words / 1_000_000


def test_other_sizes_cost_what_is_published(sandbox: RunningSandbox):
    for name, size, usd in ((PRO, "2K", "0.134"), (PRO, "4K", "0.24"), (BANANA, "2K", "0.050")):
        before = sandbox.bill.total("gemini")
        body = said("x", responseModalities=["IMAGE"], imageConfig={"imageSize": size})
        parts = post(sandbox, name, body).json()["candidates"][0]["content"]["parts"]
        edge = {"2K": 2048, "4K": 4096}[size]
        assert opened(base64.b64decode(parts[0]["inlineData"]["data"])).size == (edge, edge)
        assert abs(sandbox.bill.total("gemini") - before - Decimal(usd)) < Decimal("0.003")


def test_a_model_dies_on_its_day(clock: StillClock, sandbox: RunningSandbox):
    clock.time = datetime(2026, 10, 28, tzinfo=UTC)
    assert post(sandbox, "gemini-3.1-flash-image", said("x")).status_code == 200
    clock.time = datetime(2026, 10, 29, tzinfo=UTC)
    assert post(sandbox, "gemini-3.1-flash-image", said("x")).status_code == 404
    assert post(sandbox, "gemini-3-pro-image-preview", said("x")).status_code == 404
    assert post(sandbox, "imagen-4.0-generate-001", said("x")).status_code == 404


def test_models_are_listed(client: genai.Client):
    assert {one.name for one in client.models.list()} == {
        f"models/{name}" for name in (BANANA, PRO, LITE, OLD)
    }
    assert client.models.get(model=PRO).display_name == "Nano Banana Pro"


@pytest.mark.parametrize(
    ("text", "field", "reason"),
    [
        ("forbidden-violence", "blockReason", "SAFETY"),
        ("forbidden-prohibited", "blockReason", "PROHIBITED_CONTENT"),
        ("forbidden-output-violence", "finishReason", "IMAGE_SAFETY"),
        ("forbidden-output-recitation", "finishReason", "IMAGE_RECITATION"),
        ("a no-image case", "finishReason", "NO_IMAGE"),
        ("words-only", "finishReason", "STOP"),
    ],
)
def test_answers_without_a_picture(
    client: genai.Client, sandbox: RunningSandbox, text: str, field: str, reason: str
):
    reply = post(sandbox, BANANA, said(text))
    assert reply.status_code == 200
    body = reply.json()
    check("generatecontent", "GenerateContentResponse", body)
    assert (body.get("promptFeedback") or body["candidates"][0])[field] == reason
    assert images_of(client.models.generate_content(model=BANANA, contents=text)) == []
    assert [charge.images for charge in sandbox.bill.charges()] == [0, 0]


def inline(data: str, media_type: str = "image/png") -> dict[str, Any]:
    parts = [{"text": "x"}, {"inlineData": {"mimeType": media_type, "data": data}}]
    return {"contents": [{"parts": parts}]}


@pytest.mark.parametrize(
    ("model", "body", "text"),
    [
        (BANANA, {}, "contents"),
        (BANANA, {"contents": []}, "contents"),
        (BANANA, {"contents": [{"parts": []}]}, "must not be empty"),
        (BANANA, said("x") | {"colour": "red"}, 'Unknown name "colour"'),
        (BANANA, said("x", colour="red"), "Unknown name \"colour\" at 'generationConfig'"),
        (BANANA, said("x", responseModalities=["VIDEO"]), "responseModalities"),
        (BANANA, said("x", candidateCount=2), "candidateCount"),
        (BANANA, said("x", imageConfig={"aspectRatio": "7:5"}), "aspect ratio"),
        (PRO, said("x", imageConfig={"aspectRatio": "8:1"}), "aspect ratio"),
        (BANANA, said("x", imageConfig={"imageSize": "512"}), "image size"),
        (BANANA, said("x", imageConfig={"imageSize": "2k"}), "image size"),
        (LITE, said("x", imageConfig={"imageSize": "2K"}), "image size"),
        (OLD, said("x", imageConfig={"imageSize": "1K"}), "image size"),
        (BANANA, said("x", imageConfig={"personGeneration": "ALLOW_ALL"}), "personGeneration"),
        (BANANA, said("x", responseFormat=[]), "responseFormat"),
        (BANANA, said("x", thinkingConfig={"thinkingLevel": "LOW"}), "Thinking level"),
        (OLD, said("x", thinkingConfig={"thinkingLevel": "HIGH"}), "Thinking level"),
        (BANANA, inline(B64, "image/gif"), "Unsupported MIME type"),
        (BANANA, inline("AAAA"), "Unable to process"),
        (BANANA, {"contents": [{"parts": [{"fileData": {"fileUri": "https://x/a"}}]}]}, "Cannot fetch"),
        (BANANA, {"contents": [{"parts": [{}]}]}, "oneof"),
        (BANANA, {"contents": inline(B64)["contents"] * 15}, "at most 14"),
        (
            BANANA,
            said("x") | {"safetySettings": [{"category": "HARM_CATEGORY_IMAGE_HATE", "threshold": "OFF"}]},
            "not on this API",
        ),
    ],
)  # fmt: skip
def test_bad_requests(sandbox: RunningSandbox, model: str, body: Any, text: str):
    reply = post(sandbox, model, body)
    error = reply.json()["error"]
    assert (reply.status_code, error["code"], error["status"]) == (400, 400, "INVALID_ARGUMENT")
    assert text in error["message"]
    assert sandbox.bill.charges() == ()


def test_too_large(sandbox: RunningSandbox):
    reply = post(sandbox, BANANA, inline("A" * 21 * 1024 * 1024))
    assert "payload size" in reply.json()["error"]["message"]


@pytest.mark.parametrize(
    ("key", "code", "status"),
    [
        ("invalid", 400, "INVALID_ARGUMENT"),
        ("forbidden", 403, "PERMISSION_DENIED"),
        ("unbilled", 400, "FAILED_PRECONDITION"),
        ("empty", 429, "RESOURCE_EXHAUSTED"),
    ],
)
def test_keys(sandbox: RunningSandbox, key: str, code: int, status: str):
    client = client_of(sandbox, key)
    with pytest.raises(errors.ClientError) as caught:
        client.models.generate_content(model=BANANA, contents="x")
    client.close()
    assert (caught.value.code, caught.value.status) == (code, status)
    text = json.dumps(caught.value.details)
    assert ("API_KEY_INVALID" in text) == (key == "invalid")
    assert ("limit: 0" in text) == (key == "empty")


def test_keys_in_the_address_and_none(sandbox: RunningSandbox):
    url = sandbox.url("gemini", f"/v1beta/models/{LITE}:generateContent")
    assert httpx2.post(url, params={"key": "AIza"}, json=said("x")).status_code == 200
    assert httpx2.post(url, json=said("x")).status_code == 403
    assert httpx2.post(url, content=b"[", headers=KEY).status_code == 400


def test_a_quota(clock: StillClock):
    with running_sandbox(clock, rates={"gemini": 1}) as sandbox:
        replies = [post(sandbox, LITE, said("x")) for _ in range(2)]
        assert [reply.status_code for reply in replies] == [200, 429]
        details = {one["@type"].rpartition(".")[2]: one for one in replies[1].json()["error"]["details"]}
        assert details["RetryInfo"]["retryDelay"] == "60s"
        assert details["QuotaFailure"]["violations"][0]["quotaDimensions"]["model"] == LITE
        assert "retry-after" not in replies[1].headers
        assert post(sandbox, BANANA, said("x")).status_code == 200


def test_a_server_error(client: genai.Client, sandbox: RunningSandbox):
    with pytest.raises(errors.ServerError):
        client.models.generate_content(model=BANANA, contents="a broken-run")
    assert sandbox.bill.charges() == ()


# Interactions


def interact(sandbox: RunningSandbox, **body: Any) -> httpx2.Response:
    url = sandbox.url("gemini", "/v1beta/interactions")
    return httpx2.post(url, json={"model": BANANA, "input": "a kite"} | body, headers=KEY, timeout=30)


FORMAT = {"type": "image", "aspect_ratio": "16:9", "image_size": "1K"}


def last_image(interaction: Any) -> Image.Image:
    content = interaction.steps[-1].content[-1]
    return opened(base64.b64decode(content.data))


def test_an_interaction(client: genai.Client, sandbox: RunningSandbox):
    given: Any = [
        {"type": "text", "text": "a hat for the cat"},
        {"type": "image", "data": B64, "mime_type": "image/png"},
    ]
    answer: Any = client.interactions.create(model=BANANA, input=given, response_format=FORMAT)
    assert answer.status == "completed"
    assert last_image(answer).size == (1376, 768)
    assert [step.type for step in answer.steps] == ["thought", "model_output"]
    assert answer.usage.total_input_tokens == 5 + 1120
    [charge] = sandbox.bill.charges()
    assert (charge.operation, charge.images, charge.delivered) == ("interactions", 1, True)
    again: Any = client.interactions.create(
        model=BANANA, input="and a tie", previous_interaction_id=answer.id, response_format=FORMAT
    )
    assert again.usage.total_input_tokens == 3 + 1120


def test_an_interaction_in_the_background(client: genai.Client, sandbox: RunningSandbox):
    started: Any = client.interactions.create(
        model=BANANA, input="x", background=True, response_format=FORMAT
    )
    looks: list[Any] = [client.interactions.get(started.id) for _ in range(3)]
    assert [started.status, *(look.status for look in looks)] == [
        "queued",
        "queued",
        "in_progress",
        "completed",
    ]
    assert last_image(looks[-1]).size == (1376, 768)
    assert [charge.delivered for charge in sandbox.bill.charges()] == [True]
    stopped: Any = client.interactions.create(model=BANANA, input="x", background=True)
    assert getattr(client.interactions.cancel(stopped.id), "status", None) == "cancelled"
    assert [charge.billed for charge in sandbox.bill.charges()] == [True, False]
    client.interactions.delete(stopped.id)
    gone = httpx2.get(sandbox.url("gemini", f"/v1beta/interactions/{stopped.id}"), headers=KEY)
    assert gone.status_code == 404


def test_an_interaction_streamed(client: genai.Client):
    stream: Any = client.interactions.create(model=BANANA, input="x", stream=True, response_format=FORMAT)
    events = [event.event_type for event in stream]
    assert events == [
        "interaction.created",
        "interaction.status_update",
        "step.start",
        "step.stop",
        "step.start",
        "step.delta",
        "step.stop",
        "interaction.completed",
    ]


def test_interactions_are_as_published(sandbox: RunningSandbox):
    for body in ({}, {"response_format": [FORMAT]}, {"input": "words-only"}, {"input": "forbidden-hate"}):
        check("interactions", "Interaction", interact(sandbox, **body).json())
    uri = interact(sandbox, response_format=FORMAT | {"delivery": "uri"}).json()["steps"][-1]["content"][0][
        "uri"
    ]
    assert opened(httpx2.get(uri).content).size == (1376, 768)
    edited = interact(sandbox, input=[{"type": "image", "uri": uri}, {"type": "text", "text": "x"}])
    assert edited.json()["usage"]["total_input_tokens"] == 1121
    unkept = interact(sandbox, store=False).json()
    url = sandbox.url("gemini", f"/v1beta/interactions/{unkept['id']}")
    assert httpx2.get(url, headers=KEY).status_code == 404


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("forbidden-violence", "SAFETY"),
        ("forbidden-output-violence", "IMAGE_SAFETY"),
        ("no-image", "NO_IMAGE"),
    ],
)
def test_refused_interactions(sandbox: RunningSandbox, text: str, code: str):
    reply = interact(sandbox, input=text)
    assert (reply.status_code, reply.json()["status"]) == (200, "failed")
    assert reply.json()["errors"][0]["code"] == code
    assert reply.json()["steps"][-1]["error"]["code"]


def test_an_interaction_that_breaks(sandbox: RunningSandbox):
    assert interact(sandbox, input="broken-run").status_code == 500
    started = interact(sandbox, input="broken-run", background=True).json()
    url = sandbox.url("gemini", f"/v1beta/interactions/{started['id']}")
    looks = [httpx2.get(url, headers=KEY).json() for _ in range(3)]
    assert (looks[-1]["status"], looks[-1]["errors"][0]["code"]) == ("failed", "INTERNAL")
    assert sandbox.bill.total("gemini") == 0
    late = httpx2.post(f"{url}/cancel", headers=KEY)
    assert (late.status_code, late.json()["error"]["status"]) == (400, "FAILED_PRECONDITION")


@pytest.mark.parametrize(
    "body",
    [
        {"colour": "red"},
        {"input": ""},
        {"input": None},
        {"input": [{"type": "image", "data": "AAAA", "mime_type": "image/png"}]},
        {"input": [{"type": "image", "uri": "https://example.com/a.png"}]},
        {"response_format": FORMAT | {"image_size": "512"}},
        {"response_format": FORMAT | {"aspect_ratio": "7:5"}},
        {"response_format": FORMAT | {"mime_type": "image/png"}},
        {"response_format": FORMAT | {"delivery": "post"}},
        {"response_format": FORMAT | {"colour": "red"}},
        {"generation_config": {"thinking_level": "low"}},
        {"background": True, "store": False},
        {"stream": "yes"},
    ],
)
def test_bad_interactions(sandbox: RunningSandbox, body: Any):
    reply = interact(sandbox, **body)
    assert (reply.status_code, reply.json()["error"]["status"]) == (400, "INVALID_ARGUMENT"), reply.text
    assert sandbox.bill.charges() == ()


def test_interactions_of_nobody(sandbox: RunningSandbox):
    assert interact(sandbox, model="gemini-9").status_code == 404
    assert interact(sandbox, previous_interaction_id="v1_none").status_code == 404
