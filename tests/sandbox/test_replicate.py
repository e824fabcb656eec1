"""Replicate's emulator against its official Python client and the published document."""

import base64
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import pytest
import replicate.client
from jsonschema import Draft202012Validator
from PIL import Image
from pytest_httpserver import HTTPServer
from replicate.exceptions import ModelError, ReplicateError
from replicate.webhook import InvalidSignatureError, Webhooks, WebhookSigningSecret

from limner.sandbox.codecs import encode
from limner.sandbox.paint import paint
from limner.sandbox.replicate.models import models
from limner.sandbox.server import RunningSandbox, running_sandbox
from tests.sandbox.conftest import StillClock
from tests.sandbox.nullable import nullable
from tests.sandbox.receiver import received
from tests.support.sources import PACKAGE

CONTRACTS = Path(__file__).parents[1] / "contracts" / "replicate"
DOCUMENT = json.loads((PACKAGE / "providers" / "replicate" / "openapi.json").read_text())
SHEET = {one["model"]: one for one in json.loads((CONTRACTS / "models.json").read_text())["models"]}
PNG = encode(paint("a", 512, 384), "png")
URI = "data:image/png;base64," + base64.b64encode(PNG).decode()
AUTH = {"authorization": "Bearer r8_sandbox"}
SCHNELL = "black-forest-labs/flux-schnell"
KONTEXT = "black-forest-labs/flux-kontext-pro"
FILL = "black-forest-labs/flux-fill-pro"
SDXL = f"stability-ai/sdxl:{SHEET['stability-ai/sdxl']['version']}"


COMPONENTS = nullable(DOCUMENT["components"])
# "hidden" fits both branches of its `oneOf`
COMPONENTS["schemas"]["schemas_prediction_response"]["properties"]["version"] = {"type": "string"}


def check(name: str, value: Any) -> None:
    schema = {"$ref": f"#/components/schemas/{name}", "components": COMPONENTS}
    Draft202012Validator(schema).validate(value)


@pytest.fixture
def client(sandbox: RunningSandbox) -> Iterator[replicate.client.Client]:
    """The official client, unmodified but for its address."""
    client = replicate.client.Client(api_token="r8_sandbox", base_url=sandbox.url("replicate", ""))
    client.poll_interval = 0
    yield client
    client._client.close()


def create(sandbox: RunningSandbox, model: str, given: Any, **headers: str) -> httpx2.Response:
    url = sandbox.url("replicate", f"/v1/models/{model}/predictions")
    return httpx2.post(url, json={"input": given}, headers=AUTH | headers, timeout=30)


def opened(url: Any) -> Image.Image:
    """What lies at an address; the client wraps only those with HTTPS into files."""
    image = Image.open(io.BytesIO(httpx2.get(url).content))
    image.load()
    return image


def test_run(client: replicate.client.Client, sandbox: RunningSandbox):
    outputs: Any = client.run(SCHNELL, input={"prompt": "a kite", "num_outputs": 2, "aspect_ratio": "16:9"})
    images = [opened(one) for one in outputs]
    assert [(image.format, image.size) for image in images] == [("WEBP", (1360, 768))] * 2
    assert images[0].tobytes() != images[1].tobytes()
    [charge] = sandbox.bill.charges()
    assert (charge.model, charge.amount, charge.images, charge.delivered) == (
        SCHNELL,
        Decimal("0.006"),
        2,
        True,
    )


def test_run_a_version_with_an_uploaded_file(client: replicate.client.Client, sandbox: RunningSandbox):
    outputs: Any = client.run(SDXL, input={"prompt": "x", "image": io.BytesIO(PNG), "mask": io.BytesIO(PNG)})
    [output] = list(outputs)
    assert opened(output).size == (512, 384)
    assert sandbox.bill.total("replicate") == Decimal("0.0063")
    assert sandbox.requests.count("replicate", "POST /v1/files") == 2


def test_run_that_is_waited_for_by_polling(client: replicate.client.Client, sandbox: RunningSandbox):
    output: Any = client.run(
        KONTEXT, input={"prompt": "a slow-run", "input_image": URI, "output_format": "png"}
    )
    image = opened(output)
    assert (image.format, image.size) == ("PNG", (1184, 880))
    assert sandbox.requests.count("replicate", "GET /v1/predictions/{id}") == 3


def test_the_life_of_a_prediction(
    client: replicate.client.Client, sandbox: RunningSandbox, clock: StillClock
):
    prediction = client.models.predictions.create(KONTEXT, input={"prompt": "snow", "input_image": URI})
    assert (prediction.status, prediction.version) == ("starting", "hidden")
    seen = []
    for _ in range(3):
        prediction.reload()
        seen.append(prediction.status)
    assert seen == ["starting", "processing", "succeeded"]
    assert prediction.metrics
    assert prediction.metrics["predict_time"] > 0
    url: Any = prediction.output
    assert prediction.urls
    assert httpx2.get(url).status_code == 200
    raw = httpx2.get(prediction.urls["get"], headers=AUTH).json()
    check("schemas_prediction_response", raw)
    assert [one.id for one in client.predictions.list()] == [prediction.id]
    clock.time += timedelta(hours=1)
    prediction.reload()
    assert (prediction.status, prediction.output) == ("succeeded", None)
    gone = httpx2.get(prediction.urls["get"], headers=AUTH).json()
    check("schemas_prediction_response", gone)
    assert gone["data_removed"] is True
    assert httpx2.get(url).status_code == 404


def test_cancel(client: replicate.client.Client, sandbox: RunningSandbox):
    waiting = client.models.predictions.create(SCHNELL, input={"prompt": "x"})
    waiting.cancel()
    running = client.models.predictions.create(SCHNELL, input={"prompt": "x"})
    running.reload()
    running.cancel()
    assert [waiting.status, running.status] == ["canceled", "canceled"]
    assert [charge.billed for charge in sandbox.bill.charges()] == [False, True]
    done = client.models.predictions.create(SCHNELL, input={"prompt": "x"}, wait=True)
    done.cancel()
    assert done.status == "succeeded"


def test_a_prediction_is_given_up_at_its_deadline(sandbox: RunningSandbox, clock: StillClock):
    urls = [
        create(sandbox, SCHNELL, {"prompt": "x"}, **{"cancel-after": text}).json()["urls"]["get"]
        for text in ("90s", "1m30s")
    ]
    httpx2.get(urls[0], headers=AUTH)
    clock.time += timedelta(seconds=90)
    ends = [httpx2.get(url, headers=AUTH).json() for url in urls]
    assert [end["status"] for end in ends] == ["canceled", "aborted"]
    for end in ends:
        check("schemas_prediction_response", end)
        assert end["deadline"] == "2026-11-21T12:01:30.000Z"
    assert [charge.billed for charge in sandbox.bill.charges()] == [True, False]
    for bad in ("soon", "4", "4s"):
        assert create(sandbox, SCHNELL, {"prompt": "x"}, **{"cancel-after": bad}).status_code == 400


@pytest.mark.parametrize(
    ("model", "given", "text"),
    [
        (SCHNELL, {"prompt": "forbidden-violence"}, "E005"),
        (SCHNELL, {"prompt": "forbidden-output-violence", "disable_safety_checker": True}, "E005"),
        (SDXL, {"prompt": "forbidden-sexual"}, "NSFW"),
        (SCHNELL, {"prompt": "a broken-run"}, "unexpectedly"),
        (KONTEXT, {"prompt": "x", "input_image": "https://example.com/a.png"}, "Failed to download"),
        (KONTEXT, {"prompt": "x", "input_image": "data:image/png;base64,AAAA"}, "cannot identify"),
        (KONTEXT, {"prompt": "x", "input_image": URI, "safety_tolerance": 3}, "at most 2"),
        (FILL, {"prompt": "x", "image": URI, "mask": "other"}, "same size"),
    ],
)
def test_runs_that_fail(
    client: replicate.client.Client, sandbox: RunningSandbox, model: str, given: Any, text: str
):
    other = encode(paint("m", 64, 64), "png")
    if given.get("mask"):
        given = given | {"mask": "data:image/png;base64," + base64.b64encode(other).decode()}
    with pytest.raises(ModelError, match=text):
        client.run(model, input=given)
    assert sandbox.bill.total("replicate") == 0


def test_an_open_model_has_a_switch_for_its_checker(client: replicate.client.Client):
    outputs: Any = client.run(SDXL, input={"prompt": "forbidden-sexual", "disable_safety_checker": True})
    assert opened(next(iter(outputs))).size == (1024, 1024)


@pytest.mark.parametrize("name", list(models()))
def test_every_model_runs_and_costs_what_is_published(
    client: replicate.client.Client, sandbox: RunningSandbox, name: str
):
    sheet = SHEET[name]
    given = {
        field: "a kite" if field == "prompt" else URI
        for field, spec in sheet["input"].items()
        if spec["required"]
    }
    ref = name if sheet["official_model"] else f"{name}:{sheet['version']}"
    output: Any = client.run(ref, input=given)
    assert isinstance(output, list) == (sheet["output"]["type"] == "array")
    image = opened(output[0] if isinstance(output, list) else output)
    published = sheet["input"].get("output_format", {}).get("default", "png")
    assert image.format == {"jpg": "JPEG"}.get(published, published.upper())
    price = sheet["price"]
    usd = price.get("usd", price.get("usd_per_run_estimate", 0.006))
    wanted = usd[sheet["input"][price["by"]]["default"]] if isinstance(usd, dict) else usd
    assert sandbox.bill.total("replicate") == Decimal(str(wanted))


def test_models_are_shown(client: replicate.client.Client, sandbox: RunningSandbox):
    model = client.models.get(SCHNELL)
    assert (model.owner, model.name) == ("black-forest-labs", "flux-schnell")
    assert model.latest_version
    inputs = model.latest_version.openapi_schema["components"]["schemas"]["Input"]
    assert inputs["required"] == ["prompt"]
    url = sandbox.url("replicate", f"/v1/models/{SCHNELL}")
    check("schemas_model_response", httpx2.get(url, headers=AUTH).json())
    versions = httpx2.get(f"{url}/versions", headers=AUTH).json()
    check("schemas_paginated_version_response", versions)
    assert client.models.get("stability-ai/sdxl").versions.get(SDXL.partition(":")[2]).cog_version
    with pytest.raises(ReplicateError) as caught:
        client.models.get("nobody/nothing")
    assert (caught.value.status, caught.value.title) == (404, "Not found")


def test_the_account_and_its_files(
    client: replicate.client.Client, sandbox: RunningSandbox, clock: StillClock
):
    assert client.accounts.current().username == "sandbox"
    file = client.files.create(io.BytesIO(PNG), filename="in.png", content_type="image/png")
    assert (file.size, file.content_type) == (len(PNG), "image/png")
    assert client.files.get(file.id).checksums == file.checksums
    listed = httpx2.get(sandbox.url("replicate", "/v1/files"), headers=AUTH).json()["results"]
    check("schemas_file_response", listed[0])
    assert client.files.delete(file.id)
    with pytest.raises(ReplicateError):
        client.files.get(file.id)
    second = client.files.create(io.BytesIO(PNG))
    clock.time += timedelta(hours=24)
    with pytest.raises(ReplicateError):
        client.files.get(second.id)


def test_files_that_are_none(sandbox: RunningSandbox):
    url = sandbox.url("replicate", "/v1/files")
    assert httpx2.post(url, json={}, headers=AUTH).status_code == 400
    assert httpx2.post(url, files={"other": b"x"}, headers=AUTH).status_code == 400
    odd = {"content": ("a", b"x"), "metadata": (None, "[]")}
    assert httpx2.post(url, files=odd, headers=AUTH).status_code == 400
    big = httpx2.post(url, files={"content": ("a", bytes(100 * 1024 * 1024 + 1))}, headers=AUTH, timeout=60)
    assert (big.status_code, big.headers["content-type"]) == (413, "application/problem+json")


def test_webhooks_are_signed(
    client: replicate.client.Client, sandbox: RunningSandbox, httpserver: HTTPServer
):
    httpserver.expect_request("/hook").respond_with_data("thanks")
    prediction = client.models.predictions.create(
        SCHNELL,
        input={"prompt": "x"},
        webhook=httpserver.url_for("/hook"),
        webhook_events_filter=["start", "output", "completed"],
    )
    requests = received(httpserver, 3)
    bodies = [json.loads(request.data) for request in requests]
    for body in bodies:
        check("schemas_prediction_response", body)
        assert body["id"] == prediction.id
    assert [body["status"] for body in bodies] == ["processing", "processing", "succeeded"]
    assert [bool(body["output"]) for body in bodies] == [False, True, True]
    secret = client.webhooks.default.secret()
    last = requests[2]
    Webhooks.validate(headers=dict(last.headers), body=last.data.decode(), secret=secret)
    other = WebhookSigningSecret(key="whsec_" + base64.b64encode(b"other").decode())
    with pytest.raises(InvalidSignatureError):
        Webhooks.validate(headers=dict(last.headers), body=last.data.decode(), secret=other)
    prediction.reload()
    assert prediction.status == "succeeded"


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({}, "required"),
        ({"prompt": 5}, "invalid_type"),
        ({"prompt": "x", "colour": "red"}, "additional_property_not_allowed"),
        ({"prompt": "x", "num_outputs": 5}, "number_lte"),
        ({"prompt": "x", "num_outputs": 0}, "number_gte"),
        ({"prompt": "x", "aspect_ratio": "5:1"}, "enum"),
    ],
)
def test_bad_inputs(client: replicate.client.Client, sandbox: RunningSandbox, given: Any, kind: str):
    with pytest.raises(ReplicateError) as caught:
        client.run(SCHNELL, input=given)
    assert (caught.value.status, caught.value.title) == (422, "Input validation failed")
    reply = create(sandbox, SCHNELL, given)
    assert [one["type"] for one in reply.json()["invalid_fields"]] == [kind]
    assert sandbox.bill.charges() == ()


def test_pictures_inline_are_small(sandbox: RunningSandbox):
    large = "data:image/png;base64," + "A" * (256 * 1024)
    for url in (large, base64.b64encode(PNG).decode()):
        reply = create(sandbox, KONTEXT, {"prompt": "x", "input_image": url})
        assert (reply.status_code, reply.json()["invalid_fields"][0]["type"]) == (422, "format")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"input": {"prompt": "x"}}, 422),
        ({"version": "0" * 64, "input": {}}, 422),
        ({"version": "stability-ai/sdxl", "input": {}}, 422),
        ({"version": SCHNELL, "input": {"prompt": "x"}, "colour": "red"}, 422),
        ({"version": SCHNELL, "input": {"prompt": "x"}, "webhook": "http://example.com"}, 422),
        ({"version": SCHNELL, "input": {"prompt": "x"}}, 201),
    ],
)
def test_bodies(sandbox: RunningSandbox, body: Any, status: int):
    reply = httpx2.post(sandbox.url("replicate", "/v1/predictions"), json=body, headers=AUTH)
    assert reply.status_code == status
    assert {"detail", "status", "title"} <= set(reply.json()) or status == 201


def test_odd_requests(sandbox: RunningSandbox):
    url = sandbox.url("replicate", "/v1/predictions")
    assert httpx2.post(url, content=b"[", headers=AUTH).status_code == 400
    assert create(sandbox, SCHNELL, {"prompt": "x"}, prefer="wait=61").status_code == 400
    assert create(sandbox, "stability-ai/sdxl", {"prompt": "x"}).status_code == 404
    assert httpx2.get(f"{url}/nothing", headers=AUTH).status_code == 404
    slow = create(sandbox, SCHNELL, {"prompt": "slow-run"}, prefer="wait=5")
    assert (slow.status_code, slow.json()["status"]) == (202, "starting")


@pytest.mark.parametrize(
    ("authorization", "status", "title"),
    [
        ("", 401, "Unauthenticated"),
        ("Key r8_sandbox", 401, "Unauthenticated"),
        ("Bearer invalid", 401, "Unauthenticated"),
        ("Token r8_sandbox", 201, None),
        ("Bearer empty", 402, "Insufficient credit"),
        ("Bearer forbidden", 403, "Forbidden"),
    ],
)
def test_keys(sandbox: RunningSandbox, authorization: str, status: int, title: str | None):
    reply = create(sandbox, SCHNELL, {"prompt": "x"}, authorization=authorization)
    assert (reply.status_code, reply.json().get("title")) == (status, title)


def test_a_rate_limit(clock: StillClock):
    with running_sandbox(clock, rates={"replicate": 1}) as sandbox:
        replies = [create(sandbox, SCHNELL, {"prompt": "x"}) for _ in range(2)]
        assert [reply.status_code for reply in replies] == [201, 429]
        assert replies[1].headers["retry-after"] == "60"
        assert "Request was throttled." in replies[1].json()["detail"]


def test_predictions_by_page(sandbox: RunningSandbox):
    ids = [create(sandbox, SCHNELL, {"prompt": "x"}).json()["id"] for _ in range(101)]
    first = httpx2.get(sandbox.url("replicate", "/v1/predictions"), headers=AUTH).json()
    second = httpx2.get(first["next"], headers=AUTH).json()
    assert [one["id"] for one in first["results"] + second["results"]] == ids[::-1]
    assert (first["previous"], second["next"]) == (None, None)
