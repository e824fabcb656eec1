"""Together's emulator against its official Python client and the published document."""

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
import together
from jsonschema import Draft202012Validator
from PIL import Image

from limner.sandbox.codecs import encode
from limner.sandbox.paint import paint
from limner.sandbox.server import RunningSandbox, running_sandbox
from limner.sandbox.together.models import models
from tests.sandbox.conftest import StillClock
from tests.sandbox.nullable import nullable
from tests.support.sources import PACKAGE

CONTRACTS = Path(__file__).parents[1] / "contracts" / "together"
COMPONENTS = nullable(
    json.loads((PACKAGE / "providers" / "together" / "openapi.json").read_text())["components"]
)
SHEET = {one["id"]: one for one in json.loads((CONTRACTS / "models-image.json").read_text())["data"]}
PNG = encode(paint("a", 512, 384), "png")
URI = "data:image/png;base64," + base64.b64encode(PNG).decode()
AUTH = {"authorization": "Bearer sandbox-key"}
PRO = "black-forest-labs/FLUX.2-pro"
KONTEXT = "black-forest-labs/FLUX.1-kontext-pro"
WAN = "Wan-AI/Wan2.6-image"
NANO = "google/flash-image-2.5"


def check(name: str, value: Any) -> None:
    schema = {"$ref": f"#/components/schemas/{name}", "components": COMPONENTS}
    Draft202012Validator(schema).validate(value)


@pytest.fixture
def client(sandbox: RunningSandbox) -> Iterator[together.Together]:
    url = sandbox.url("together", "")
    with together.Together(api_key="sandbox-key", base_url=url, max_retries=0) as client:
        yield client


def post(sandbox: RunningSandbox, body: Any, headers: dict[str, str] = AUTH) -> httpx2.Response:
    url = sandbox.url("together", "/v1/images/generations")
    return httpx2.post(url, json=body, headers=headers, timeout=30)


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def decoded(item: Any) -> Image.Image:
    return opened(base64.b64decode(item.b64_json))


def test_pictures_inline(client: together.Together, sandbox: RunningSandbox):
    answer = client.images.generate(
        model=PRO,
        prompt="a lighthouse",
        width=1024,
        height=768,
        n=2,
        seed=7,
        response_format="base64",
        output_format="png",
    )
    images = [decoded(item) for item in answer.data]
    assert [(image.format, image.size) for image in images] == [("PNG", (1024, 768))] * 2
    assert images[0].tobytes() != images[1].tobytes()
    [charge] = sandbox.bill.charges()
    # two pictures of 0.786432 megapixels at $0.03
    assert (charge.amount, charge.images, charge.delivered) == (Decimal("0.04718592"), 2, True)


def test_pictures_by_address(client: together.Together, clock: StillClock):
    answer = client.images.generate(model=PRO, prompt="x")
    url: Any = getattr(answer.data[0], "url", None)
    assert opened(httpx2.get(url).content).format == "JPEG"
    assert httpx2.get(url, headers={"user-agent": ""}).status_code == 403
    clock.time += timedelta(hours=1)
    assert httpx2.get(url).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"model": PRO, "prompt": "x"},
        {"model": PRO, "prompt": "x", "response_format": "base64", "n": 4, "width": 256, "height": 256},
    ],
)
def test_answers_are_as_published(sandbox: RunningSandbox, body: Any):
    check("ImageResponse", post(sandbox, body).json())


def test_edits(client: together.Together):
    for model, fields in (
        (KONTEXT, {"image_url": URI, "extra_body": {"aspect_ratio": "3:2"}}),
        (PRO, {"reference_images": [URI, URI]}),
    ):
        given: Any = fields | {"response_format": "base64", "seed": 1, "prompt": "red"}
        image = decoded(client.images.generate(model=model, **given).data[0])
        assert image.size == ((1248, 832) if model == KONTEXT else (1024, 1024))
        plain = {
            name: value for name, value in given.items() if name not in {"image_url", "reference_images"}
        }
        without = decoded(client.images.generate(model=model, **plain).data[0])
        assert image.tobytes() != without.tobytes()


@pytest.mark.parametrize("name", list(models()))
def test_every_model_runs_and_costs_what_is_published(sandbox: RunningSandbox, name: str):
    reply = post(sandbox, {"model": name, "prompt": "a kite"})
    sheet = SHEET[name]
    if not sheet["listed_2026_10_07"]:
        assert (reply.status_code, reply.json()["error"]["code"]) == (404, "model_not_available")
        check("ErrorData", reply.json())
        return
    image = opened(httpx2.get(reply.json()["data"][0]["url"]).content)
    megapixels = Decimal(image.width * image.height) / 1_000_000
    usd = Decimal(str(sheet["price_per_mp_usd"]))
    wanted = Decimal("0.134") if name == "google/gemini-3-pro-image" else usd * megapixels
    assert sandbox.bill.total("together") == wanted


def test_more_steps_cost_more_and_fewer_do_not_cost_less(sandbox: RunningSandbox):
    for steps, usd in ((14, "0.04"), (28, "0.04"), (42, "0.06")):
        body = {"model": KONTEXT, "prompt": "x", "width": 1000, "height": 1000, "steps": steps}
        assert post(sandbox, body).status_code == 200
        assert sandbox.bill.charges()[-1].amount == Decimal(usd)


def test_4k_has_its_price(sandbox: RunningSandbox):
    body = {"model": "google/gemini-3-pro-image", "prompt": "x", "width": 4096, "height": 4096}
    assert post(sandbox, body).status_code == 200
    assert sandbox.bill.total("together") == Decimal("0.24")


def test_models_are_listed(sandbox: RunningSandbox):
    url = sandbox.url("together", "/v1/models")
    listed = httpx2.get(url, headers=AUTH).json()
    check("ModelInfoList", listed)
    assert {one["id"] for one in listed} == {id_ for id_, one in SHEET.items() if one["listed_2026_10_07"]}
    assert httpx2.get(url, params={"dedicated": "true"}, headers=AUTH).json() == []


@pytest.mark.parametrize(
    ("model", "fields", "param"),
    [
        (PRO, {"prompt": 5}, "prompt"),
        (PRO, {"prompt": ""}, "prompt"),
        (PRO, {"colour": "red"}, "colour"),
        (PRO, {"n": 5}, "n"),
        (PRO, {"seed": -1}, "seed"),
        (PRO, {"response_format": "b64_json"}, "response_format"),
        (PRO, {"output_format": "webp"}, "output_format"),
        (PRO, {"width": 2048}, "width"),
        (PRO, {"height": 1001}, "height"),
        (PRO, {"negative_prompt": "rain"}, "negative_prompt"),
        (PRO, {"steps": 20}, "steps"),
        (PRO, {"image_url": "https://example.com/a.png"}, "image_url"),
        (PRO, {"image_url": "data:image/png;base64,AAAA"}, "image_url"),
        (PRO, {"image_url": base64.b64encode(PNG).decode()}, "image_url"),
        (PRO, {"aspect_ratio": "1:1"}, "aspect_ratio"),
        (KONTEXT, {"aspect_ratio": "21:9"}, "aspect_ratio"),
        (KONTEXT, {"steps": 51}, "steps"),
        (KONTEXT, {"reference_images": [URI]}, "reference_images"),
        (WAN, {"width": 1024, "height": 1024}, None),
        (NANO, {"width": 1000, "height": 900}, None),
        (NANO, {"width": 512, "height": 512}, None),
    ],
)
def test_bad_parameters(
    client: together.Together, sandbox: RunningSandbox, model: str, fields: Any, param: str | None
):
    body = {"model": model, "prompt": "x"} | fields
    prompt = body.pop("prompt")
    with pytest.raises(together.BadRequestError):
        client.images.generate(model=body.pop("model"), prompt=prompt, extra_body=body)
    reply = post(sandbox, {"model": model, "prompt": "x"} | fields)
    check("ErrorData", reply.json())
    assert reply.json()["error"]["param"] == param
    assert sandbox.bill.charges() == ()


@pytest.mark.parametrize(
    ("prompt", "status", "usd"),
    [("forbidden-sexual", 422, "0"), ("forbidden-output-sexual", 400, "0.03"), ("a broken-run", 500, "0")],
)
def test_refusals(sandbox: RunningSandbox, prompt: str, status: int, usd: str):
    body = {"model": PRO, "prompt": prompt, "width": 1000, "height": 1000}
    reply = post(sandbox, body)
    assert reply.status_code == status
    check("ErrorData", reply.json())
    assert sandbox.bill.total("together") == Decimal(usd)
    if status != 500:
        assert post(sandbox, body | {"disable_safety_checker": True}).status_code == 200


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("invalid", together.AuthenticationError),
        ("empty", together.APIStatusError),
        ("forbidden", together.PermissionDeniedError),
    ],
)
def test_keys(sandbox: RunningSandbox, key: str, kind: type[together.APIStatusError]):
    url = sandbox.url("together", "")
    with together.Together(api_key=key, base_url=url, max_retries=0) as client, pytest.raises(kind) as caught:
        client.images.generate(model=PRO, prompt="x")
    assert caught.value.status_code == {"invalid": 401, "empty": 402, "forbidden": 403}[key]
    check("ErrorData", caught.value.response.json())
    assert sandbox.bill.charges() == ()


def test_odd_requests(sandbox: RunningSandbox):
    url = sandbox.url("together", "/v1/images/generations")
    assert httpx2.post(url, content=b"[", headers=AUTH).status_code == 400
    assert post(sandbox, {"model": "nobody/nothing", "prompt": "x"}).status_code == 404
    assert post(sandbox, {"model": PRO, "prompt": "x"}, {}).status_code == 401
    edits = httpx2.post(sandbox.url("together", "/v1/images/edits"), json={}, headers=AUTH)
    assert edits.status_code == 404
    check("ErrorData", edits.json())


def test_a_rate_limit_is_waited_out(clock: StillClock):
    with running_sandbox(clock, rates={"together": 1}) as sandbox:
        replies = [post(sandbox, {"model": PRO, "prompt": "x"}) for _ in range(2)]
        assert [reply.status_code for reply in replies] == [200, 429]
        assert replies[1].headers["retry-after"] == "60"
        clock.time += timedelta(seconds=60)
        assert post(sandbox, {"model": PRO, "prompt": "x"}).status_code == 200
