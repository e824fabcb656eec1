"""WaveSpeed's emulator against its official client and the published catalogue."""

import base64
import hashlib
import hmac
import io
import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import pytest
import wavespeed
from PIL import Image
from pytest_httpserver import HTTPServer

from limner.sandbox.codecs import encode
from limner.sandbox.paint import paint
from limner.sandbox.server import RunningSandbox, running_sandbox
from limner.sandbox.wavespeed.formula import total
from limner.sandbox.wavespeed.models import models
from tests.sandbox.conftest import StillClock
from tests.sandbox.receiver import received

CONTRACTS = Path(__file__).parents[1] / "contracts" / "wavespeed"
FOURTEEN = {one["path"]: one for one in json.loads((CONTRACTS / "models.json").read_text())["models"]}
CATALOGUE = {
    one["path"]: one for one in json.loads((CONTRACTS / "image-models-catalogue.json").read_text())["models"]
}
PNG = encode(paint("a", 640, 480), "png")
MASK = encode(paint("mask", 640, 480), "png")
URI = "data:image/png;base64," + base64.b64encode(PNG).decode()
MASK_URI = "data:image/png;base64," + base64.b64encode(MASK).decode()
SMALL = "data:image/png;base64," + base64.b64encode(encode(paint("a", 64, 64), "png")).decode()
AUTH = {"authorization": "Bearer sandbox-key"}
EDIT = "wavespeed-ai/qwen-image/edit"
TURBO = "wavespeed-ai/z-image/turbo"
ULTRA = "google/nano-banana-pro/edit-ultra"
GPT = "openai/gpt-image-1"
INPAINT = "wavespeed-ai/z-image/turbo-inpaint"
KONTEXT = "wavespeed-ai/flux-kontext-pro"
SAMPLES: dict[str, Any] = {"prompt": "make it red", "image": URI, "images": [URI], "mask_image": MASK_URI}


def client_of(sandbox: RunningSandbox, key: str = "sandbox-key") -> wavespeed.Client:
    """The official client, unmodified but for its address."""
    return wavespeed.Client(
        api_key=key, base_url=sandbox.url("wavespeed"), max_retries=0, max_connection_retries=0
    )


@pytest.fixture
def client(sandbox: RunningSandbox) -> wavespeed.Client:
    return client_of(sandbox)


def post(
    sandbox: RunningSandbox, path: str, body: Any, headers: dict[str, str] = AUTH, **params: str
) -> httpx2.Response:
    url = f"{sandbox.url('wavespeed')}/api/v3/{path}"
    return httpx2.post(url, json=body, headers=headers, params=params, timeout=30)


def get(sandbox: RunningSandbox, path: str) -> Any:
    reply = httpx2.get(f"{sandbox.url('wavespeed')}/api/v3/{path}", headers=AUTH)
    assert reply.status_code == 200
    return reply.json()["data"]


def least(path: str) -> dict[str, Any]:
    """The least that a model takes."""
    return {name: SAMPLES[name] for name in models()[path].required}


def ended(sandbox: RunningSandbox, path: str, **fields: Any) -> dict[str, Any]:
    """A run, brought to its end."""
    data = post(sandbox, path, least(path) | fields).json()["data"]
    while data["status"] in {"created", "processing"}:
        data = httpx2.get(data["urls"]["get"], headers=AUTH).json()["data"]
    return data


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def fetched(url: str) -> Image.Image:
    return opened(httpx2.get(url).content)


def test_a_ticket(client: wavespeed.Client, sandbox: RunningSandbox):
    answer = client.run(EDIT, {"prompt": "red", "image": URI, "output_format": "png"}, poll_interval=0)
    image = fetched(answer["outputs"][0])
    assert (image.format, image.size) == ("PNG", (640, 480))
    [charge] = sandbox.bill.charges()
    assert (charge.amount, charge.images, charge.delivered) == (Decimal("0.02"), 1, True)
    assert sandbox.requests.count("wavespeed", "GET */result") == 3


def test_waiting_on_the_connection(client: wavespeed.Client, sandbox: RunningSandbox):
    answer = client.run(TURBO, {"prompt": "a kite", "size": "512*768"}, enable_sync_mode=True)
    assert fetched(answer["outputs"][0]).size == (512, 768)
    assert sandbox.requests.count("wavespeed", "GET */result") == 0


def test_a_wait_that_ends_first_is_polled_on(client: wavespeed.Client, sandbox: RunningSandbox):
    told = client.run_no_throw(TURBO, {"prompt": "a slow-run"}, enable_sync_mode=True)
    assert told["status"] == "processing"
    reply = post(sandbox, TURBO, {"prompt": "a slow-run", "enable_sync_mode": True})
    data = reply.json()["data"]
    assert (reply.status_code, data["status"], data["code"], data["outputs"]) == (200, "processing", 5004, [])
    statuses = [client.get_result(told["task_id"])["data"]["status"] for _ in range(3)]
    assert statuses == ["created", "processing", "completed"]
    assert len(sandbox.bill.charges()) == 2


def test_the_published_example(sandbox: RunningSandbox):
    body = {"prompt": "make the jacket red", "image": URI, "seed": 7, "output_format": "png"}
    told = post(sandbox, EDIT, body).json()
    assert set(told) == {"code", "message", "data"}
    assert (told["code"], told["message"]) == (200, "success")
    data = told["data"]
    assert set(data) == {
        *("id", "model", "outputs", "urls", "has_nsfw_contents"),
        *("status", "created_at", "error", "timings"),
    }
    assert (data["status"], data["created_at"]) == ("created", "2026-11-21T12:00:00.000Z")
    assert get(sandbox, f"predictions/{data['id']}")["status"] == "created"
    assert get(sandbox, f"predictions/{data['id']}/result")["status"] == "processing"
    final = get(sandbox, f"predictions/{data['id']}/result")
    assert (final["status"], final["has_nsfw_contents"]) == ("completed", [False])
    assert final["timings"]["inference"] > 0
    assert final["outputs"][0].endswith("/1.png")


@pytest.mark.row("D2")
@pytest.mark.parametrize("path", FOURTEEN)
def test_the_fourteen_editing_models(sandbox: RunningSandbox, path: str):
    data = ended(sandbox, path)
    assert (data["status"], data["model"]) == ("completed", path)
    image = fetched(data["outputs"][0])
    forms = {one: one for one in ("png", "jpeg", "webp")}
    form = forms.get(FOURTEEN[path]["parameters"].get("output_format", {}).get("default", "png"), "png")
    assert image.format == form.upper()


@pytest.mark.row("D2")
@pytest.mark.parametrize(
    ("path", "example"),
    [(path, example) for path, one in FOURTEEN.items() for example in one["price"]["examples"]],
)
def test_the_fourteen_cost_what_is_published(sandbox: RunningSandbox, path: str, example: Any):
    inputs = {name: value for name, value in example["inputs"].items() if name != "images"}
    if "images" in example["inputs"]:
        inputs["images"] = [URI] * example["inputs"]["images"]
    assert post(sandbox, path, least(path) | inputs).status_code == 200
    usd = Decimal(str(example["usd"]))
    assert sandbox.bill.total("wavespeed") == usd
    told = post(sandbox, "model/price", {"model_id": path, "inputs": inputs}).json()["data"]
    assert Decimal(str(told["price"])) == Decimal(str(told["discounted_price"])) == usd
    assert told["currency"] == "USD"
    assert get(sandbox, "balance")["balance"] == float(100 - usd)


@pytest.mark.row("D2")
@pytest.mark.parametrize(
    ("path", "fields"),
    [
        (EDIT, {"prompt": None}),
        (EDIT, {"image": None}),
        (EDIT, {"images": [URI]}),
        (EDIT, {"size": "1024x1024"}),
        (EDIT, {"size": "128*1024"}),
        (EDIT, {"size": "1600*1024"}),
        (EDIT, {"seed": 2**31}),
        (EDIT, {"output_format": "gif"}),
        ("wavespeed-ai/qwen-image/edit-plus", {"images": [URI] * 4}),
        ("wavespeed-ai/qwen-image/edit-plus", {"images": []}),
        ("wavespeed-ai/step1x-edit", {"enable_sync_mode": True}),
        ("wavespeed-ai/step1x-edit", {"output_format": "png"}),
        ("wavespeed-ai/step1x-edit", {"guidance_scale": 20.5}),
        ("wavespeed-ai/hidream-e1-full", {"size": "512*512"}),
        ("bytedance/seededit-v3", {"guidance_scale": 1.5}),
        ("alibaba/wan-2.5/image-edit", {"images": [URI] * 3}),
        ("alibaba/wan-2.5/image-edit", {"size": "256*256"}),
        (KONTEXT, {"seed": 1}),
        (KONTEXT, {"aspect_ratio": "4:5"}),
        ("wavespeed-ai/flux-kontext-pro/multi", {"images": [URI] * 6}),
        ("wavespeed-ai/flux-kontext-max", {"guidance_scale": 0.5}),
        ("ideogram-ai/ideogram-character", {"mask_image": MASK_URI}),
        ("ideogram-ai/ideogram-character", {"rendering_speed": "turbo"}),
        (ULTRA, {"seed": 1}),
        (ULTRA, {"resolution": "1k"}),
        (ULTRA, {"images": [URI] * 15}),
        (GPT, {"size": "1024x1024"}),
        (GPT, {"quality": "auto"}),
        (INPAINT, {"mask_image": None}),
        (INPAINT, {"seed": 1}),
        ("wavespeed-ai/image-zoom-out", {"prompt": "more"}),
    ],
)
def test_the_traps_of_the_fourteen(sandbox: RunningSandbox, path: str, fields: Any):
    reply = post(sandbox, path, least(path) | fields)
    assert reply.status_code == 400
    assert reply.json()["code"] == 400
    assert sandbox.bill.charges() == ()


def test_sizes(sandbox: RunningSandbox):
    cases: tuple[tuple[str, dict[str, Any], tuple[int, int]], ...] = (
        (EDIT, {"size": "768*512"}, (768, 512)),
        (EDIT, {}, (640, 480)),
        (KONTEXT, {"aspect_ratio": "16:9"}, (1360, 768)),
        (KONTEXT, {}, (640, 480)),
        (ULTRA, {"aspect_ratio": "1:1"}, (4096, 4096)),
        (GPT, {"size": "1536*1024"}, (1536, 1024)),
        ("wavespeed-ai/image-zoom-out", {"size": "1024*1024"}, (1024, 1024)),
        ("wavespeed-ai/image-upscaler", {}, (3552, 2656)),
        ("bria/increase-resolution", {"desired_increase": 2}, (1280, 960)),
    )
    for path, fields, size in cases:
        assert fetched(ended(sandbox, path, **fields)["outputs"][0]).size == size, path


def test_output_as_base64(sandbox: RunningSandbox):
    [text] = ended(sandbox, EDIT, enable_base64_output=True)["outputs"]
    assert opened(base64.b64decode(text, validate=True)).format == "JPEG"


def test_several_outputs(sandbox: RunningSandbox):
    data = ended(sandbox, "google/imagen3", num_images=3)
    pictures = [fetched(url) for url in data["outputs"]]
    assert len({one.tobytes() for one in pictures}) == 3
    assert data["has_nsfw_contents"] == [False] * 3
    assert sandbox.bill.total("wavespeed") == 3 * Decimal(str(CATALOGUE["google/imagen3"]["base_price_usd"]))


def test_vectors_and_cutouts(sandbox: RunningSandbox):
    [url] = ended(sandbox, "recraft-ai/recraft-v4-pro/text-to-vector")["outputs"]
    assert httpx2.get(url).content.lstrip().startswith(b"<svg")
    [url] = ended(sandbox, "wavespeed-ai/image-background-remover")["outputs"]
    assert fetched(url).mode == "RGBA"


def test_every_listed_model_that_paints_from_words_runs(sandbox: RunningSandbox):
    plain = [path for path, one in models().items() if one.listed and one.required == ["prompt"]]
    assert len(plain) > 100
    with httpx2.Client(base_url=f"{sandbox.url('wavespeed')}/api/v3/", headers=AUTH) as http:
        for path in plain:
            reply = http.post(path, json={"prompt": "a kite"})
            assert (reply.status_code, reply.json()["data"]["status"]) == (200, "created"), path
    assert len(sandbox.bill.charges("wavespeed")) == len(plain)


def test_prices_that_are_formulas(sandbox: RunningSandbox):
    def usd(path: str, **inputs: Any) -> Decimal:
        told = post(sandbox, "model/price", {"model_id": path, "inputs": inputs}).json()["data"]
        return Decimal(str(told["price"]))

    for path, one in CATALOGUE.items():
        if path in models() and "formula" not in one and path not in FOURTEEN:
            assert models()[path].base == Decimal(str(one["base_price_usd"]))
    assert usd("google/imagen3", num_images=4) == 4 * models()["google/imagen3"].base
    assert usd("openai/gpt-image-1/text-to-image", quality="high", size="1024*1536") == Decimal("0.25")
    assert usd("google/gemini-3-pro-image/edit", resolution="4k") > usd("google/gemini-3-pro-image/edit")
    assert usd(EDIT, colour="red", seed="not a number") == Decimal("0.02")


@pytest.mark.parametrize(
    ("formula", "given", "micro"),
    [
        ("base_price * num_images", {"num_images": 3}, 30000),
        ("base_price * num_images", {}, None),
        ('base_price * (resolution = "4k" ? 11/5 : 1)', {"resolution": "4k"}, 22000),
        ("$number(num_images) * base_price", {"num_images": "2"}, 20000),
        (
            "base_price + (($exists(reference) and $count(reference) > 0) ? 5000 : 0)",
            {"reference": [1]},
            15000,
        ),
        ("base_price + (($exists(reference) and $count(reference) > 0) ? 5000 : 0)", {}, 10000),
        ("base_price + 100 * $ceil(($length(prompt) * 10) / 100)", {"prompt": "x" * 25}, 10300),
        ('(size = "a" or size = "b") ? 1 : 2', {"size": "b"}, 1),
        ("target <= 4 ? 1 : target <= 8 ? 2 : 4", {"target": 8.0}, 2),
        ("10 - 2 - 3", {}, 5),
    ],
)
def test_the_language_of_prices(formula: str, given: dict[str, Any], micro: int | None):
    found = total(f'{{"total_price": {formula}}}', {"base_price": Decimal(10000)} | given)
    assert found == (None if micro is None else Decimal(micro))


@pytest.mark.parametrize(
    "text",
    ["", "(1", "1 ? 2", '"a"', "1 & 2", "1 2", '"a" * 2', "true = ("],
    ids=lambda text: text or "nothing",
)
def test_formulas_that_cannot_be_read(text: str):
    with pytest.raises(ValueError, match=r"price|early|missing|read|numbers"):
        total(f'{{"total_price": {text}}}', {})


def test_every_published_formula_is_read():
    for path, one in CATALOGUE.items():
        if path in models() and "formula" in one:
            named = {name: spec.get("default") for name, spec in one["parameters"].items()}
            total(one["formula"], {**named, "base_price": Decimal(10000), "prompt": "x"})


def test_the_catalogue(sandbox: RunningSandbox):
    listed = {one["model_id"]: one for one in get(sandbox, "models")}
    assert set(listed) <= set(CATALOGUE)
    assert len(listed) > 300
    assert set(FOURTEEN) - set(listed) == {"bytedance/seededit-v3"}  # withdrawn
    for path, one in listed.items():
        [schema] = one["api_schema"]["api_schemas"]
        assert schema["api_path"] == f"/api/v3/{path}"
        assert set(CATALOGUE[path]["parameters"]) <= set(schema["request_schema"]["properties"])
        assert one["base_price"] == CATALOGUE[path]["base_price_usd"]


# Files


def test_uploads(client: wavespeed.Client, sandbox: RunningSandbox, tmp_path: Path, clock: StillClock):
    (tmp_path / "a.png").write_bytes(PNG)
    url = client.upload(str(tmp_path / "a.png"))
    assert httpx2.get(url).content == PNG
    assert client.run(EDIT, {"prompt": "x", "image": url}, enable_sync_mode=True)["outputs"]
    clock.time += timedelta(days=7)
    assert httpx2.get(url).status_code == 404
    assert ended(sandbox, EDIT, image=url)["code"] == 1402


def test_an_upload_takes_what_was_told_and_no_more(sandbox: RunningSandbox):
    ticket = {"filename": "a.png", "size": len(PNG), "content_type": "image/png"}
    data = post(sandbox, "media/uploads", ticket).json()["data"]
    upload, told = data["upload"], data["upload"]["headers"]
    assert upload["method"] == "PUT"
    assert httpx2.get(data["download_url"]).status_code == 404
    assert httpx2.put(upload["url"], content=PNG, headers=told | AUTH).status_code == 403
    assert httpx2.put(upload["url"], content=PNG, headers={"content-type": "image/jpeg"}).status_code == 403
    assert httpx2.put(upload["url"], content=PNG[:-1], headers=told).status_code == 400
    assert httpx2.put(upload["url"], content=PNG, headers=told).status_code == 200
    assert httpx2.put(upload["url"], content=PNG, headers=told).status_code == 404
    assert httpx2.get(data["download_url"]).headers["content-type"] == "image/png"
    assert post(sandbox, "media/uploads", {"filename": "a.png"}).status_code == 400
    assert post(sandbox, "media/uploads", ticket | {"size": 2**30}).status_code == 400


def test_an_upload_by_form(sandbox: RunningSandbox):
    url = f"{sandbox.url('wavespeed')}/api/v3/media/upload/binary"
    reply = httpx2.post(url, files={"file": ("a.png", PNG, "image/png")}, headers=AUTH)
    assert httpx2.get(reply.json()["data"]["download_url"]).content == PNG
    assert httpx2.post(url, files={"other": ("a.png", PNG, "image/png")}, headers=AUTH).status_code == 400


def test_outputs_expire(sandbox: RunningSandbox, clock: StillClock):
    [url] = ended(sandbox, TURBO)["outputs"]
    assert httpx2.get(url).status_code == 200
    clock.time += timedelta(days=7)
    assert httpx2.get(url).status_code == 404


@pytest.mark.parametrize(
    ("path", "fields", "code"),
    [
        (EDIT, {"prompt": "forbidden-violence"}, 1200),
        (EDIT, {"prompt": "forbidden-output-violence"}, 1200),
        (EDIT, {"prompt": "a broken-run"}, 5000),
        (EDIT, {"image": "https://pictures.invalid/a.png"}, 1402),
        (EDIT, {"image": "data:image/png;base64,AAAA"}, 1402),
        (INPAINT, {"mask_image": SMALL}, 1401),
        ("topaz/image/denoise", {"output_format": "jpg"}, None),
    ],
)
def test_runs_that_fail_are_given_back(sandbox: RunningSandbox, path: str, fields: Any, code: int | None):
    data = ended(sandbox, path, **fields)
    assert data.get("code") == code
    assert (data["status"], data["outputs"] == []) == ("failed" if code else "completed", code is not None)
    if code:
        assert data["error"]
        assert sandbox.bill.total("wavespeed") == 0
        assert get(sandbox, "balance")["balance"] == 100


def test_the_client_says_that_a_run_failed(client: wavespeed.Client):
    with pytest.raises(RuntimeError, match="Prediction failed"):
        client.run(TURBO, {"prompt": "forbidden-violence"}, poll_interval=0)
    with pytest.raises(RuntimeError):
        client.run(TURBO, {"prompt": "forbidden-violence"}, enable_sync_mode=True)


def test_a_picture_may_be_delivered_and_flagged(sandbox: RunningSandbox):
    data = ended(sandbox, TURBO, prompt="an nsfw-output")
    assert (data["status"], data["has_nsfw_contents"], len(data["outputs"])) == ("completed", [True], 1)


# Webhooks


@pytest.mark.parametrize(("prompt", "status"), [("a kite", "completed"), ("a broken-run", "failed")])
def test_a_webhook(sandbox: RunningSandbox, httpserver: HTTPServer, prompt: str, status: str):
    httpserver.expect_request("/hook").respond_with_data("")
    post(sandbox, TURBO, {"prompt": prompt}, webhook=httpserver.url_for("/hook"))
    [call] = received(httpserver, 1)
    body = call.get_json()
    assert (body["status"], body["input"]) == (status, {"prompt": prompt})
    secret = get(sandbox, "webhook/secret")["secret"]
    signed = f"{call.headers['webhook-id']}.{call.headers['webhook-timestamp']}.".encode() + call.get_data()
    digest = hmac.new(secret.removeprefix("whsec_").encode(), signed, hashlib.sha256).hexdigest()
    assert call.headers["webhook-signature"] == f"v3,{digest}"


def test_a_webhook_elsewhere_must_be_https(sandbox: RunningSandbox):
    assert post(sandbox, TURBO, {"prompt": "x"}, webhook="http://example.com/hook").status_code == 400


# The account


def test_history(sandbox: RunningSandbox, clock: StillClock):
    first = ended(sandbox, TURBO)["id"]
    second = post(sandbox, EDIT, least(EDIT)).json()["data"]["id"]

    def ids(**query: Any) -> list[str]:
        return [one["id"] for one in post(sandbox, "predictions", query).json()["data"]["items"]]

    assert ids() == [second, first]
    assert ids(page_size=1, page=2) == [first]
    assert ids(model=TURBO) == [first]
    assert ids(status="created") == [second]
    assert ids(created_before="2026-11-20T00:00:00Z") == []
    assert post(sandbox, "predictions", {"created_after": "yesterday"}).status_code == 400
    assert post(sandbox, "predictions", {"page": 0}).status_code == 400
    items = post(sandbox, "billings/search", {"prediction_uuids": [first]}).json()["data"]["items"]
    assert [(one["billing_type"], one["prediction"]["model_uuid"]) for one in items] == [("deduct", TURBO)]
    assert post(sandbox, "predictions/delete", {"ids": [first, "nobody"]}).status_code == 200
    assert get(sandbox, f"predictions/{first}/result")["status"] == "deleted"
    assert post(sandbox, "predictions/delete", {}).status_code == 400


@pytest.mark.parametrize(
    ("key", "status", "error_code"),
    [("invalid", 401, None), ("empty", 402, None), ("forbidden", 403, "ROLE_PERMISSION_DENIED")],
)
def test_keys(sandbox: RunningSandbox, key: str, status: int, error_code: str | None):
    with pytest.raises(RuntimeError, match=f"HTTP {status}"):
        client_of(sandbox, key).run(TURBO, {"prompt": "x"})
    reply = post(sandbox, TURBO, {"prompt": "x"}, {"authorization": f"Bearer {key}"})
    assert (reply.json()["code"], reply.json().get("error_code")) == (status, error_code)
    assert sandbox.bill.charges() == ()


def test_odd_requests(sandbox: RunningSandbox):
    assert post(sandbox, "nobody/nothing", {"prompt": "x"}).status_code == 400
    assert post(sandbox, TURBO, []).status_code == 400
    assert post(sandbox, TURBO, {"prompt": "x"}, {}).status_code == 401
    assert post(sandbox, "model/price", {"model_id": "nobody"}).status_code == 400
    missing = httpx2.get(f"{sandbox.url('wavespeed')}/api/v3/predictions/nobody/result", headers=AUTH)
    assert (missing.status_code, missing.json()["code"]) == (404, 404)
    mine = post(sandbox, TURBO, {"prompt": "x"}).json()["data"]["urls"]["get"]
    assert httpx2.get(mine, headers={"authorization": "Bearer another"}).status_code == 404


def test_a_level_has_its_limit(sandbox: RunningSandbox, clock: StillClock):
    bronze = {"authorization": "Bearer a-bronze-key"}
    replies = [post(sandbox, TURBO, {"prompt": "x"}, bronze) for _ in range(3)]
    assert [one.status_code for one in replies] == [200, 200, 429]
    assert "retry-after" not in replies[2].headers
    clock.time += timedelta(seconds=60)
    assert post(sandbox, TURBO, {"prompt": "x"}, bronze).status_code == 200


def test_a_rate_limit_can_be_set(clock: StillClock):
    with running_sandbox(clock, rates={"wavespeed": 1}) as sandbox:
        assert [post(sandbox, TURBO, {"prompt": "x"}).status_code for _ in range(2)] == [200, 429]
