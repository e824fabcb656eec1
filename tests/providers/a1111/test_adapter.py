"""What no exchange shows: calls by the published document, models of an operator's own, looks and stops."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from limner.assembly import assemble
from limner.catalog.fit import fit
from limner.catalog.load import load
from limner.catalog.quote import quote
from limner.core.adapter import Order
from limner.core.errors import Billed, Malformed, UserError
from limner.core.http import HttpCall, HttpReply, JsonBody
from limner.core.models import Hosting
from limner.core.operations import Operation
from limner.core.optional import Listed, Lists, Sight, Watches
from limner.core.requests import Request
from limner.engine.makers import Vendor
from limner.providers.a1111.adapter import A1111
from limner.settings import Settings
from tests.providers.exchanges import Exchange, exchanges, model, picture
from tests.providers.orders import orders
from tests.support.sources import ROOT

DOCUMENT = json.loads((ROOT / "tests" / "contracts" / "selfhosted" / "a1111-sdapi.json").read_text("utf-8"))
ADAPTER = A1111()
KINDS: dict[str, tuple[type, ...]] = {"integer": (int,), "number": (int, float), "boolean": (bool,)}


def check_call(call: HttpCall) -> None:
    """Fail unless the published document has the route and every field, with such a value."""
    described: dict[str, dict[str, Any]] = DOCUMENT["endpoints"][f"POST {call.url}"]["request"]
    assert isinstance(call.body, JsonBody)
    sent = call.body.value
    assert set(sent) <= set(described)
    assert {name for name, one in described.items() if one.get("required")} <= set(sent)
    for name, value in sent.items():
        told = described[name]
        assert isinstance(value, KINDS.get(told["type"], (object,)))
        if isinstance(value, int | float):
            assert told.get("minimum", value) <= value <= told.get("maximum", value)
        if "enum" in told:
            assert str(value) in told["enum"] or value in told["enum"]


@pytest.mark.row("B5")
@given(order=orders("a1111"))
def test_every_call_is_documented(order: Order):
    check_call(ADAPTER.submit(order))


@pytest.mark.parametrize("exchange", exchanges("a1111"), ids=lambda one: one.id)
def test_the_calls_of_exchanges_are_documented(exchange: Exchange):
    check_call(exchange.call())


@pytest.mark.parametrize(
    ("name", "request_"),
    [
        ("server", Request(Operation.GENERATE, prompt="a pear")),
        ("upscaler", Request(Operation.UPSCALE, images=(picture("dot.png"),))),
    ],
)
def test_what_runs_on_ones_own_server_is_free(name: str, request_: Request):
    known = model(f"a1111/{name}")
    assert known.hosting is Hosting.OWN
    told = quote(fit(request_, known))
    assert (told.usd, told.free) == (0, True)


OWN = """
[models."a1111/juggernaut"]
like = "a1111/server"
title = "Juggernaut XL"
source = "https://civitai.com/models/133005"
checked_on = 2026-11-21
[models."a1111/juggernaut".wire]
model = "juggernautXL_v9"
[models."a1111/juggernaut".wire.inpaint.send]
width = 1024
height = 1024
"""


def test_an_operator_names_what_is_installed(tmp_path: Path):
    config = tmp_path / "limner.toml"
    config.write_text(OWN, encoding="utf-8")
    known = load(config).get("a1111/juggernaut")
    assert known
    bodies: list[Any] = []
    for operation in (Operation.GENERATE, Operation.INPAINT):
        order = Request(operation, prompt="a pear", size=None)
        bodies.append(ADAPTER.submit(Order(order, known, ADAPTER.options())).body)
        assert bodies[-1].value["override_settings"] == {"sd_model_checkpoint": "juggernautXL_v9"}
    assert "width" not in bodies[0].value
    assert (bodies[1].value["width"], bodies[1].value["inpainting_fill"]) == (1024, 1)


def test_a_script_or_a_setting_is_no_option():
    for name in ("alwayson_scripts", "script_name", "override_settings"):
        with pytest.raises(UserError):
            ADAPTER.options(**{name: {}})  # pyright: ignore[reportCallIssue]


async def test_an_address_is_needed_and_a_password_is_not():
    url = {"A1111_BASE_URL": "http://127.0.0.1:7860"}
    async with assemble(Settings(environ=url)) as limner:
        maker = limner.makers.of("a1111")
        assert isinstance(maker, Vendor)
        assert maker.credential.secret is None
    async with assemble(Settings(environ={})) as limner:
        with pytest.raises(UserError, match="A1111_BASE_URL"):
            limner.makers.of("a1111")


# Looks and stops


def order_named(task: str | None, name: str = "server") -> Order:
    return Order(
        Request(Operation.GENERATE, prompt="a pear"), model(f"a1111/{name}"), ADAPTER.options(), task=task
    )


def replied(value: object, status: int = 200) -> HttpReply:
    return HttpReply(status, {}, json.dumps(value).encode())


def test_work_is_asked_for_by_its_own_name():
    assert isinstance(ADAPTER, Watches)
    assert ADAPTER.watch(order_named("att_1")) == HttpCall(
        "POST", "/internal/progress", body=JsonBody({"id_task": "att_1"})
    )
    assert ADAPTER.watch(order_named(None)) is None
    assert ADAPTER.watch(order_named("att_1", "upscaler")) is None, "that call takes no name"
    assert ADAPTER.stop(order_named("att_1")) == HttpCall("POST", "/sdapi/v1/interrupt")


@pytest.mark.parametrize(
    ("answer", "sight"),
    [
        ({"active": True, "queued": False, "completed": False, "progress": 0.25}, Sight(True, 0.25)),
        ({"active": False, "queued": True, "completed": False, "progress": None}, Sight(False)),
        ({"active": False, "queued": False, "completed": True, "progress": 1}, Sight(False)),
        ({"active": True, "progress": 7}, Sight(True)),
        ({"active": True, "progress": True}, Sight(True)),
    ],
)
def test_a_look_is_read(answer: object, sight: Sight):
    assert ADAPTER.watched(replied(answer)) == sight


@pytest.mark.parametrize("body", [b"", b"[]", b'{"active": 1}', b"<html>"])
def test_a_look_that_says_nothing_is_malformed(body: bytes):
    with pytest.raises(Malformed) as caught:
        ADAPTER.watched(HttpReply(200, {}, body))
    assert caught.value.billed is Billed.NO


# Lists


def test_checkpoints_are_listed():
    assert isinstance(ADAPTER, Lists)
    assert ADAPTER.list_models() == HttpCall("GET", "/sdapi/v1/sd-models")
    body = [{"title": "a.safetensors [0]", "model_name": "a"}, {"model_name": ""}, 3]
    assert ADAPTER.read_models(replied(body)) == (Listed("a"),)


@pytest.mark.parametrize("body", [b"", b"{}", b"3"])
def test_what_is_no_list_is_malformed(body: bytes):
    with pytest.raises(Malformed):
        ADAPTER.read_models(HttpReply(200, {}, body))
