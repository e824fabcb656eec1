"""BFL's emulator against the published document and its curl lines; there is no official client."""

import base64
import hashlib
import hmac
import io
import json
import shutil
import subprocess
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import pytest
from jsonschema import Draft202012Validator
from PIL import Image
from pytest_httpserver import HTTPServer

from limner.sandbox.bfl.models import models
from limner.sandbox.codecs import encode
from limner.sandbox.paint import paint
from limner.sandbox.server import RunningSandbox, running_sandbox
from tests.sandbox.conftest import StillClock
from tests.sandbox.receiver import received
from tests.support.sources import PACKAGE

CONTRACTS = Path(__file__).parents[1] / "contracts" / "bfl"
DOCUMENT = json.loads((PACKAGE / "providers" / "bfl" / "openapi.json").read_text())
PRICES = {one["path"]: one["price"] for one in json.loads((CONTRACTS / "models.json").read_text())["models"]}
PNG = encode(paint("a", 512, 384), "png")
B64 = base64.b64encode(PNG).decode()
KEY = {"x-key": "sandbox-key"}
TRIALS = {"image": B64, "mask": B64, "prompt": "a kite"}


def check(name: str, value: Any) -> None:
    schema = {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}
    Draft202012Validator(schema).validate(value)


def submit(
    sandbox: RunningSandbox, model: str, body: Any, headers: dict[str, str] | None = None
) -> httpx2.Response:
    url = sandbox.url("bfl", f"/v1/{model}")
    return httpx2.post(url, json=body, headers=KEY if headers is None else headers, timeout=30)


def ended(url: str) -> dict[str, Any]:
    for _ in range(9):
        state = httpx2.get(url, headers=KEY).json()
        check("ResultResponse", state)
        if state["status"] != "Pending":
            return state
    raise AssertionError(state)


def fetched(url: str) -> Image.Image:
    image = Image.open(io.BytesIO(httpx2.get(url).content))
    image.load()
    return image


def least(name: str) -> dict[str, Any]:
    return {field: TRIALS[field] for field in models()[name].schema.get("required", [])}


def test_the_life_of_a_task(sandbox: RunningSandbox, clock: StillClock):
    reply = submit(
        sandbox,
        "flux-2-pro",
        {"prompt": "a red door", "input_image": B64, "output_format": "png", "seed": 42},
    )
    ticket = reply.json()
    check("AsyncResponse", ticket)
    assert ticket["cost"] == 3.29  # $0.03 for the picture and 0.19 megapixels in at $0.015
    assert (ticket["input_mp"], ticket["output_mp"]) == (0.19, 0.19)
    states = [httpx2.get(ticket["polling_url"], headers=KEY).json() for _ in range(3)]
    assert [state["status"] for state in states] == ["Pending", "Pending", "Ready"]
    for state in states:
        check("ResultResponse", state)
    result = states[2]["result"]
    assert (result["seed"], result["prompt"]) == (42, "a red door")
    image = fetched(result["sample"])
    assert (image.format, image.size) == ("PNG", (512, 384))
    assert ended(ticket["polling_url"])["result"]["sample"] == result["sample"]
    [charge] = sandbox.bill.charges()
    assert (charge.amount, charge.unit, charge.delivered) == (Decimal("3.29"), "credits", True)
    credits_ = httpx2.get(sandbox.url("bfl", "/v1/credits"), headers=KEY).json()
    check("CreditsResponse", credits_)
    assert credits_ == {"credits": 996.71}
    assert httpx2.get(result["sample"].partition("?")[0]).status_code == 403
    clock.time += timedelta(minutes=10)
    assert httpx2.get(result["sample"]).status_code == 403


def test_only_the_polling_url_knows_the_task(sandbox: RunningSandbox):
    ticket = submit(sandbox, "flux-dev", {"prompt": "x"}).json()
    url = sandbox.url("bfl", "/v1/get_result")
    state = httpx2.get(url, params={"id": ticket["id"]}, headers=KEY).json()
    check("ResultResponse", state)
    assert state["status"] == "Task not found"
    assert httpx2.get(url, headers=KEY).status_code == 422
    other = httpx2.get(ticket["polling_url"], headers={"x-key": "somebody"})
    assert other.json()["status"] == "Task not found"
    assert httpx2.get(ticket["polling_url"]).status_code == 403


@pytest.mark.parametrize("name", list(models()))
def test_every_model_runs_and_costs_what_is_published(sandbox: RunningSandbox, name: str):
    body = least(name) | ({"top": 64, "left": 32} if name.endswith("expand") else {})
    ticket = submit(sandbox, name, body).json()
    image = fetched(ended(ticket["polling_url"])["result"]["sample"])
    price = PRICES[f"/v1/{name}"]
    price = PRICES[price["same_as"]] if "same_as" in price else price
    assert ticket["cost"] == pytest.approx(price.get("usd", price.get("first_mp_usd")) * 100)
    assert image.format == ("PNG" if "kontext" in name else "JPEG")
    sizes = {
        "flux-pro-1.1": (1024, 768),
        "flux-dev": (1024, 768),
        "flux-pro-1.1-ultra": (2736, 1536),
        "flux-pro-1.0-fill": (512, 384),
        "flux-pro-1.0-expand": (544, 448),
    }
    assert image.size == sizes.get(name, (1024, 1024))


def test_every_published_path_is_here():
    posted = {path for path, methods in DOCUMENT["paths"].items() if "post" in methods}
    assert posted == {f"/v1/{name}" for name in models()} == set(PRICES)


def test_megapixels_are_counted(sandbox: RunningSandbox):
    body = {"prompt": "x", "width": 2048, "height": 2048, "input_image": B64, "input_image_2": B64}
    ticket = submit(sandbox, "flux-2-max", body).json()
    assert (ticket["output_mp"], ticket["input_mp"]) == (4.0, 0.38)
    assert ticket["cost"] == 17.14  # 7 + 3 × 3 + 0.38 × 3


def test_an_edit_repaints_everything(sandbox: RunningSandbox):
    mask = encode(paint("m", 512, 384), "png")
    body = {"image": B64, "mask": base64.b64encode(mask).decode(), "prompt": "x", "output_format": "png"}
    ticket = submit(sandbox, "flux-pro-1.0-fill", body).json()
    image = fetched(ended(ticket["polling_url"])["result"]["sample"]).convert("RGB")
    before = Image.open(io.BytesIO(PNG)).convert("RGB")
    assert image.size == before.size
    assert image.getpixel((0, 0)) != before.getpixel((0, 0))


def test_shapes_and_formats(sandbox: RunningSandbox):
    for body, size, form in (
        ({"aspect_ratio": "21:9"}, (1568, 672), "PNG"),
        ({"input_image": B64, "output_format": "webp"}, (1184, 880), "WEBP"),
    ):
        ticket = submit(sandbox, "flux-kontext-pro", {"prompt": "x"} | body).json()
        image = fetched(ended(ticket["polling_url"])["result"]["sample"])
        assert (image.size, image.format) == (size, form)


@pytest.mark.parametrize(
    ("prompt", "status", "billed"),
    [
        ("forbidden-violence", "Request Moderated", False),
        ("forbidden-output-violence", "Content Moderated", True),
        ("a broken-run", "Error", False),
    ],
)
def test_ends_without_a_picture(sandbox: RunningSandbox, prompt: str, status: str, billed: bool):
    ticket = submit(sandbox, "flux-2-pro", {"prompt": prompt}).json()
    state = ended(ticket["polling_url"])
    assert (state["status"], state["result"]) == (status, None)
    assert state["details"]
    assert [charge.billed for charge in sandbox.bill.charges()] == [billed]


def test_a_task_may_be_unknown_at_first(sandbox: RunningSandbox):
    ticket = submit(sandbox, "flux-2-pro", {"prompt": "a late-task"}).json()
    assert httpx2.get(ticket["polling_url"], headers=KEY).json()["status"] == "Task not found"
    assert ended(ticket["polling_url"])["status"] == "Ready"


@pytest.mark.parametrize(
    ("model", "body", "path", "kind"),
    [
        ("flux-2-pro", {}, "prompt", "missing"),
        ("flux-2-pro", {"prompt": 5}, "prompt", "type_error"),
        ("flux-2-pro", {"prompt": "x", "width": 60}, "width", "greater_than_equal"),
        ("flux-2-pro", {"prompt": "x", "width": 100}, "width", "multiple_of"),
        ("flux-2-pro", {"prompt": "x", "width": 4096, "height": 2048}, "width", "value_error"),
        ("flux-2-pro", {"prompt": "x", "safety_tolerance": 6}, "safety_tolerance", "less_than_equal"),
        ("flux-2-pro", {"prompt": "x", "output_format": "gif"}, "output_format", "enum"),
        ("flux-2-pro", {"prompt": "x", "steps": 9}, "steps", "value_error"),
        ("flux-2-klein-4b", {"prompt": "x", "input_image_5": B64}, "input_image_5", "value_error"),
        ("flux-pro-1.1", {"width": 1000}, "width", "multiple_of"),
        ("flux-pro-1.1", {"width": 1472}, "width", "less_than_equal"),
        (
            "flux-2-pro",
            {"prompt": "x", "input_image": "https://example.com/a.png"},
            "input_image",
            "value_error",
        ),
        ("flux-2-pro", {"prompt": "x", "input_image": "AAAA"}, "input_image", "value_error"),
        ("flux-kontext-pro", {"prompt": "x", "aspect_ratio": "22:9"}, "aspect_ratio", "value_error"),
        ("flux-pro-1.0-fill", {"prompt": "x"}, "image", "missing"),
        ("flux-pro-1.0-fill", {"image": B64, "guidance": 1}, "guidance", "greater_than_equal"),
        ("flux-pro-1.0-expand", {"image": B64, "top": 2049}, "top", "less_than_equal"),
        ("flux-2-pro", {"prompt": "x", "webhook_url": "http://example.com/"}, "webhook_url", "value_error"),
        ("flux-2-pro", {"prompt": "x", "webhook_url": ""}, "webhook_url", "string_too_short"),
    ],
)
def test_bad_bodies(sandbox: RunningSandbox, model: str, body: Any, path: str, kind: str):
    reply = submit(sandbox, model, body)
    assert reply.status_code == 422, reply.text
    check("HTTPValidationError", reply.json())
    assert (reply.json()["detail"][0]["loc"], reply.json()["detail"][0]["type"]) == (["body", path], kind)
    assert sandbox.bill.charges() == ()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"authorization": "Bearer sandbox-key"}, 403),
        ({"x-key": "invalid"}, 403),
        ({"x-key": "forbidden"}, 403),
        ({"x-key": "empty"}, 402),
    ],
)
def test_keys(sandbox: RunningSandbox, headers: dict[str, str], status: int):
    reply = submit(sandbox, "flux-2-pro", {"prompt": "x"}, headers)
    assert reply.status_code == status
    assert isinstance(reply.json()["detail"], str)
    assert sandbox.bill.charges() == ()


def test_other_requests(sandbox: RunningSandbox):
    assert submit(sandbox, "flux-kontext", {"prompt": "x"}).status_code == 404
    assert httpx2.post(sandbox.url("bfl", "/v1/flux-2-pro"), content=b"[", headers=KEY).status_code == 422


def test_too_many_active_tasks(sandbox: RunningSandbox):
    tickets = [submit(sandbox, "flux-kontext-pro", {"prompt": "x"}) for _ in range(7)]
    assert [one.status_code for one in tickets] == [200] * 6 + [429]
    ended(tickets[0].json()["polling_url"])
    assert submit(sandbox, "flux-kontext-pro", {"prompt": "x"}).status_code == 200
    assert submit(sandbox, "flux-2-pro", {"prompt": "x"}).status_code == 200


def test_a_given_rate(clock: StillClock):
    with running_sandbox(clock, rates={"bfl": 1}) as sandbox:
        replies = [submit(sandbox, "flux-2-pro", {"prompt": "x"}) for _ in range(2)]
        assert [reply.status_code for reply in replies] == [200, 429]


def test_a_webhook_is_signed_and_replaces_the_polling_url(
    sandbox: RunningSandbox, clock: StillClock, httpserver: HTTPServer
):
    httpserver.expect_ordered_request("/hook").respond_with_data("not now", 500)
    httpserver.expect_ordered_request("/hook").respond_with_data("thanks")
    body = {"prompt": "x", "webhook_url": httpserver.url_for("/hook"), "webhook_secret": "s3cret"}
    reply = submit(sandbox, "flux-2-pro", body)
    check("AsyncWebhookResponse", reply.json())
    assert "polling_url" not in reply.json()
    first, second = received(httpserver, 2)
    assert first.data == second.data
    assert clock.slept == [1]
    state = json.loads(second.data)
    assert (state["id"], state["status"]) == (reply.json()["id"], "Ready")
    digest = hmac.new(b"s3cret", second.data, hashlib.sha256).hexdigest()
    assert second.headers["x-bfl-signature"] == f"sha256={digest}"
    assert fetched(state["result"]["sample"]).size == (1024, 1024)
    regional = sandbox.url("bfl", "/eu2/v1/get_result")
    looked = httpx2.get(regional, params={"id": state["id"]}, headers=KEY)
    assert looked.json()["status"] == "Task not found"


CURL = shutil.which("curl")


@pytest.mark.skipif(CURL is None, reason="no curl")
def test_the_published_curl_lines(sandbox: RunningSandbox):
    """As the quick start prints them, host and key apart."""

    def run(*arguments: str) -> dict[str, Any]:
        command = [CURL or "", "-sS", "-f", "--noproxy", "*", *arguments]
        return json.loads(subprocess.run(command, check=True, timeout=30, capture_output=True).stdout)

    body = json.dumps({"prompt": "a kite", "width": 1024, "height": 768})
    common = ["-H", "accept: application/json", "-H", "x-key: sandbox-key"]
    url = sandbox.url("bfl", "/v1/flux-pro-1.1")
    ticket = run("-X", "POST", url, *common, "-H", "Content-Type: application/json", "-d", body)
    states = [run("-X", "GET", ticket["polling_url"], *common)["status"] for _ in range(3)]
    assert states == ["Pending", "Pending", "Ready"]
