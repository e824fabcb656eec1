"""Limner's own interface: pictures in JSON and in forms, events, quotes, models, providers."""

import base64
import io
import json
from decimal import Decimal
from typing import Any

import httpx2
import numpy as np
import pytest
from PIL import Image

from limner.sandbox.faults import Fault, FaultKind
from limner.sandbox.server import RunningSandbox
from limner.server.views import ModelOut, ProviderOut, QuoteOut, RunOut
from tests.server.pictures import mask, photo, pixels
from tests.support.gateway import Live

FLARE = "openai/gpt-image-2.5-flare"
NAI = "novelai/nai-diffusion-4-5-full"
ERASE = {"operation": "erase", "model": "limner/heal"}


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def erased_well(answer: httpx2.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    RunOut.model_validate(body)
    [image] = body["images"]
    keep = pixels(mask())[..., 0] == 0
    result = pixels(base64.b64decode(image["b64_json"], validate=True))
    assert np.array_equal(result[keep], pixels(photo())[keep])
    assert not np.array_equal(result[~keep], pixels(photo())[~keep])
    assert image["measured"]["changed_outside_mask"] == 0
    assert image["measured"]["outside_mask"] == int(keep.sum())
    assert answer.headers["x-limner-cost"] == "0"
    assert body["request_id"] == answer.headers["x-request-id"]
    return body


@pytest.mark.parametrize(
    "write",
    [
        b64,
        lambda data: f"data:image/png;base64,{b64(data)}",
        lambda data: base64.urlsafe_b64encode(data).decode().rstrip("="),
        lambda data: base64.encodebytes(data).decode(),
    ],
    ids=["base64", "data-uri", "url-alphabet", "lines"],
)
def test_pictures_in_json(http: httpx2.Client, write: Any):
    answer = http.post("/api/v1/run", json={**ERASE, "images": [write(photo())], "mask": write(mask())})
    erased_well(answer)


@pytest.mark.parametrize("name", ["image", "image[]", "images"])
def test_pictures_in_a_form(http: httpx2.Client, name: str):
    files = {name: ("a.png", photo(), "image/png"), "mask": ("m.png", mask(), "image/png")}
    erased_well(http.post("/api/v1/run", data={**ERASE, "feather": "0"}, files=files))


def test_structured_fields_of_a_form_are_json(http: httpx2.Client):
    files = {"image": photo(), "mask": mask()}
    fields = {**ERASE, "options": '{"method": "nonsense"}'}
    answer = http.post("/api/v1/run", data=fields, files=files)
    assert answer.status_code == 400
    assert answer.json()["field"].startswith("options")


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "missing_field", "operation"),
        ({"operation": "levitate"}, "unknown_operation", "operation"),
        ({"operation": "generate", "prompt": "x", "sampler": "ddim"}, "unknown_field", "sampler"),
        ({"operation": "generate"}, "empty_prompt", "prompt"),
        ({"operation": "generate", "prompt": "x", "n": 1000}, "out_of_range", "n"),
        ({"operation": "generate", "prompt": "x", "quality": "gold"}, "unknown_quality", "quality"),
        ({**ERASE, "images": ["/etc/passwd"], "mask": "AAAA"}, None, "images[0]"),
        ({**ERASE, "images": ["file:///etc/passwd"], "mask": "x"}, "invalid_base64", "images[0]"),
        ({**ERASE, "images": ["AAAA"], "mask": "AAAA"}, None, "images[0]"),
        ({**ERASE, "images": ["http://127.0.0.1:1/a.png"]}, None, "images[0]"),
        ({**ERASE, "images": ["http://169.254.169.254/latest/meta-data"]}, None, "images[0]"),
    ],
    ids=str,
)
def test_what_makes_no_sense(http: httpx2.Client, body: dict[str, Any], code: str | None, field: str | None):
    answer = http.post("/api/v1/run", json=body)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["billed"] == "no"
    assert problem["remedy"]
    assert code in {None, problem["code"]}
    assert field in {None, problem["field"]}


@pytest.mark.parametrize(
    ("headers", "content", "status", "code"),
    [
        ({"content-type": "application/json"}, b"{", 400, "invalid_json"),
        ({"content-type": "application/json"}, b"[1]", 400, "invalid_json"),
        ({"content-type": "application/json"}, b"[" * 100_000, 400, "invalid_json"),
        ({"content-type": "text/xml"}, b"<a/>", 415, "unsupported_media_type"),
        ({"content-type": "multipart/form-data; boundary=x"}, b"--x\r\nbroken", 400, None),
        ({"content-type": "multipart/form-data"}, b"", 400, None),
    ],
)
def test_bodies_that_cannot_be_read(
    http: httpx2.Client, headers: dict[str, str], content: bytes, status: int, code: str | None
):
    answer = http.post("/api/v1/run", headers=headers, content=content)
    assert answer.status_code == status
    assert code in {None, answer.json()["code"]}


def test_unknown_paths_and_methods_are_problems_too(http: httpx2.Client):
    assert http.get("/api/v1/nowhere").json()["code"] == "not_found"
    assert http.get("/api/v1/run").json()["code"] == "method_not_allowed"
    assert http.get("/v1/nowhere").json()["error"]["code"] == "not_found"


def events(answer: httpx2.Response) -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = []
    for block in answer.text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if lines:
            found.append((lines["event"], json.loads(lines["data"])))
    return found


STREAM = {"accept": "text/event-stream"}


def test_events_tell_the_story_and_end_with_the_result(http: httpx2.Client, sandbox: RunningSandbox):
    body = {
        "operation": "generate",
        "model": FLARE,
        "prompt": "a kite",
        "quality": "draft",
        "partial_images": 2,
    }
    answer = http.post("/api/v1/run", json=body, headers=STREAM)
    assert answer.headers["content-type"].startswith("text/event-stream")
    told = events(answer)
    names = [name for name, _ in told]
    assert names[:2] == ["quoted", "sending"]
    assert names.count("preview") == 2
    assert names[-1] == "result"
    runs = {data["run"] for name, data in told if name != "result"}
    assert runs == {told[-1][1]["id"]}
    preview = next(data for name, data in told if name == "preview")
    Image.open(io.BytesIO(base64.b64decode(preview["images"][0]["b64_json"]))).load()
    RunOut.model_validate(told[-1][1])


def test_events_end_with_a_problem_when_it_fails(http: httpx2.Client, sandbox: RunningSandbox):
    body = {"operation": "generate", "model": FLARE, "prompt": "forbidden-violence"}
    name, problem = events(http.post("/api/v1/run", json=body, headers=STREAM))[-1]
    assert (name, problem["code"], problem["stage"]) == ("error", "moderation_refused", "moderation")


@pytest.mark.row("P2")
def test_the_same_key_again_gives_the_same_result(http: httpx2.Client, sandbox: RunningSandbox):
    body = {"operation": "generate", "model": FLARE, "prompt": "a kite", "quality": "draft"}
    key = {"idempotency-key": "one"}
    first, second = (http.post("/api/v1/run", json=body, headers=key).json() for _ in range(2))
    assert first["id"] == second["id"]
    assert len(sandbox.bill.charges("openai")) == 1
    other = http.post("/api/v1/run", json={**body, "prompt": "a boat"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")


def test_a_limit_on_the_cost_is_kept(http: httpx2.Client, sandbox: RunningSandbox):
    body = {"operation": "generate", "model": FLARE, "prompt": "a kite", "max_cost": "0.0001"}
    answer = http.post("/api/v1/run", json=body)
    assert (answer.status_code, answer.json()["code"]) == (402, "over_max_cost")
    assert not sandbox.bill.charges("openai")


# Quotes


@pytest.mark.row("P4")
def test_a_quote_costs_nothing_and_needs_no_picture(http: httpx2.Client, sandbox: RunningSandbox):
    body = {"operation": "inpaint", "model": FLARE, "prompt": "a ball", "n": 2}
    answer = http.post("/api/v1/quote", json={**body, "image_sizes": ["1024x768"], "mask_box": [0, 0, 9, 9]})
    assert answer.status_code == 200, answer.text
    quote = QuoteOut.model_validate(answer.json())
    assert (quote.model, quote.price.kind) == (FLARE, "estimated")
    assert quote.price.most is not None
    assert quote.price.usd is not None
    assert sandbox.requests.count("openai") == 0


@pytest.mark.row("P4")
def test_a_quote_counts_references_by_what_they_are_for(http: httpx2.Client):
    def amount(*roles: str) -> Decimal:
        shown = [{"size": "640x480", "role": role} for role in roles]
        body = {"operation": "generate", "model": NAI, "prompt": "a kite", "references": shown}
        answer = http.post("/api/v1/quote", json=body)
        assert answer.status_code == 200, answer.text
        native = QuoteOut.model_validate(answer.json()).price.native
        assert native is not None
        return Decimal(native.amount)

    plain = amount()
    assert amount("style") - plain == 2  # a vibe is encoded once, for two anlas
    assert amount("style", "style") - plain == 4
    assert amount("subject") - plain == 5  # a precise reference, for each picture


def test_what_runs_here_is_free(http: httpx2.Client):
    quote = QuoteOut.model_validate(
        http.post(
            "/api/v1/quote", json={**ERASE, "image_sizes": ["640x480"], "mask_box": [0, 0, 640, 480]}
        ).json()
    )
    assert quote.price.free
    assert quote.price.kind == "exact"


@pytest.mark.parametrize("box", [[0, 0, 641, 9], [9, 0, 9, 9], [0, 9, 9, 0], [-1, 0, 9, 9]], ids=str)
def test_a_box_lies_in_its_picture(http: httpx2.Client, box: list[int]):
    answer = http.post("/api/v1/quote", json={**ERASE, "image_sizes": ["640x480"], "mask_box": box})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_box")
    assert ",".join(map(str, box)) in answer.json()["detail"]


def test_a_quote_says_what_is_wrong(http: httpx2.Client):
    answer = http.post("/api/v1/quote", json={**ERASE, "image_sizes": ["640x480"]})
    assert (answer.status_code, answer.json()["code"]) == (400, "missing_mask")


# What there is


def test_models_with_prices_and_whether_they_can_be_used(http: httpx2.Client):
    listed = {model["id"]: ModelOut.model_validate(model) for model in http.get("/api/v1/models").json()}
    heal, flare = listed["limner/heal"], listed[FLARE]
    assert heal.available
    price = heal.operations["erase"].price
    assert price is not None
    assert price.free
    assert flare.available
    assert flare.operations["generate"].price is not None
    retired = listed["openai/dall-e-3"]
    assert (retired.available, retired.lifecycle) == (False, "retired")
    azure = next(model for model in listed.values() if model.provider == "azure")
    assert not azure.available
    assert "AZURE_OPENAI_API_KEY" in (azure.remedy or "")


def test_models_of_an_operation_and_one_model(http: httpx2.Client):
    assert all("erase" in model["operations"] for model in http.get("/api/v1/models?operation=erase").json())
    assert http.get("/api/v1/models/gpt-image-2.5-flare").json()["id"] == FLARE
    missing = http.get("/api/v1/models/gpt-imagine")
    assert (missing.status_code, missing.json()["code"]) == (404, "unknown_model")
    assert missing.json()["suggestions"]


def test_providers(http: httpx2.Client):
    listed = {each["slug"]: ProviderOut.model_validate(each) for each in http.get("/api/v1/providers").json()}
    assert listed["limner"].available
    assert listed["openai"].available
    assert listed["openai"].title == "OpenAI"
    assert not listed["azure"].available


def test_no_answer_holds_a_key(http: httpx2.Client, sandbox: RunningSandbox):
    sandbox.faults.plan(Fault(FaultKind.STATUS, provider="openai", status=500, times=None))
    texts = [http.get(path).text for path in ("/api/v1/models", "/api/v1/providers", "/api/v1/openapi.json")]
    body = {"operation": "generate", "model": FLARE, "prompt": "x"}
    texts.append(http.post("/api/v1/run", json=body).text)
    assert not [text for text in texts if "sk-sandbox" in text]


def test_probes(http: httpx2.Client, live: Live):
    assert http.get("/healthz").json() == {"status": "ok"}
    assert http.get("/readyz").json() == {"status": "ready", "models": len(live.assembly.catalog.all())}
