"""What no exchange shows: workflows and their places, uploads, cancelling, lists."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from limner.catalog.load import load
from limner.core.adapter import Order, Ticket
from limner.core.errors import Malformed, UserError
from limner.core.http import HttpCall, HttpReply, JsonBody, MultipartBody
from limner.core.models import Model
from limner.core.operations import Operation
from limner.core.optional import Listed, Lists, Traces, Uploads
from limner.core.requests import Request
from limner.providers.comfyui.adapter import ComfyUI
from limner.providers.comfyui.options import Options
from limner.sandbox.comfyui.graph import Invalid, checked
from tests.providers.exchanges import exchanges, model, picture
from tests.providers.orders import orders
from tests.support.sources import ROOT

CONTRACT = json.loads((ROOT / "tests" / "contracts" / "selfhosted" / "comfyui.json").read_text("utf-8"))
ADAPTER = ComfyUI()


def graph_of(order: Order) -> dict[str, Any]:
    body = ADAPTER.submit(order).body
    assert isinstance(body, JsonBody)
    assert set(body.value) == {"prompt"}
    graph: Any = body.value["prompt"]
    return graph


@pytest.mark.row("B5")
@given(order=orders("comfyui"))
def test_every_workflow_passes_the_server(order: Order):
    """Every node and every value of it, by the rules the emulator has from ComfyUI's own."""
    there = [f"limner-{one.digest}.png" for one in ADAPTER.hosts(order)]
    there += [f"limner-{one.digest}.{kind}" for one in ADAPTER.hosts(order) for kind in ("jpeg", "webp")]
    try:
        checked(graph_of(order), there)
    except Invalid as invalid:
        raise AssertionError(invalid.nodes) from None


def test_every_route_is_documented():
    for exchange in exchanges("comfyui"):
        call = exchange.call()
        path = call.url.partition("?")[0].replace("/history/9d2e", "/history/{prompt_id}")
        assert f"{call.method} {path}" in CONTRACT["routes"]


# An operator's own

OWN = """
[models."comfyui/portrait"]
title = "Portraits"
prices = [{ free = true }]
hosting = "own"
[models."comfyui/portrait".abilities]
generate = { prompt = "required" }
[models."comfyui/portrait".wire]
graph_file = "portrait.json"
[models."comfyui/portrait".wire.fields]
prompt = "6.text"
seed = "3.seed 4.seed"
width = "3.latent"
[models."comfyui/portrait".extras]
slots = { likeness = "3.strength", note = "6.note" }
"""
PORTRAIT = {
    "3": {"class_type": "A", "inputs": {"seed": 1, "strength": 0.5, "latent": ["6", 0]}},
    "4": {"class_type": "B", "inputs": {"seed": 1}},
    "6": {"class_type": "C", "inputs": {"text": "", "note": "plain"}},
}


@pytest.fixture
def portrait(tmp_path: Path) -> Model:
    (tmp_path / "portrait.json").write_text(json.dumps(PORTRAIT), encoding="utf-8")
    (tmp_path / "limner.toml").write_text(OWN, encoding="utf-8")
    found = load(tmp_path / "limner.toml").get("comfyui/portrait")
    assert found
    return found


def order_of(known: Model, slots: dict[str, Any] | None = None, **fields: Any) -> Order:
    request = Request(Operation.GENERATE, prompt="a fox", **fields)
    return Order(request, known, Options(slots=slots))


def test_an_operators_workflow_is_filled_where_it_says(portrait: Model):
    graph = graph_of(order_of(portrait, {"likeness": 1}, seed=7))
    assert graph["6"]["inputs"] == {"text": "a fox", "note": "plain"}
    assert (graph["3"]["inputs"]["seed"], graph["4"]["inputs"]["seed"]) == (7, 7)
    assert graph["3"]["inputs"]["strength"] == 1
    assert graph_of(order_of(portrait))["3"]["inputs"] == PORTRAIT["3"]["inputs"], "nothing of it stays"


@pytest.mark.parametrize(
    ("slots", "says"),
    [
        ({"likenes": 1}, "likeness, note"),
        ({"likeness": "much"}, "0.5"),
        ({"likeness": True}, "0.5"),
        ({"note": 3}, "plain"),
        ({"3.seed": 3}, "likeness, note"),
    ],
)
def test_a_user_fills_named_slots_only_and_with_their_kind(portrait: Model, slots: dict[str, Any], says: str):
    with pytest.raises(UserError) as caught:
        graph_of(order_of(portrait, slots))
    assert says in caught.value.remedy
    assert caught.value.field
    assert caught.value.field.startswith("options.slots.")


@pytest.mark.parametrize("value", [["4", 0], {"a": 1}, None])
def test_a_slot_takes_no_link(value: Any):
    with pytest.raises(UserError):
        Options(slots={"likeness": value})


def test_what_has_no_slots_says_so():
    with pytest.raises(UserError, match="It has none"):
        graph_of(Order(Request(Operation.UPSCALE), model("comfyui/upscaler"), Options(slots={"a": 1})))


@pytest.mark.parametrize(
    ("graph", "fields", "says"),
    [
        (PORTRAIT, 'prompt = "6.words"', "has no place 6.words"),
        (PORTRAIT, 'prompt = "7.text"', "has no place 7.text"),
        (PORTRAIT, 'prompt = "3.latent"', "links 3.latent"),
        ({"nodes": [], "links": []}, 'prompt = "6.text"', "Export"),
        ({}, 'prompt = "6.text"', "Export"),
        ("no JSON", 'prompt = "6.text"', "Export"),
    ],
)
def test_a_workflow_that_does_not_do_is_the_operators_to_mend(
    tmp_path: Path, graph: object, fields: str, says: str
):
    text = graph if isinstance(graph, str) else json.dumps(graph)
    (tmp_path / "portrait.json").write_text(text, encoding="utf-8")
    (tmp_path / "limner.toml").write_text(OWN.replace('prompt = "6.text"', fields), encoding="utf-8")
    known = load(tmp_path / "limner.toml").get("comfyui/portrait")
    assert known
    with pytest.raises(UserError) as caught:
        graph_of(order_of(known))
    assert caught.value.code == "bad_workflow"
    assert says in str(caught.value)


def test_a_workflow_that_is_not_there_is_named(tmp_path: Path):
    (tmp_path / "limner.toml").write_text(OWN, encoding="utf-8")
    with pytest.raises(UserError, match=r"portrait\.json"):
        load(tmp_path / "limner.toml")


# Uploads


def test_pictures_lie_there_under_their_own_name():
    assert isinstance(ADAPTER, Uploads)
    shown = picture("dot.png")
    call = ADAPTER.upload(shown)
    assert call.url == "/upload/image"
    assert isinstance(call.body, MultipartBody)
    file, *fields = call.body.parts
    assert (file.name, file.filename, file.data) == ("image", f"limner-{shown.digest}.png", shown.data)
    assert {part.name: part.data for part in fields} == {"type": b"input", "overwrite": b"true"}


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        ({"name": "a.png", "subfolder": "", "type": "input"}, "a.png"),
        ({"name": "a.png", "subfolder": "x", "type": "input"}, "x/a.png"),
    ],
)
def test_a_node_loads_what_the_server_names(answer: object, name: str):
    assert ADAPTER.uploaded(picture("dot.png"), (replied(answer),)) == name


@pytest.mark.parametrize("body", [b"", b"[]", b'{"name": 3}'])
def test_an_upload_that_names_nothing_is_malformed(body: bytes):
    with pytest.raises(Malformed):
        ADAPTER.uploaded(picture("dot.png"), (HttpReply(200, {}, body),))


# Cancelling


@pytest.mark.parametrize("seen", ["waiting", None])
def test_what_waits_is_taken_out_of_the_queue(seen: str | None):
    ticket = Ticket("9d2e", "/history/9d2e", extra={"seen": seen} if seen else {})
    assert ADAPTER.cancel(ticket) == HttpCall("POST", "/queue", body=JsonBody({"delete": ["9d2e"]}))


def test_only_what_runs_is_interrupted_and_by_its_name():
    ticket = Ticket("9d2e", "/history/9d2e", extra={"seen": "running"})
    assert ADAPTER.cancel(ticket) == HttpCall("POST", "/interrupt", body=JsonBody({"prompt_id": "9d2e"}))


# Looking for what was never answered


def test_work_is_looked_for_by_the_name_it_saves_under():
    assert isinstance(ADAPTER, Traces)
    known = replace(order_of(model("comfyui/checkpoint")), task="attempt_1")
    ticket = ADAPTER.trace(known)
    assert ticket
    assert (ticket.task, ADAPTER.check(ticket)) == ("attempt_1", HttpCall("GET", "/queue"))
    assert graph_of(known)["9"]["inputs"]["filename_prefix"] == "attempt_1"
    assert ADAPTER.cancel(ticket) is None, "it is not found yet"


def test_what_bears_no_name_is_not_looked_for(portrait: Model):
    assert ADAPTER.trace(order_of(model("comfyui/checkpoint"))) is None
    assert ADAPTER.trace(replace(order_of(portrait), task="attempt_1")) is None


# Lists


def replied(value: object) -> HttpReply:
    return HttpReply(200, {}, json.dumps(value).encode())


def test_checkpoints_are_listed():
    assert isinstance(ADAPTER, Lists)
    assert ADAPTER.list_models() == HttpCall("GET", "/models/checkpoints")
    assert ADAPTER.read_models(replied(["a.safetensors", "", 3])) == (Listed("a.safetensors"),)
    assert ADAPTER.read_models(replied([])) == ()


@pytest.mark.parametrize("body", [b"", b"{}", b"3"])
def test_what_is_no_list_is_malformed(body: bytes):
    with pytest.raises(Malformed):
        ADAPTER.read_models(HttpReply(200, {}, body))
