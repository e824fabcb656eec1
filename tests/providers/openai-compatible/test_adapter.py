"""What no exchange shows: what each kind of server takes, models of an operator's own, lists, no key."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from limner.assembly import assemble
from limner.catalog.fit import fit
from limner.catalog.load import load
from limner.catalog.quote import quote
from limner.core.adapter import Order
from limner.core.errors import Malformed, UserError
from limner.core.http import HttpCall, HttpReply, JsonBody, MultipartBody
from limner.core.models import Hosting, Model
from limner.core.operations import Operation
from limner.core.optional import Listed, Lists
from limner.core.requests import Request
from limner.engine.makers import Vendor
from limner.providers.openai_compatible.adapter import OpenAICompatible
from limner.settings import Settings
from tests.providers.exchanges import Exchange, exchanges
from tests.providers.orders import orders
from tests.support.sources import ROOT

CONTRACT = json.loads(
    (ROOT / "tests" / "contracts" / "selfhosted" / "openai-compatible.json").read_text("utf-8")
)
KINDS = {
    "localai": "LocalAI",
    "vllm-omni": "vLLM-Omni",
    "sglang": "SGLang diffusion",
    "sd-cpp": "stable-diffusion.cpp server",
}
SERVERS: dict[str, dict[str, Any]] = {one["name"]: one for one in CONTRACT["servers"]}
MODELS = {one.name: one for one in load().all() if one.provider == "openai-compatible"}
ADAPTER = OpenAICompatible()
STANDARD = {"model", "n", "response_format", "size"}
"""OpenAI's own, which every server takes or tolerates."""


def check_call(kind: str, call: HttpCall) -> None:
    """Fail unless the server's own document has the route and every field."""
    if kind not in KINDS:
        assert call.url in {"/images/generations", "/images/edits"}
        return
    described = SERVERS[KINDS[kind]]["endpoints"][f"POST /v1{call.url}"]["request"]
    if isinstance(call.body, JsonBody):
        sent = set(call.body.value)
    else:
        assert isinstance(call.body, MultipartBody)
        sent = {part.name.removesuffix("[]") for part in call.body.parts}
    assert sent <= set(described) | STANDARD
    required = {name for name, one in described.items() if isinstance(one, dict) and one.get("required")}
    assert required <= sent
    for name, value in call.body.value.items() if isinstance(call.body, JsonBody) else ():
        told = described.get(name, {})
        assert value in told.get("enum", [value])
        if isinstance(value, int | float):
            assert told.get("minimum", value) <= value <= told.get("maximum", value)


@pytest.mark.row("B5")
@given(order=orders("openai-compatible"))
def test_every_call_is_documented(order: Order):
    check_call(order.model.name, ADAPTER.submit(replace(order, model=named(order.model))))


def named(model: Model) -> Model:
    """As its operator has it, who says which model it is."""
    return replace(model, wire={**model.wire, "model": "flux"})


@given(order=orders("openai-compatible"))
def test_a_model_is_named_or_not_needed(order: Order):
    kind = order.model.name
    paths = ("/images/inpainting", "/images/upscale")
    call = ADAPTER.submit(replace(order, model=named(order.model)))
    if call.url not in paths:
        assert "model" not in str(ADAPTER.submit(order).body)
        return
    assert SERVERS[KINDS[kind]]["endpoints"][f"POST /v1{call.url}"]["request"]["model"]["required"]
    with pytest.raises(UserError, match="named") as caught:
        ADAPTER.submit(order)
    assert (caught.value.code, caught.value.field) == ("model_not_named", "model")
    assert "limner.toml" in caught.value.remedy


@pytest.mark.parametrize("exchange", exchanges("openai-compatible"), ids=lambda one: one.id)
def test_the_calls_of_exchanges_are_documented(exchange: Exchange):
    check_call(exchange.order().model.name, exchange.call())


@pytest.mark.parametrize("kind", MODELS)
def test_what_runs_on_ones_own_server_is_free(kind: str):
    model = MODELS[kind]
    assert model.hosting is Hosting.OWN
    told = quote(fit(Request(Operation.GENERATE, prompt="a pear"), model))
    assert (told.usd, told.free) == (0, True)


def test_a_server_that_repeats_itself_is_always_sent_a_seed():
    assert SERVERS["SGLang diffusion"]["endpoints"]["POST /v1/images/generations"]["request"]["seed"][
        "default"
    ] == (1024)
    assert MODELS["sglang"].limits.seeded


OWN = """
[models."openai-compatible/flux-dev"]
like = "openai-compatible/sglang"
title = "FLUX.1 [dev]"
source = "https://huggingface.co/black-forest-labs/FLUX.1-dev"
checked_on = 2026-11-21
[models."openai-compatible/flux-dev".wire]
model = "black-forest-labs/FLUX.1-dev"
[models."openai-compatible/flux-dev".sizes]
default = "1024x1024"
free = { multiple = 16, most_edge = 1440 }
"""


def test_an_operator_names_what_runs_there(tmp_path: Path):
    config = tmp_path / "limner.toml"
    config.write_text(OWN, encoding="utf-8")
    model = load(config).get("openai-compatible/flux-dev")
    assert model
    order = fit(Request(Operation.GENERATE, prompt="a pear", seed=7), model).orders[0]
    body = ADAPTER.submit(Order(order, model, ADAPTER.options())).body
    assert isinstance(body, JsonBody)
    assert body.value["model"] == "black-forest-labs/FLUX.1-dev"
    assert body.value["seed"] == 7


URL = {"OPENAI_COMPATIBLE_BASE_URL": "http://127.0.0.1:8080/v1"}


@pytest.mark.parametrize(
    ("environ", "secret"), [(URL, False), ({**URL, "OPENAI_COMPATIBLE_API_KEY": "sk-own"}, True)]
)
async def test_a_key_is_optional_and_an_address_is_not(environ: dict[str, str], secret: bool):
    async with assemble(Settings(environ=environ)) as limner:
        maker = limner.makers.of("openai-compatible")
        assert isinstance(maker, Vendor)
        assert (maker.credential.secret is not None) == secret
        assert limner.makers.has_key("openai-compatible")
    async with assemble(Settings(environ={})) as limner:
        assert not limner.makers.has_key("openai-compatible")
        with pytest.raises(UserError) as raised:
            limner.makers.of("openai-compatible")
    assert "OPENAI_COMPATIBLE_BASE_URL" in raised.value.remedy


def replied(value: object) -> HttpReply:
    return HttpReply(200, {}, json.dumps(value).encode())


@pytest.mark.parametrize(
    ("body", "listed"),
    [
        ({"object": "list", "data": [{"id": "sd-cpp-local"}, {"id": ""}, 3]}, (Listed("sd-cpp-local"),)),
        ({"model_path": "a/b", "task_type": "T2I", "num_gpus": 1}, (Listed("a/b"),)),
    ],
)
def test_models_are_listed(body: object, listed: tuple[Listed, ...]):
    assert isinstance(ADAPTER, Lists)
    assert ADAPTER.list_models() == HttpCall("GET", "/models")
    assert ADAPTER.read_models(replied(body)) == listed


@pytest.mark.parametrize("body", [b"", b"[]", b'{"data": 3}'])
def test_what_is_no_list_is_malformed(body: bytes):
    with pytest.raises(Malformed):
        ADAPTER.read_models(HttpReply(200, {}, body))
