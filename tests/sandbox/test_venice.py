"""Venice's emulator against the client users have, OpenAI's client, and the published document."""

import base64
import io
import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx2
import openai
import pytest
import venice_ai
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from jsonschema import Draft202012Validator
from PIL import Image
from venice_ai.exceptions import APIError
from venice_ai.types.api import CreateApiKeyRequest, Web3CreateApiKeyRequest

from limner.sandbox.codecs import encode
from limner.sandbox.paint import paint
from limner.sandbox.server import RunningSandbox, running_sandbox
from limner.sandbox.venice.models import models
from limner.sandbox.venice.wallet import keccak256, signer
from tests.sandbox.conftest import StillClock
from tests.sandbox.nullable import nullable
from tests.support.sources import PACKAGE

CONTRACTS = Path(__file__).parents[1] / "contracts" / "venice"
DOCUMENT = nullable(json.loads((PACKAGE / "providers" / "venice" / "openapi.json").read_text()))
SHEET = {one["id"]: one for one in json.loads((CONTRACTS / "models-image.json").read_text())["data"]}
PNG = encode(paint("a", 640, 480), "png")
JPEG = encode(paint("b", 480, 640), "jpeg")
B64 = base64.b64encode(PNG).decode()
AUTH = {"authorization": "Bearer sandbox-key"}
TURBO = "z-image-turbo"
RATIO = "qwen-image-2"
GPT = "gpt-image-2"
EDIT = "firered-image-edit"
FLUX_EDIT = "flux-2-max-edit"


def check(path: str, reply: httpx2.Response, method: str = "post") -> Any:
    """The body, after comparing it with what is published for its address and status."""
    content = DOCUMENT["paths"][path][method]["responses"][str(reply.status_code)]["content"]
    schema = content["application/json"]["schema"]
    Draft202012Validator(schema | {"components": DOCUMENT["components"]}).validate(reply.json())
    return reply.json()


@pytest.fixture
async def client(sandbox: RunningSandbox) -> AsyncIterator[venice_ai.VeniceClient]:
    url = sandbox.url("venice")
    async with venice_ai.VeniceClient(api_key="sandbox-key", base_url=url, max_retries=0) as client:
        yield client


@pytest.fixture
def openai_client(sandbox: RunningSandbox) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(api_key="sandbox-key", base_url=sandbox.url("venice"), max_retries=0) as client:
        yield client


def post(sandbox: RunningSandbox, path: str, body: Any, headers: dict[str, str] = AUTH) -> httpx2.Response:
    return httpx2.post(sandbox.url("venice") + path, json=body, headers=headers, timeout=30)


def paint_one(sandbox: RunningSandbox, headers: dict[str, str] = AUTH, **fields: Any) -> httpx2.Response:
    body = {"model": TURBO, "prompt": "a kite", "width": 64, "height": 64} | fields
    return post(sandbox, "/image/generate", body, headers)


def get(sandbox: RunningSandbox, path: str, headers: dict[str, str] = AUTH) -> httpx2.Response:
    return httpx2.get(sandbox.url("venice") + path, headers=headers)


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def decoded(text: str) -> Image.Image:
    return opened(base64.b64decode(text))


# Painting


async def test_generate(client: venice_ai.VeniceClient, sandbox: RunningSandbox):
    answer = await client.image.create(
        model="venice-sd35", prompt="a canal", width=512, height=768, seed=7, num_images=2, format="png"
    )
    images = [decoded(text) for text in answer.images]
    assert [(image.format, image.size) for image in images] == [("PNG", (512, 768))] * 2
    assert images[0].tobytes() != images[1].tobytes()
    [charge] = sandbox.bill.charges()
    assert (charge.amount, charge.images, charge.delivered) == (Decimal("0.02"), 2, True)


async def test_generate_as_bytes(client: venice_ai.VeniceClient):
    for form, name in (("jpeg", "JPEG"), ("png", "PNG"), ("webp", "WEBP")):
        given: Any = {"format": form, "return_binary": True}
        data: Any = await client.image.create(model=RATIO, prompt="x", aspect_ratio="16:9", **given)
        assert (opened(data).format, opened(data).size) == (name, (1360, 768))


async def test_tiers_and_qualities(client: venice_ai.VeniceClient, sandbox: RunningSandbox):
    cases = (("1K", "low", "0.02"), ("2K", "medium", "0.13"), ("4K", None, "0.83"))
    for resolution, quality, usd in cases:
        given: Any = {"quality": quality} if quality else {}
        answer = await client.image.create(
            model=GPT, prompt="x", aspect_ratio="1:1", resolution=resolution, **given
        )
        edge = {"1K": 1024, "2K": 2048, "4K": 4096}[resolution]
        assert decoded(answer.images[0]).size == (edge, edge)
        assert sandbox.bill.charges()[-1].amount == Decimal(usd)


def test_generations(openai_client: openai.OpenAI):
    answer = openai_client.images.generate(model="gpt-image-of-nobody", prompt="x", size="1536x1024")
    assert answer.data
    assert answer.data[0].b64_json
    assert decoded(answer.data[0].b64_json).size == (1536, 1024)
    answer = openai_client.images.generate(model=RATIO, prompt="x", size="1792x1024", response_format="url")
    assert answer.data
    head, _, body = (answer.data[0].url or "").partition(",")
    assert head == "data:image/png;base64"
    assert decoded(body).size == (1360, 768)


def test_answers_are_as_published(sandbox: RunningSandbox):
    reply = paint_one(sandbox, variants=2)
    check("/image/generate", reply)
    assert reply.headers["x-venice-balance-usd"] == "50"
    assert reply.headers["x-ratelimit-remaining-requests"] == "19"
    assert reply.headers["x-venice-is-blurred"] == "false"
    assert reply.headers["x-venice-model-id"] == TURBO
    assert reply.headers["cf-ray"]
    check("/images/generations", post(sandbox, "/images/generations", {"prompt": "x"}))


def test_a_prompt_is_rewritten_for_a_price(sandbox: RunningSandbox):
    reply = paint_one(sandbox, enhance_prompt=True)
    assert unquote(reply.headers["x-venice-enhanced-prompt"]).startswith("a kite, ")
    assert sandbox.bill.total("venice") == Decimal("0.05")


async def test_styles(client: venice_ai.VeniceClient, sandbox: RunningSandbox):
    assert "Analog Film" in (await client.image.list_styles()).data
    check("/image/styles", get(sandbox, "/image/styles", {}), "get")
    assert paint_one(sandbox, style_preset="Anime").status_code == 200
    assert paint_one(sandbox, style_preset="Nothing").status_code == 400
    references = [{"image": B64, "strength": 0.5}]
    krea = {"model": "krea-v2-large", "prompt": "x", "style_references": references}
    assert post(sandbox, "/image/generate", krea).status_code == 200
    assert post(sandbox, "/image/generate", krea | {"model": RATIO}).status_code == 400


@pytest.mark.parametrize("name", [id_ for id_, one in SHEET.items() if one["type"] == "image"])
def test_every_image_model_costs_what_is_published(sandbox: RunningSandbox, name: str):
    reply = post(sandbox, "/image/generate", {"model": name, "prompt": "x", "format": "jpeg"})
    if name == "bria-bg-remover":
        assert reply.status_code == 400
        return
    assert decoded(reply.json()["images"][0]).format == "JPEG"
    pricing = SHEET[name]["model_spec"]["pricing"]
    qualities = pricing.get("quality", {}).get("1K", {})
    one = qualities.get("high") or qualities.get("medium") or pricing.get("resolutions", {}).get("1K")
    one = one or pricing["generation"]
    assert sandbox.bill.total("venice") == Decimal(str(one["usd"]))


# Editing


async def test_edit(client: venice_ai.VeniceClient, sandbox: RunningSandbox):
    data = await client.image.edit(prompt="red", image=PNG)
    assert (opened(data).format, opened(data).size) == ("PNG", (1248, 832))
    data = await client.image.edit(
        prompt="red", image=JPEG, model="nano-banana-pro-edit", resolution="2K", aspect_ratio="1:1"
    )
    assert (opened(data).format, opened(data).size) == ("JPEG", (2048, 2048))
    assert sandbox.bill.total("venice") == Decimal("0.27")
    reply = post(sandbox, "/image/edit", {"image": B64, "prompt": "x", "model": EDIT})
    assert reply.headers["x-venice-model-id"] == EDIT
    assert reply.headers["x-venice-model-name"] == "FireRed Edit"


async def test_multi_edit(client: venice_ai.VeniceClient, sandbox: RunningSandbox):
    data = await client.image.multi_edit(prompt="both", image=PNG, image_2=JPEG, model=FLUX_EDIT)
    assert opened(data).size == (1248, 832)
    assert sandbox.bill.total("venice") == Decimal("0.1545")  # one input is included, one is $0.0345 more
    body = {"prompt": "x", "images": [B64] * 4, "modelId": FLUX_EDIT}
    assert post(sandbox, "/image/multi-edit", body).status_code == 400
    alone = body | {"images": [B64] * 2, "modelId": "luma-uni-1-edit"}
    assert post(sandbox, "/image/multi-edit", alone).status_code == 400


def test_forms(sandbox: RunningSandbox):
    picture = ("a.png", PNG, "image/png")
    url = sandbox.url("venice")
    edit = httpx2.post(
        f"{url}/image/edit",
        files={"image": picture},
        data={"prompt": "x", "safe_mode": "false", "output_format": "webp"},
        headers=AUTH,
    )
    assert (edit.headers["content-type"], opened(edit.content).format) == ("image/webp", "WEBP")
    many = httpx2.post(
        f"{url}/image/multi-edit",
        files=[("images", picture), ("images", ("b.jpg", JPEG, "image/jpeg"))],
        data={"prompt": "x", "modelId": FLUX_EDIT, "whatever": "is not looked at in a form"},
        headers=AUTH,
    )
    assert many.status_code == 200
    odd = httpx2.post(f"{url}/image/edit", files={"image": picture}, data={"colour": "red"}, headers=AUTH)
    assert odd.status_code == 400


@pytest.mark.parametrize("name", [id_ for id_, one in SHEET.items() if one["type"] == "inpaint"])
def test_every_edit_model_costs_what_is_published(sandbox: RunningSandbox, name: str):
    assert post(sandbox, "/image/edit", {"model": name, "prompt": "x", "image": B64}).status_code == 200
    pricing = SHEET[name]["model_spec"]["pricing"]
    qualities = pricing.get("quality", {}).get("1K", {})
    one = qualities.get("high") or qualities.get("medium") or pricing["inpaint"]
    usd = Decimal(str(one["usd"]))
    inputs = pricing.get("inputImages", {"included": 1})
    if inputs["included"] == 0:
        usd += Decimal(str(inputs["additional"]["usd"])).quantize(Decimal("0.000001"))
    assert sandbox.bill.total("venice") == usd


async def test_upscale(client: venice_ai.VeniceClient, sandbox: RunningSandbox):
    assert opened(await client.image.upscale(image=PNG)).size == (1280, 960)
    assert opened(await client.image.upscale(image=PNG, scale=4)).size == (2560, 1920)
    large = encode(paint("a", 2560, 1920), "jpeg")
    image = opened(await client.image.upscale(image=large, scale=4))
    assert image.width * image.height <= 16_777_216 < (image.width + 2) * (image.height + 2)
    assert sandbox.bill.total("venice") == Decimal("0.18")
    assert post(sandbox, "/image/upscale", {"image": B64, "scale": 3}).status_code == 400


async def test_background_remove(client: venice_ai.VeniceClient, sandbox: RunningSandbox):
    image = opened(await client.image.background_remove(image=PNG))
    assert (image.mode, image.size) == ("RGBA", (640, 480))
    assert image.getchannel("A").getextrema() == (0, 255)
    assert sandbox.bill.total("venice") == Decimal("0.03")
    path = "/image/background-remove"
    assert post(sandbox, path, {"image": B64, "model": "bria-bg-remover"}).status_code == 400
    assert post(sandbox, path, {}).status_code == 400
    assert post(sandbox, path, {"image_url": "https://pictures.invalid/a.png"}).status_code == 400


# Models


async def test_models(client: venice_ai.VeniceClient, sandbox: RunningSandbox):
    for kind in ("image", "inpaint", "upscale", "all", "text"):
        body = check("/models", get(sandbox, f"/models?type={kind}", {}), "get")
        wanted = {id_ for id_, one in SHEET.items() if kind in {"all", one["type"]}}
        assert {one["id"] for one in body["data"]} == wanted
        for one in body["data"]:
            assert one["model_spec"]["pricing"] == SHEET[one["id"]]["model_spec"]["pricing"]
    listed: Any = await client.models.list(type="image")
    assert {one.id for one in listed.data} >= {TURBO, GPT}
    traits = check("/models/traits", get(sandbox, "/models/traits?type=image"), "get")["data"]
    assert (traits["default"], traits["highest_quality"]) == (TURBO, "qwen-image")
    check("/models/compatibility_mapping", get(sandbox, "/models/compatibility_mapping?type=image"), "get")
    assert paint_one(sandbox, model="fastest").headers["x-venice-model-id"] == TURBO


def test_retired_models(sandbox: RunningSandbox):
    reply = post(sandbox, "/image/edit", {"image": B64, "prompt": "x", "model": "qwen-edit"})
    assert reply.headers["x-venice-model-id"] == EDIT
    assert reply.headers["x-venice-deprecated"] == "true"
    assert reply.headers["x-venice-deprecated-replacement"] == EDIT
    assert paint_one(sandbox, model="flux-dev").status_code == 410


# What is refused


@pytest.mark.parametrize(
    "fields",
    [
        {"prompt": ""},
        {"prompt": "x" * 1501},
        {"model": 5},
        {"colour": "red"},
        {"width": 1288},
        {"width": 1001},
        {"steps": 9},
        {"steps": 2.5},
        {"cfg_scale": 0},
        {"cfg_scale": 20.5},
        {"seed": 1_000_000_000},
        {"variants": 5},
        {"variants": 2, "return_binary": True},
        {"format": "avif"},
        {"lora_strength": 101},
        {"inpaint": {"strength": 1}},
        {"model": RATIO},
        {"model": EDIT},
        {"style_references": [{"image": B64, "strength": 0}]},
    ],
)
def test_bad_parameters(sandbox: RunningSandbox, fields: Any):
    reply = paint_one(sandbox, **fields)
    assert reply.status_code == 400
    check("/image/generate", reply) if "details" in reply.json() else None
    assert sandbox.bill.charges() == ()


def test_unknown_members_are_named(sandbox: RunningSandbox):
    reply = post(sandbox, "/images/generations", {"prompt": "x", "safe_mode": False})
    body = check("/images/generations", reply)
    assert body["details"]["_errors"] == ["Unrecognized key(s) in object: 'safe_mode'"]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"image": "AAAA"}, 400),
        ({"image": "not base64!"}, 400),
        ({"image": "https://pictures.invalid/a.png"}, 400),
        ({"image": base64.b64encode(encode(paint("a", 255, 255), "png")).decode()}, 400),
        ({"image": base64.b64encode(encode(paint("a", 6000, 6000), "png")).decode()}, 422),
        ({"image": base64.b64encode(PNG + bytes(25 * 1024 * 1024)).decode()}, 413),
        ({"quality": "high"}, 400),
        ({"resolution": "2K"}, 400),
        ({"aspect_ratio": "4:3"}, 400),
        ({"model": "nobody"}, 404),
        ({"model": TURBO}, 400),
        ({"model": "nano-banana-pro-edit", "resolution": "8K"}, 400),
    ],
)
def test_bad_edits(sandbox: RunningSandbox, fields: Any, status: int):
    reply = post(sandbox, "/image/edit", {"image": B64, "prompt": "x"} | fields)
    assert reply.status_code == status
    if status == 413:
        assert reply.json()["code"] == "PAYLOAD_TOO_LARGE"
    assert sandbox.bill.charges() == ()


def test_odd_bodies(sandbox: RunningSandbox):
    url = sandbox.url("venice") + "/image/generate"
    as_json = AUTH | {"content-type": "application/json"}
    assert httpx2.post(url, content=b"[", headers=as_json).status_code == 400
    assert httpx2.post(url, content=b"[]", headers=as_json).status_code == 400
    assert httpx2.post(url, content=b"{}", headers=AUTH).status_code == 415
    assert httpx2.post(url, files={"prompt": (None, "x")}, headers=AUTH).status_code == 415


@pytest.mark.parametrize(
    ("fields", "blurred", "violates"),
    [
        ({"prompt": "forbidden-sexual"}, "true", "false"),
        ({"prompt": "forbidden-sexual", "safe_mode": False}, "false", "false"),
        ({"prompt": "forbidden-violence"}, "false", "true"),
        ({"prompt": "forbidden-output-violence"}, "false", "true"),
    ],
)
def test_moderation_of_generations(sandbox: RunningSandbox, fields: Any, blurred: str, violates: str):
    reply = paint_one(sandbox, **fields)
    assert reply.status_code == 200
    assert reply.headers["x-venice-is-blurred"] == blurred
    assert reply.headers["x-venice-is-content-violation"] == violates
    image = decoded(reply.json()["images"][0])
    plain = len(image.getcolors(image.width * image.height) or ()) == 1
    assert plain is ("true" in {blurred, violates})
    assert sandbox.bill.total("venice") == Decimal("0.01")


def test_moderation_in_openais_form(sandbox: RunningSandbox):
    for moderation, blurred in (("auto", "true"), ("low", "false")):
        body = {"prompt": "forbidden-sexual", "moderation": moderation}
        reply = post(sandbox, "/images/generations", body)
        assert reply.headers["x-venice-is-blurred"] == blurred


def test_moderation_of_edits(sandbox: RunningSandbox):
    body = {"image": B64, "prompt": "forbidden-violence"}
    reply = post(sandbox, "/image/edit", body)
    assert (reply.status_code, bool(reply.json()["suggested_prompt"])) == (422, True)
    assert sandbox.bill.charges() == ()
    body = {"image": B64, "prompt": "forbidden-output-violence", "model": FLUX_EDIT}
    reply = post(sandbox, "/image/edit", body)
    assert reply.status_code == 422
    schema = {"$ref": "#/components/schemas/ProviderContentPolicyError", "components": DOCUMENT["components"]}
    Draft202012Validator(schema).validate(reply.json())
    assert sandbox.bill.total("venice") == 0
    assert get(sandbox, "/billing/balance").json()["balances"]["usd"] == 50
    reply = post(sandbox, "/image/edit", body | {"model": EDIT})
    assert (reply.status_code, reply.headers["x-venice-is-content-violation"]) == (200, "true")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/image/generate", {"model": TURBO, "prompt": "a broken-run"}),
        ("/image/edit", {"image": B64, "prompt": "a broken-run"}),
    ],
)
def test_a_broken_run(sandbox: RunningSandbox, path: str, body: Any):
    reply = post(sandbox, path, body)
    assert reply.status_code == 500
    check(path, reply)
    assert sandbox.bill.charges() == ()


# Keys


@pytest.mark.parametrize(("key", "status"), [("invalid", 401), ("empty", 402), ("forbidden", 403)])
async def test_keys(sandbox: RunningSandbox, key: str, status: int):
    url = sandbox.url("venice")
    async with venice_ai.VeniceClient(api_key=key, base_url=url, max_retries=0) as client:
        with pytest.raises(APIError) as caught:
            await client.image.create(model=TURBO, prompt="x")
    assert caught.value.status_code == status
    assert sandbox.bill.charges() == ()


def test_without_a_key(sandbox: RunningSandbox):
    reply = paint_one(sandbox, {})
    assert reply.status_code == 402
    part = {"$ref": "#/components/schemas/X402InferencePaymentRequired"}
    Draft202012Validator(part | {"components": DOCUMENT["components"]}).validate(reply.json())
    assert json.loads(base64.b64decode(reply.headers["payment-required"])) == reply.json()
    assert paint_one(sandbox, {"sign-in-with-x": "e30="}).status_code == 401
    assert paint_one(sandbox, {"authorization": "Basic sandbox-key"}).status_code == 401
    assert get(sandbox, "/api_keys", {}).status_code == 401


async def test_keys_are_managed(client: venice_ai.VeniceClient, sandbox: RunningSandbox):
    given = CreateApiKeyRequest(description="a kiosk", apiKeyType="INFERENCE")
    made = await client.api_keys.create(api_key_request=given)
    secret = {"authorization": f"Bearer {made.apiKey}"}
    assert paint_one(sandbox, secret).status_code == 200
    assert get(sandbox, "/api_keys", secret).status_code == 401
    [listed] = await client.api_keys.list()
    assert (listed.id, listed.description) == (made.id, "a kiosk")
    body = check("/api_keys", get(sandbox, "/api_keys"), "get")
    assert body["data"][0]["usage"]["trailingSevenDays"]["usd"] == "0.01"
    changed = await client.api_keys.update(id=made.id, description="another kiosk")
    assert changed.description == "another kiosk"
    assert (await client.api_keys.retrieve(api_key_id=made.id)).description == "another kiosk"
    assert (await client.api_keys.delete(api_key_id=made.id)).success
    assert await client.api_keys.list() == []
    assert paint_one(sandbox, secret).status_code == 401
    assert httpx2.delete(sandbox.url("venice") + f"/api_keys?id={made.id}", headers=AUTH).status_code == 400
    assert get(sandbox, f"/api_keys/{made.id}").status_code == 404


def create(sandbox: RunningSandbox, **fields: Any) -> httpx2.Response:
    return post(sandbox, "/api_keys", {"apiKeyType": "INFERENCE", "description": "x"} | fields)


def bearer(reply: httpx2.Response) -> dict[str, str]:
    return {"authorization": f"Bearer {reply.json()['data']['apiKey']}"}


def test_a_key_keeps_its_limits(sandbox: RunningSandbox, clock: StillClock):
    reply = create(sandbox, consumptionLimit={"usd": 0.02})
    check("/api_keys", reply)
    key = bearer(reply)
    assert [paint_one(sandbox, key).status_code for _ in range(3)] == [200, 200, 402]
    assert "spend limit" in paint_one(sandbox, key).json()["error"]
    clock.time += timedelta(days=1)
    assert paint_one(sandbox, key).status_code == 200
    shown = check("/api_keys", get(sandbox, "/api_keys"), "get")["data"][0]
    assert shown["currentPeriodUsage"]["usd"] == "0.01"
    lasting = bearer(create(sandbox, consumptionLimit={"usd": 0.01}, limitPeriod="LIFETIME"))
    assert paint_one(sandbox, lasting).status_code == 200
    clock.time += timedelta(days=400)
    assert paint_one(sandbox, lasting).status_code == 402


def test_a_key_may_be_for_private_models(sandbox: RunningSandbox):
    key = bearer(create(sandbox, modelPrivacy="PRIVATE_ONLY"))
    assert paint_one(sandbox, key).status_code == 200
    body = {"model": RATIO, "prompt": "x"}
    assert post(sandbox, "/image/generate", body, key).status_code == 403


def test_a_key_expires(sandbox: RunningSandbox, clock: StillClock):
    reply = create(sandbox, expiresAt="2026-11-22")
    assert check("/api_keys", reply)["data"]["expiresAt"] == "2026-11-22T00:00:00.000Z"
    key = bearer(reply)
    assert paint_one(sandbox, key).status_code == 200
    clock.time += timedelta(days=1)
    assert paint_one(sandbox, key).status_code == 401


@pytest.mark.parametrize(
    "fields",
    [
        {"description": "x" * 65},
        {"apiKeyType": "ROOT"},
        {"expiresAt": "tomorrow"},
        {"expiresAt": "2026-02-30"},
        {"colour": "red"},
    ],
)
def test_keys_that_cannot_be_made(sandbox: RunningSandbox, fields: Any):
    reply = create(sandbox, **fields)
    assert reply.status_code == 400
    check("/api_keys", reply)


def test_keys_are_not_made_too_fast(sandbox: RunningSandbox):
    replies = [create(sandbox).status_code for _ in range(21)]
    assert replies == [200] * 20 + [429]


class Wallet:
    """A wallet of Ethereum's kind, as far as signing a text goes."""

    def __init__(self, secret: int) -> None:
        self._key = ec.derive_private_key(secret, ec.SECP256K1())
        numbers = self._key.public_key().public_numbers()
        raw = numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
        self.address = "0x" + keccak256(raw)[-20:].hex()

    def sign(self, text: str) -> str:
        body = text.encode()
        digest = keccak256(b"\x19Ethereum Signed Message:\n%d" % len(body) + body)
        packed = self._key.sign(digest, ec.ECDSA(utils.Prehashed(hashes.SHA256())))
        r, s = utils.decode_dss_signature(packed)
        both = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        signatures = ["0x" + (both + bytes([v])).hex() for v in (27, 28)]
        return next(one for one in signatures if signer(text, one) == self.address)


def test_the_published_signature_is_read():
    """The example of web3.js's documentation: `accounts.sign('Some data', …)`, as of 2026-11."""
    signature = (
        "0xb91467e570a6466aa9e9876cbcd013baba02900b8979d43fe208a4a4f339f5fd"
        "6007e74cd82e037b800186422fc2da167c747ef045e5d18a5f5d4300f8e1a0291c"
    )
    address = "0x2c7536e3605d9c16a7a3d7b1898e529396a65c23"
    assert signer("Some data", signature) == address
    assert Wallet(0x4C0883A69102937D6231471B5DBB6204FE5129617082792AE468D01A3F362318).address == address
    assert signer("Other data", signature) != address
    assert signer("Some data", "0x12") is None
    assert signer("Some data", "no hexadecimal") is None
    assert signer("Some data", "0x" + "00" * 65) is None
    assert signer("Some data", signature[:-2] + "05") is None


async def test_a_wallet_gets_a_key(
    client: venice_ai.VeniceClient, sandbox: RunningSandbox, clock: StillClock
):
    wallet = Wallet(12345)
    token = (await client.api_keys.get_web3_token()).data.token
    given = Web3CreateApiKeyRequest(
        apiKeyType="ADMIN", address=wallet.address, signature=wallet.sign(token), token=token
    )
    made: Any = await client.api_keys.create_web3_key(web3_key_request=given)
    secret = {"authorization": f"Bearer {made.data.apiKey}"}
    assert paint_one(sandbox, secret).status_code == 200
    assert len(get(sandbox, "/api_keys", secret).json()["data"]) == 1
    assert get(sandbox, "/api_keys").json()["data"] == []
    path = "/api_keys/generate_web3_key"
    check(path, get(sandbox, path, {}), "get")
    assert post(sandbox, path, given.model_dump(exclude_none=True), {}).status_code == 401  # used up
    token = get(sandbox, path, {}).json()["data"]["token"]
    body = {"apiKeyType": "ADMIN", "address": wallet.address, "token": token}
    other = body | {"signature": Wallet(54321).sign(token)}
    assert post(sandbox, path, other, {}).status_code == 401
    clock.time += timedelta(minutes=15)
    assert post(sandbox, path, body | {"signature": wallet.sign(token)}, {}).status_code == 401


async def test_balance_and_limits(client: venice_ai.VeniceClient, sandbox: RunningSandbox):
    paint_one(sandbox)
    body = check("/billing/balance", get(sandbox, "/billing/balance"), "get")
    assert body["balances"]["usd"] == 49.99
    body = check("/api_keys/rate_limits", get(sandbox, "/api_keys/rate_limits"), "get")
    assert body["data"]["nextEpochBegins"] == "2026-11-22T00:00:00.000Z"
    limits = await client.api_keys.get_rate_limits()
    assert {one.apiModelId for one in limits.data.rateLimits} == set(models())


def test_a_balance_is_used_up(sandbox: RunningSandbox, clock: StillClock):
    body = {"model": GPT, "prompt": "x", "resolution": "4K", "format": "jpeg", "variants": 4}
    statuses: list[int] = []
    for _ in range(16):
        statuses.append(post(sandbox, "/image/generate", body).status_code)
        clock.time += timedelta(minutes=1)
    assert statuses == [200] * 15 + [402]
    assert sandbox.bill.total("venice") == 15 * 4 * Decimal("0.83")


# Limits


def test_a_rate_limit_is_waited_out(clock: StillClock):
    with running_sandbox(clock, rates={"venice": 1}) as sandbox:
        replies = [paint_one(sandbox) for _ in range(2)]
        assert [reply.status_code for reply in replies] == [200, 429]
        check("/image/generate", replies[1])
        resets = int(replies[1].headers["x-ratelimit-reset-requests"])
        assert resets == int(clock.now().timestamp()) + 60
        [breach] = check("/api_keys/rate_limits/log", get(sandbox, "/api_keys/rate_limits/log"), "get")[
            "data"
        ]
        assert (breach["modelId"], breach["rateLimitType"]) == (TURBO, "RPM")
        clock.time += timedelta(seconds=60)
        assert paint_one(sandbox).status_code == 200


def test_who_fails_too_often_is_shut_out(sandbox: RunningSandbox, clock: StillClock):
    statuses = [paint_one(sandbox, prompt="").status_code for _ in range(21)]
    assert statuses == [400] * 21
    assert paint_one(sandbox).status_code == 429
    clock.time += timedelta(seconds=30)
    assert paint_one(sandbox).status_code == 200
