"""The emulated servers on one's own machine against OpenAI's client and what their projects publish."""

import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from PIL import Image

from limner.sandbox.codecs import encode
from limner.sandbox.openai_compatible.localai import INPAINTING, UPSCALE
from limner.sandbox.paint import paint
from limner.sandbox.server import RunningSandbox, running_sandbox
from tests.sandbox.conftest import StillClock

CONTRACTS = Path(__file__).parents[1] / "contracts" / "selfhosted"
SHEET = {
    one["name"]: one for one in json.loads((CONTRACTS / "openai-compatible.json").read_text())["servers"]
}
PNG = encode(paint("a", 640, 480), "png")
B64 = base64.b64encode(PNG).decode()
FILE = ("a.png", PNG, "image/png")
PLACES = {
    "stable-diffusion.cpp server": "",
    "LocalAI": "/localai",
    "vLLM-Omni": "/vllm",
    "SGLang diffusion": "/sglang",
}


@pytest.fixture
def client(sandbox: RunningSandbox) -> Iterator[openai.OpenAI]:
    url = sandbox.url("openai-compatible")
    with openai.OpenAI(api_key="sandbox-key", base_url=url, max_retries=0) as client:
        yield client


def post(sandbox: RunningSandbox, path: str, **rest: Any) -> httpx2.Response:
    return httpx2.post(sandbox.url("openai-compatible", path), timeout=30, **rest)


def paint_one(sandbox: RunningSandbox, place: str = "", **fields: Any) -> httpx2.Response:
    return post(sandbox, f"{place}/v1/images/generations", json={"prompt": "a kite"} | fields)


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def shown(reply: httpx2.Response, number: int = 0) -> Image.Image:
    """A picture of an answer, however it came."""
    item = reply.json()["data"][number]
    if item.get("b64_json"):
        return opened(base64.b64decode(item["b64_json"]))
    return opened(httpx2.get(item["url"]).content)


def test_generate(client: openai.OpenAI, sandbox: RunningSandbox):
    answer = client.images.generate(model="sd-cpp-local", prompt="a kite", size="512x512", n=2)
    assert answer.data
    images = [opened(base64.b64decode(item.b64_json or "")) for item in answer.data]
    assert [image.size for image in images] == [(512, 512)] * 2
    assert images[0].tobytes() != images[1].tobytes()
    [charge] = sandbox.bill.charges()
    assert (charge.amount, charge.billed, charge.images, charge.delivered) == (0, False, 2, True)


def test_edit(client: openai.OpenAI):
    answer = client.images.edit(image=FILE, mask=FILE, prompt="red")
    assert answer.data
    assert opened(base64.b64decode(answer.data[0].b64_json or "")).size == (640, 480)
    answer = client.images.edit(image=[FILE, FILE], prompt="red", size="1024x1024", n=2)
    assert answer.data
    assert len(answer.data) == 2
    assert opened(base64.b64decode(answer.data[0].b64_json or "")).size == (1024, 1024)


def test_models(client: openai.OpenAI):
    assert [one.id for one in client.models.list()] == ["sd-cpp-local"]


@pytest.mark.parametrize("name", PLACES)
def test_every_server_has_the_calls_that_its_project_publishes(sandbox: RunningSandbox, name: str):
    place, published = PLACES[name], set(SHEET[name]["endpoints"])
    for call in ("edits", "inpainting", "upscale", "variations"):
        reply = post(sandbox, f"{place}/v1/images/{call}", files={"image": FILE})
        there = f"POST /v1/images/{call}" in published
        assert (reply.status_code != 404) is there, call


@pytest.mark.parametrize("name", PLACES)
def test_every_server_answers_in_its_default_form(sandbox: RunningSandbox, name: str):
    fields = SHEET[name]["endpoints"]["POST /v1/images/generations"]["request"]
    default = fields.get("response_format", {}).get("default", "b64_json")
    reply = paint_one(sandbox, PLACES[name])
    item = reply.json()["data"][0]
    assert bool(item.get("url")) is (default == "url")
    width, height = (fields["size"]["default"] or ("512x512" if not PLACES[name] else "1024x1024")).split("x")
    assert shown(reply).size == (int(width), int(height))
    inline = paint_one(sandbox, PLACES[name], response_format="b64_json")
    assert inline.json()["data"][0]["b64_json"]


def test_seeds(sandbox: RunningSandbox):
    for place in ("", "/localai", "/vllm", "/sglang"):
        same = [shown(paint_one(sandbox, place, seed=7, size="64x64")).tobytes() for _ in range(2)]
        assert same[0] == same[1]
    free = [shown(paint_one(sandbox, "", size="64x64")).tobytes() for _ in range(2)]
    assert free[0] != free[1]
    fixed = [shown(paint_one(sandbox, "/sglang", size="64x64")).tobytes() for _ in range(2)]
    assert fixed[0] == fixed[1]  # its default seed is a number


def test_localai(sandbox: RunningSandbox):
    one, other = (paint_one(sandbox, "/localai", prompt=text, seed=1) for text in ("a|b", "a|c"))
    assert shown(one).tobytes() == shown(other).tobytes()
    assert shown(paint_one(sandbox, "/localai", size="large")).size == (512, 512)
    started = paint_one(sandbox, "/localai", file=B64, seed=1)
    assert shown(started).tobytes() != shown(paint_one(sandbox, "/localai", seed=1)).tobytes()


LOCAL = "/localai/v1/images"
NAMED = {"model": "stablediffusion"}
MASK = ("b.png", encode(paint("b", 640, 480), "png"), "image/png")
HOLED = {"image": FILE, "mask": MASK}


@pytest.mark.parametrize("steps", [{}, {"steps": "25"}])
def test_localai_repaints(sandbox: RunningSandbox, steps: dict[str, str]):
    reply = post(sandbox, f"{LOCAL}/inpainting", data=NAMED | {"prompt": "a|b"} | steps, files=HOLED)
    [item] = reply.json()["data"]
    assert (item["b64_json"], "/generated-images/" in item["url"]) == ("", True)
    assert shown(reply).size == (640, 480)
    assert shown(reply).tobytes() != opened(PNG).tobytes()
    [charge] = sandbox.bill.charges()
    assert (charge.model, charge.operation, charge.amount) == ("stablediffusion", "inpainting", 0)


@pytest.mark.parametrize(("scale", "size"), [({}, (1280, 960)), ({"scale": "4"}, (2560, 1920))])
def test_localai_enlarges(sandbox: RunningSandbox, scale: dict[str, str], size: tuple[int, int]):
    reply = post(sandbox, f"{LOCAL}/upscale", data=NAMED | scale, files={"image": FILE})
    assert shown(reply).size == size


def test_the_forms_of_localai_are_the_published_ones():
    for call, fields in (("inpainting", INPAINTING), ("upscale", UPSCALE)):
        published = SHEET["LocalAI"]["endpoints"][f"POST /v1/images/{call}"]["request"]
        files = {name for name, one in published.items() if one["type"] == "file"}
        required = {name for name, one in published.items() if one.get("required")}
        assert set(fields.files) == files
        assert {*fields.texts, *fields.files} == required
        assert {*fields.optional} == set(published) - required


SMALL = ("b.png", encode(paint("b", 64, 64), "png"), "image/png")
REPAINT = NAMED | {"prompt": "x"}


@pytest.mark.parametrize(
    ("call", "data", "files"),
    [
        ("inpainting", {}, HOLED),
        ("inpainting", NAMED, HOLED),
        ("inpainting", {"prompt": "x"}, HOLED),
        ("inpainting", REPAINT | {"model": ""}, HOLED),
        ("inpainting", REPAINT | {"prompt": ""}, HOLED),
        ("inpainting", REPAINT, {"image": FILE}),
        ("inpainting", REPAINT, {"mask": MASK}),
        ("inpainting", REPAINT, {"image": FILE, "mask": SMALL}),
        ("inpainting", REPAINT, {"image": FILE, "mask": ("b.png", b"nonsense", "image/png")}),
        ("inpainting", REPAINT, [("image", FILE), ("image", FILE), ("mask", MASK)]),
        ("inpainting", REPAINT, HOLED | {"reference": FILE}),
        ("inpainting", REPAINT | {"mask": B64}, {"image": FILE}),
        ("inpainting", REPAINT | {"steps": "many"}, HOLED),
        ("inpainting", REPAINT | {"steps": "0"}, HOLED),
        ("inpainting", REPAINT | {"step": "25"}, HOLED),
        ("inpainting", REPAINT | {"seed": "7"}, HOLED),
        ("inpainting", REPAINT | {"response_format": "b64_json"}, HOLED),
        ("upscale", {}, {"image": FILE}),
        ("upscale", NAMED | {"scale": "3"}, {"image": FILE}),
        ("upscale", NAMED, {"mask": FILE}),
        ("upscale", REPAINT, {"image": FILE}),
    ],
)
def test_what_localai_does_not_document_is_refused(sandbox: RunningSandbox, call: str, data: Any, files: Any):
    reply = post(sandbox, f"{LOCAL}/{call}", data=data, files=files)
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, 400)
    assert sandbox.bill.charges() == ()


def test_a_form_of_localai_is_no_json(sandbox: RunningSandbox):
    reply = post(sandbox, f"{LOCAL}/inpainting", json=REPAINT | {"image": B64, "mask": B64})
    assert reply.status_code == 400


@pytest.mark.parametrize(
    ("place", "fields", "status", "told"),
    [
        ("", {"prompt": 5}, 400, str),
        ("", {"n": 0}, 400, str),
        ("", {"size": "large"}, 400, str),
        ("", {"size": "32x32"}, 400, str),
        ("", {"output_format": "gif"}, 400, str),
        ("/localai", {"file": "nonsense!"}, 400, dict),
        ("/vllm", {"n": 11}, 422, list),
        ("/vllm", {"response_format": "url"}, 422, list),
        ("/vllm", {"num_inference_steps": 201}, 422, list),
        ("/vllm", {"guidance_scale": 21}, 422, list),
        ("/vllm", {"model": "another"}, 400, str),
        ("/sglang", {"prompt": None}, 422, list),
        ("", {"prompt": "a broken-run"}, 500, str),
        ("/localai", {"prompt": "a broken-run"}, 500, dict),
    ],
)
def test_errors_differ(sandbox: RunningSandbox, place: str, fields: Any, status: int, told: type):
    reply = paint_one(sandbox, place, **fields)
    body = reply.json()
    assert reply.status_code == status
    assert isinstance(body.get("error", body.get("detail")), told)
    assert sandbox.bill.charges() == ()


@pytest.mark.parametrize(
    ("data", "files"),
    [
        ({}, {"image": FILE}),
        ({"prompt": "x"}, {"mask": FILE}),
        ({"prompt": "x", "n": "many"}, {"image": FILE}),
        ({"prompt": "x"}, {"image": ("a.png", b"nonsense", "image/png")}),
        ({"prompt": "x"}, {"image": FILE, "mask": ("b.png", encode(paint("b", 64, 64), "png"), "image/png")}),
    ],
)
def test_bad_edits(sandbox: RunningSandbox, data: Any, files: Any):
    assert post(sandbox, "/v1/images/edits", data=data, files=files).status_code == 400


def test_what_a_bare_server_does_not_know_it_ignores(sandbox: RunningSandbox):
    assert paint_one(sandbox, guidance_scale=7, colour="red", response_format="url").status_code == 200


def test_odd_requests(sandbox: RunningSandbox):
    assert post(sandbox, "/v1/images/generations", content=b"[").status_code == 400
    assert post(sandbox, "/v1/images/edits", json={"prompt": "x"}).status_code == 400
    assert httpx2.get(sandbox.url("openai-compatible", "/v1/nothing")).status_code == 404


def test_no_key_is_asked_for_and_a_wrong_one_is_refused(sandbox: RunningSandbox):
    assert paint_one(sandbox).status_code == 200
    with (
        openai.OpenAI(api_key="invalid", base_url=sandbox.url("openai-compatible"), max_retries=0) as client,
        pytest.raises(openai.AuthenticationError),
    ):
        client.images.generate(model="sd-cpp-local", prompt="x")


def test_a_busy_machine(clock: StillClock):
    with running_sandbox(clock, rates={"openai-compatible": 1}) as sandbox:
        assert [paint_one(sandbox).status_code for _ in range(2)] == [200, 503]
