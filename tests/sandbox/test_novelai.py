"""NovelAI's emulator against the client users have and the published facts."""

import asyncio
import base64
import io
import json
import struct
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import msgpack
import pytest
from jsonschema import Draft202012Validator
from novelai import NovelAI
from novelai.exceptions import AuthenticationError, InvalidRequestError, RateLimitError, ServerError
from novelai.types import (
    Character,
    CharacterReference,
    ControlNet,
    ControlNetImage,
    GenerateImageParams,
    GenerateImageStreamParams,
    I2iParams,
    InpaintParams,
)
from novelai.types.user.tags import SuggestTagsParams
from PIL import Image

from limner.sandbox.codecs import encode
from limner.sandbox.faults import Fault, FaultKind
from limner.sandbox.novelai.models import models
from limner.sandbox.paint import paint
from limner.sandbox.server import RunningSandbox

CONTRACTS = Path(__file__).parents[1] / "contracts" / "novelai"
OURS = Path(__file__).parents[2] / "src" / "limner" / "sandbox" / "novelai"
SCHEMAS = json.loads((CONTRACTS / "schemas.json").read_text())


def connect(sandbox: RunningSandbox, key: str = "pst-test") -> NovelAI:
    return NovelAI(api_key=key, image_base=sandbox.url("novelai"))


@pytest.fixture
def client(sandbox: RunningSandbox) -> Iterator[NovelAI]:
    with connect(sandbox) as client:
        yield client


def picture(width: int = 832, height: int = 1216, subject: str = "a") -> Image.Image:
    return Image.open(io.BytesIO(encode(paint(subject, width, height), "png")))


def params(**given: Any) -> GenerateImageParams:
    defaults: dict[str, Any] = {
        "prompt": "1girl, library",
        "model": "nai-diffusion-4-5-full",
        "size": (832, 1216),
        "steps": 28,
        "seed": 7,
    }
    return GenerateImageParams(**(defaults | given))


def check(name: str, value: Any) -> None:
    Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": SCHEMAS["$defs"]}).validate(value)


# Through the client


def test_generate(client: NovelAI, sandbox: RunningSandbox):
    images = client.image.generate(params(n_samples=2))
    assert [image.size for image in images] == [(832, 1216)] * 2
    assert images[0].tobytes() != images[1].tobytes()
    comment = json.loads(images[1].info["Comment"])
    assert (images[0].info["Software"], comment["seed"], comment["steps"]) == ("NovelAI", 8, 28)
    [charge] = sandbox.bill.charges()
    assert (charge.amount, charge.unit, charge.images, charge.delivered) == (Decimal(40), "anlas", 2, True)
    assert client.user.get_anlas() == 9960


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"size": (1024, 1024), "steps": 29},
        {"size": (1088, 1088), "steps": 50},
        {"model": "nai-diffusion-3"},
        {"n_samples": 3},
        {"i2i": I2iParams(image=picture(), strength=0.4)},
        {"characters": [Character(prompt="girl", position=(0.3, 0.3))]},
        {"character_references": [CharacterReference(image=picture(64, 64))], "n_samples": 2},
    ],
)
@pytest.mark.parametrize("opus", [False, True])
def test_the_bill_agrees_with_the_clients_own_estimate(sandbox: RunningSandbox, given: Any, opus: bool):
    wanted = params(**given)
    with connect(sandbox, "pst-opus" if opus else "pst-test") as client:
        client.image.generate(wanted)
    assert sandbox.bill.charges()[-1].amount == int(wanted.calculate_anlas(is_opus=opus))


def test_vibes_are_encoded_first(client: NovelAI, sandbox: RunningSandbox):
    vibes = [ControlNetImage(image=picture(64, 64, str(number))) for number in range(5)]
    client.image.generate(params(controlnet=ControlNet(images=vibes)))
    amounts = [(charge.operation, charge.amount) for charge in sandbox.bill.charges()]
    assert amounts == [("encode-vibe", Decimal(2))] * 5 + [("generate", Decimal(22))]


def test_inpaint(client: NovelAI, sandbox: RunningSandbox):
    mask = Image.new("L", (832, 1216))
    mask.paste(255, (100, 100, 500, 700))
    [image] = client.image.generate(params(inpaint=InpaintParams(image=picture(), mask=mask)))
    assert image.size == (832, 1216)
    charge = sandbox.bill.charges()[0]
    assert (charge.model, charge.operation) == ("nai-diffusion-4-5-full-inpainting", "infill")


def test_version_five(client: NovelAI, sandbox: RunningSandbox):
    wanted = params(model="nai-diffusion-5-full", straight_alpha=True, noise_schedule="karras")
    [image] = client.image.generate(wanted)
    assert image.mode == "RGBA"
    assert sandbox.bill.charges()[0].amount == 30


def test_stream(client: NovelAI):
    wanted = GenerateImageStreamParams(**dict(params(steps=5)))
    chunks = list(client.image.generate_stream(wanted))
    assert [chunk.event_type for chunk in chunks] == ["intermediate"] * 4 + ["final"]
    preview = Image.open(io.BytesIO(base64.b64decode(chunks[0].image)))
    final = Image.open(io.BytesIO(base64.b64decode(chunks[-1].image)))
    assert (preview.format, preview.size) == ("JPEG", (104, 152))
    assert (final.format, final.size) == ("PNG", (832, 1216))


def test_webp(client: NovelAI):
    [image] = client.image.generate(params(image_format="webp"))
    assert image.format == "WEBP"


@pytest.mark.parametrize(("size", "price"), [((640, 640), 20), ((1024, 1024), 20), ((1536, 1024), 30)])
def test_tools(client: NovelAI, sandbox: RunningSandbox, size: tuple[int, int], price: int):
    image = picture(*size)
    assert [result.size for result in client.tools.line_art(image)] == [size]
    assert len(client.tools.remove_background(image)) == 3
    assert client.tools.emotion(image, emotion="happy")
    assert [charge.amount for charge in sandbox.bill.charges()] == [price, 3 * price + 5, price]


def test_small_tools_are_free_on_opus_and_background_removal_is_not(sandbox: RunningSandbox):
    with connect(sandbox, "pst-opus") as client:
        client.tools.sketch(picture(640, 640))
        client.tools.remove_background(picture(640, 640))
    assert [(one.amount, one.billed) for one in sandbox.bill.charges()] == [(0, False), (65, True)]


def test_tags(client: NovelAI, sandbox: RunningSandbox):
    suggestions = client.image.suggest_tags(
        SuggestTagsParams(prompt="1girl, lig", model="nai-diffusion-4-full")
    )
    assert [one.tag for one in suggestions] == ["light smile", "lighthouse"]
    japanese = client.image.suggest_tags_jp(SuggestTagsParams(prompt="子", model="nai-diffusion-4-full"))
    assert [one.en_tag for one in japanese] == ["kitten"]
    assert sandbox.bill.charges() == ()


def test_subscription(sandbox: RunningSandbox):
    for key, tier in (("pst-test", "Scroll"), ("pst-opus", "Opus")):
        with connect(sandbox, key) as client:
            assert client.user.get_subscription().tier_name == tier
        url = sandbox.url("novelai") + "/user/data"
        data = httpx2.get(url, headers={"authorization": f"Bearer {key}"}).json()
        check("Subscription", data["subscription"])
        assert ("usage" in data["subscription"]) == (tier == "Opus")


@pytest.mark.parametrize("key", ["pst-invalid", "other"])
def test_keys(sandbox: RunningSandbox, key: str):
    with connect(sandbox, key) as client, pytest.raises(AuthenticationError, match="Invalid API key"):
        client.image.generate(params())


def test_an_empty_account(sandbox: RunningSandbox):
    with connect(sandbox, "pst-empty") as client, pytest.raises(AuthenticationError, match="Insufficient"):
        client.image.generate(params())
    assert sandbox.bill.charges() == ()


def test_servers_fail_and_refuse(client: NovelAI, sandbox: RunningSandbox):
    for status, error in ((500, ServerError), (429, RateLimitError), (400, InvalidRequestError)):
        sandbox.faults.plan(Fault(FaultKind.STATUS, "novelai", status=status))
        with pytest.raises(error):
            client.image.generate(params())


# By hand

CAPTION = {"caption": {"base_caption": "1girl", "char_captions": []}}


def body(**given: Any) -> dict[str, Any]:
    """The published example, changed."""
    parameters: dict[str, Any] = {
        "params_version": 3,
        "width": 832,
        "height": 1216,
        "scale": 5,
        "sampler": "k_euler_ancestral",
        "steps": 28,
        "seed": 123456,
        "n_samples": 1,
        "noise_schedule": "karras",
        "v4_prompt": CAPTION,
        "v4_negative_prompt": CAPTION,
    }
    envelope = {name: given.pop(name) for name in ("model", "action", "input") if name in given}
    parameters = {name: value for name, value in (parameters | given).items() if value is not None}
    defaults = {"input": "1girl, library", "model": "nai-diffusion-4-5-full", "action": "generate"}
    return defaults | envelope | {"parameters": parameters}


HEADERS = {"authorization": "Bearer pst-test"}


def post(
    sandbox: RunningSandbox, sent: Any, path: str = "/ai/generate-image", **rest: Any
) -> httpx2.Response:
    return httpx2.post(sandbox.url("novelai") + path, json=sent, headers=HEADERS, timeout=30, **rest)


def base64_of(width: int, height: int, form: str = "png", subject: str = "a") -> str:
    return base64.b64encode(encode(paint(subject, width, height), form)).decode()


def mask_of(
    width: int, height: int, box: tuple[int, int, int, int] = (64, 64, 256, 256), value: int = 255
) -> str:
    mask = Image.new("RGBA", (width, height), (0, 0, 0, 255))
    mask.paste((value, value, value, 255), box)
    file = io.BytesIO()
    mask.save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def test_the_published_example(sandbox: RunningSandbox):
    reply = post(sandbox, body())
    assert reply.headers["content-type"] == "binary/octet-stream"
    assert reply.headers["content-disposition"] == "attachment; filename=images.zip"
    assert zipfile.ZipFile(io.BytesIO(reply.content)).namelist() == ["image_0.png"]


INFILL = {"model": "nai-diffusion-4-5-full-inpainting", "action": "infill", "width": 512, "height": 512}
IMG2IMG = {"action": "img2img", "width": 512, "height": 512}
V3 = {"model": "nai-diffusion-3", "v4_prompt": None}
V5 = {"model": "nai-diffusion-5-full", "params_version": 4}
VIBE = base64.b64encode(bytes(100)).decode()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"model": "nai-diffusion-2"}, "model nai-diffusion-2 doesn't exist"),
        ({"action": "paint"}, "action must be one of"),
        ({"input": ""}, "input must have at least 1"),
        ({"width": 833}, "parameters.width must be a multiple of 64"),
        ({"width": None}, "width and parameters.height are required"),
        ({"width": 2048, "height": 1600}, "too large"),
        ({"steps": 51}, "parameters.steps must be at most 50"),
        ({"steps": "28"}, "parameters.steps must be integer"),
        ({"scale": 11}, "parameters.scale"),
        ({"seed": 2**32}, "parameters.seed"),
        ({"n_samples": 9}, "parameters.n_samples"),
        ({"sampler": "euler"}, "parameters.sampler"),
        ({"cfg_rescale": 2}, "parameters.cfg_rescale"),
        ({"image_format": "jpeg"}, "parameters.image_format"),
        ({"v4_prompt": None}, "v4_prompt is required"),
        ({"sm": True}, "sm is not supported"),
        ({"sampler": "ddim_v3"}, "ddim_v3 is not supported"),
        ({"dynamic_thresholding": True}, "dynamic_thresholding is not supported"),
        ({"straight_alpha": True}, "straight_alpha is not supported"),
        (V3 | {"sm_dyn": True}, "sm_dyn needs sm"),
        (V3 | {"params_version": 4}, "needs a newer model"),
        (V5 | {"params_version": 3}, "params_version must be 4"),
        (V5 | {"noise_schedule": "native"}, "noise_schedule must be karras"),
        (
            V5 | {"reference_image_multiple": [VIBE], "reference_strength_multiple": [1]},
            "vibe transfer is not",
        ),
        ({"image": base64_of(832, 1216)}, "need action img2img"),
        (IMG2IMG, "image is required"),
        (IMG2IMG | {"image": base64_of(256, 256)}, "image must be 512x512"),
        (IMG2IMG | {"image": "data:image/png;base64,AAAA"}, "image must be plain base64"),
        (IMG2IMG | {"image": "AAAA"}, "image is not an image"),
        (IMG2IMG | {"image": base64_of(512, 512), "strength": 1}, "parameters.strength"),
        ({"action": "infill"}, "does not do infill"),
        ({"model": "nai-diffusion-4-5-full-inpainting"}, "does not do generate"),
        (INFILL | {"image": base64_of(512, 512)}, "mask is required"),
        (INFILL | {"image": base64_of(512, 512), "mask": mask_of(64, 64)}, "mask must be a PNG of 512x512"),
        (INFILL | {"image": base64_of(512, 512), "mask": base64_of(512, 512, "jpeg")}, "mask must be a PNG"),
        (INFILL | {"image": base64_of(512, 512), "mask": mask_of(512, 512, (60, 64, 200, 200))}, "8x8 block"),
        (
            INFILL | {"image": base64_of(512, 512), "mask": mask_of(512, 512, value=128)},
            "black or white",
        ),
        ({"reference_image_multiple": [VIBE]}, "must have the same length"),
        (
            {"reference_image_multiple": [base64_of(64, 64)], "reference_strength_multiple": [1]},
            "must be encoded vibes",
        ),
        (
            V3 | {"reference_image_multiple": [VIBE], "reference_strength_multiple": [1]},
            "reference_image_multiple is not an image",
        ),
        (
            {"reference_image_multiple": [VIBE] * 17, "reference_strength_multiple": [1] * 17},
            "at most 16 vibes",
        ),
    ],
)
def test_bad_generations(sandbox: RunningSandbox, given: dict[str, Any], message: str):
    reply = post(sandbox, body(**given))
    assert reply.status_code == 400
    check("Error", reply.json())
    assert message in reply.json()["message"]
    assert sandbox.bill.charges() == ()


def references(count: int = 1) -> dict[str, Any]:
    caption = {"caption": {"base_caption": "character", "char_captions": []}}
    return {
        "director_reference_images": [base64_of(64, 64)] * count,
        "director_reference_descriptions": [caption] * count,
        "director_reference_strength_values": [1] * count,
        "director_reference_information_extracted": [1] * count,
    }


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"model": "nai-diffusion-4-full"} | references(), "precise reference is not supported"),
        (
            references() | {"reference_image_multiple": [VIBE], "reference_strength_multiple": [1]},
            "cannot be combined",
        ),
        (references() | {"director_reference_strength_values": []}, "must have the same length"),
    ],
)
def test_bad_references(sandbox: RunningSandbox, given: dict[str, Any], message: str):
    assert message in post(sandbox, body(**given)).json()["message"]


@pytest.mark.parametrize(
    ("given", "price"),
    [
        ({"width": 1088, "height": 1088}, 23),
        ({"width": 1472, "height": 1472}, 42),
        ({"width": 1472, "height": 1472, "steps": 50}, 69),
        (V5 | {"width": 1088, "height": 1088}, 35),
        (V5 | {"width": 1472, "height": 1472}, 63),
        (V3 | {"width": 1024, "height": 1024, "sm": True}, 24),
        (V3 | {"width": 1024, "height": 1024, "sm": True, "sm_dyn": True}, 28),
        ({"width": 64, "height": 64, "steps": 1}, 2),
        (
            INFILL
            | {
                "image": base64_of(512, 512),
                "mask": mask_of(512, 512),
                "inpaintImg2ImgStrength": 0.5,
                "width": 512,
            },
            3,
        ),
        (references(2) | {"n_samples": 2}, 60),
    ],
)
def test_measured_prices(sandbox: RunningSandbox, given: dict[str, Any], price: int):
    reply = post(sandbox, body(**given))
    assert reply.status_code == 200, reply.text
    assert sandbox.bill.charges()[0].amount == price


def test_free_pictures_of_version_five_use_up_a_percentage(sandbox: RunningSandbox):
    headers = {"authorization": "Bearer pst-opus"}
    url = sandbox.url("novelai")
    sent = body(**V5, width=64, height=64, steps=1)
    for _ in range(20):
        assert httpx2.post(f"{url}/ai/generate-image", json=sent, headers=headers).status_code == 200
    usage = httpx2.get(f"{url}/user/subscription", headers=headers).json()["usage"]
    assert usage["percent"] == 98.84
    assert sandbox.bill.total("novelai", "anlas") == 0


def test_one_at_a_time(sandbox: RunningSandbox):
    """A second generation of the same account is refused while the first is not answered."""

    async def both() -> list[int]:
        sandbox.faults.plan(Fault(FaultKind.STALLED_BODY, "novelai", "POST /ai/generate-image"))
        url = sandbox.url("novelai") + "/ai/generate-image"
        sent = body(width=64, height=64)
        async with httpx2.AsyncClient(timeout=20) as client:
            async with client.stream("POST", url, json=sent, headers=HEADERS):
                second = await client.post(url, json=sent, headers=HEADERS)
                other = await client.post(url, json=sent, headers={"authorization": "Bearer pst-other"})
            return [second.status_code, other.status_code]

    assert asyncio.run(both()) == [429, 200]


def frames(data: bytes) -> Iterator[dict[str, Any]]:
    while data:
        (length,) = struct.unpack(">I", data[:4])
        yield msgpack.unpackb(data[4 : 4 + length])
        data = data[4 + length :]


def test_msgpack_stream(sandbox: RunningSandbox):
    reply = post(sandbox, body(stream="msgpack", steps=3), "/ai/generate-image-stream")
    told = list(frames(reply.content))
    assert [event["event_type"] for event in told] == ["intermediate", "intermediate", "final"]
    assert told[-1]["image"].startswith(b"\x89PNG")
    for event in told:
        check("StreamEvent", event | {"image": ""})


def test_a_stream_that_breaks(sandbox: RunningSandbox):
    reply = post(sandbox, body(stream="sse", steps=2, input="broken-stream"), "/ai/generate-image-stream")
    events = [json.loads(line[6:]) for line in reply.text.splitlines() if line.startswith("data: ")]
    assert events[-1] == {"event_type": "error", "code": 500, "message": "Generation failed"}
    assert post(sandbox, body(), "/ai/generate-image-stream").status_code == 400


@pytest.mark.parametrize(
    ("path", "sent", "message"),
    [
        ("/ai/augment-image", {"req_type": "paint"}, "is required"),
        (
            "/ai/augment-image",
            {"req_type": "lineart", "image": base64_of(64, 64), "width": 32, "height": 64},
            "must be those of the image",
        ),
        (
            "/ai/augment-image",
            {"req_type": "lineart", "image": base64_of(64, 64), "width": 64, "height": 64, "defry": 1},
            "not supported by lineart",
        ),
        (
            "/ai/augment-image",
            {
                "req_type": "emotion",
                "image": base64_of(64, 64),
                "width": 64,
                "height": 64,
                "prompt": "glad;;x",
            },
            "prompt must be mood;;text",
        ),
        ("/ai/upscale", {"image": base64_of(64, 64)}, "model is required"),
        ("/ai/upscale", {"image": "AAAA", "model": "nai-diffusion-5-curated"}, "not an image"),
        (
            "/ai/encode-vibe",
            {"image": base64_of(64, 64), "model": "nai-diffusion-3", "information_extracted": 1},
            "not supported by this model",
        ),
        (
            "/ai/encode-vibe",
            {"image": base64_of(64, 64), "model": "nai-diffusion-4-full", "information_extracted": 0},
            "information_extracted must be above 0",
        ),
    ],
)
def test_bad_tools(sandbox: RunningSandbox, path: str, sent: Any, message: str):
    reply = post(sandbox, sent, path)
    assert reply.status_code == 400
    assert message in reply.json()["message"]


def test_upscale(sandbox: RunningSandbox):
    reply = post(sandbox, {"image": base64_of(640, 512), "model": "nai-diffusion-5-curated"}, "/ai/upscale")
    data = zipfile.ZipFile(io.BytesIO(reply.content)).read("image_0.png")
    assert Image.open(io.BytesIO(data)).size == (1280, 1024)
    assert sandbox.bill.charges()[0].amount == 2


def test_other_bodies(sandbox: RunningSandbox):
    url = sandbox.url("novelai") + "/ai/generate-image"
    parts = {"request": (None, json.dumps(body(width=64, height=64)))}
    assert httpx2.post(url, files=parts, headers=HEADERS).status_code == 200
    assert (
        httpx2.post(url, content=b"[", headers=HEADERS | {"content-type": "application/json"}).status_code
        == 400
    )
    assert (
        httpx2.post(url, content=b"{}", headers=HEADERS | {"content-type": "text/plain"}).status_code == 400
    )
    large = b" " * (8 * 1024 * 1024 + 1)
    assert (
        httpx2.post(url, content=large, headers=HEADERS | {"content-type": "application/json"}).status_code
        == 413
    )
    odd = httpx2.post(url, json=body(), headers=HEADERS | {"x-correlation-id": "toolong"})
    assert odd.status_code == 400
    nowhere = httpx2.get(sandbox.url("novelai") + "/ai/generate-image/request-price", headers=HEADERS)
    assert nowhere.status_code == 404
    check("Error", nowhere.json())


def test_models_and_data_files(sandbox: RunningSandbox):
    listed = httpx2.get(sandbox.url("novelai") + "/oa/v1/models", headers=HEADERS).json()
    assert {entry["id"] for entry in listed["data"]} == set(models())
    for name in ("models.json", "schemas.json"):
        assert json.loads((OURS / name).read_text()) == json.loads((CONTRACTS / name).read_text())
