"""Several models over HTTP: the price of all, what each made, a sheet and a report."""

import base64
import io
import json
import threading
from typing import Any

import httpx2
import pytest
from PIL import Image

from limner.sandbox.faults import Fault, FaultKind
from limner.sandbox.server import RunningSandbox
from limner.server.comparisons import ComparisonOut, LineupOut
from tests.server.pictures import mask, photo

pytestmark = pytest.mark.row("D6")

OPENAI, SKETCH = "openai/gpt-image-2", "limner/sketch"
PEAR: dict[str, Any] = {"operation": "generate", "prompt": "a pear", "models": [OPENAI, SKETCH, "nosuch"]}


def test_the_price_of_all_and_nothing_sent(http: httpx2.Client, sandbox: RunningSandbox):
    answer = http.post("/api/v1/lineup", json={**PEAR, "size": "1024x1024", "quality": "standard"})
    assert answer.status_code == 200
    found = LineupOut.model_validate(answer.json())
    assert [each.model for each in found.candidates] == [OPENAI, SKETCH, None]
    assert [each.reason != "" for each in found.candidates] == [True] * 3
    first, second, third = (each.price for each in found.candidates)
    assert first is not None
    assert second is not None
    assert (found.price.usd, second.usd, third) == (first.usd, "0", None)
    assert sandbox.requests.count("openai", "POST *") == 0


def test_everything_in_one_answer(http: httpx2.Client, sandbox: RunningSandbox):
    answer = http.post("/api/v1/compare", json={**PEAR, "size": "1024x1024", "sheet": True, "report": True})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    found = ComparisonOut.model_validate(body)
    assert [each.result is not None for each in found.entries] == [True, True, False]
    assert body["entries"][2]["error"]["code"] == "unknown_model"
    for entry in body["entries"][:2]:
        [image] = entry["result"]["images"]
        with Image.open(io.BytesIO(base64.b64decode(image["b64_json"], validate=True))) as picture:
            assert picture.size == (1024, 1024)
    assert answer.headers["x-limner-cost"] == found.cost.usd
    assert found.cost.usd == f"{sandbox.bill.total('openai', 'USD'):f}"
    assert found.sheet is not None
    Image.open(io.BytesIO(base64.b64decode(found.sheet, validate=True))).verify()
    assert found.report is not None
    assert found.report.startswith("<!doctype html>")
    plain = http.post("/api/v1/compare", json={**PEAR, "models": [SKETCH, "nosuch"]}).json()
    assert (plain["sheet"], plain["report"]) == (None, None)


def test_one_that_fails_does_not_stop_the_others(http: httpx2.Client, sandbox: RunningSandbox):
    sandbox.faults.plan(Fault(FaultKind.RESET_AFTER_BILLED, provider="openai", route="POST *"))
    answer = http.post("/api/v1/compare", json=PEAR)
    assert answer.status_code == 200
    assert answer.headers["x-limner-cost"] == "unknown"
    first, second, _ = answer.json()["entries"]
    assert (first["error"]["billed"], first["cost"]["kind"]) == ("unknown", "unknown")
    assert second["result"]["model"] == SKETCH


def test_pictures_in_a_form(http: httpx2.Client):
    files = {"image": ("a.png", photo(), "image/png"), "mask": ("m.png", mask(), "image/png")}
    data = {"operation": "erase", "models": "limner/heal,nosuch", "report": "true"}
    answer = http.post("/api/v1/compare", data=data, files=files)
    assert answer.status_code == 200, answer.text
    measured = answer.json()["entries"][0]["result"]["images"][0]["measured"]
    assert measured["changed_outside_mask"] == 0
    assert "Outside the mask" in answer.json()["report"]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"models": [OPENAI]}, (400, "invalid_value")),
        ({"models": [OPENAI, "gpt-image-2"]}, (400, "duplicate_model")),
        ({"model": OPENAI}, (400, "unexpected_field")),
        ({"strategy": "cheapest"}, (400, "unexpected_field")),
        ({"prompt": ""}, (400, "empty_prompt")),
        ({"max_cost": "0.0001"}, (402, "over_max_cost")),
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/api/v1/compare", "/api/v1/lineup"])
def test_what_is_no_comparison(
    path: str, changed: dict[str, Any], told: tuple[int, str], http: httpx2.Client, sandbox: RunningSandbox
):
    answer = http.post(path, json={**PEAR, **changed})
    assert (answer.status_code, answer.json()["code"]) == told
    assert answer.json()["billed"] == "no"
    assert sandbox.requests.count("openai", "POST *") == 0


def test_whoever_hangs_up_leaves_what_may_be_paid_for_to_be_brought_home(
    http: httpx2.Client, sandbox: RunningSandbox, live: Any
):
    arrived = threading.Event()
    live.assembly.signals.subscribe(lambda _: arrived.set())
    sandbox.faults.plan(Fault(FaultKind.LATENCY, provider="openai", route="POST *", seconds=1))
    with pytest.raises(httpx2.ReadTimeout):
        http.post("/api/v1/compare", json={**PEAR, "models": [OPENAI, "nosuch"]}, timeout=0.5)
    assert arrived.wait(30)
    assert len(sandbox.bill.charges()) == 1
    assert json.loads(http.get("/readyz").text)["status"] == "ready"
