"""What no exchange of NovelAI shows: preparation, the subscription, and options that do not go together."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgpack
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from limner.catalog.load import load
from limner.core.adapter import Order, Partial
from limner.core.errors import Billed, Malformed, UserError
from limner.core.http import Frame, HttpCall, HttpReply, Inline, JsonBody
from limner.core.operations import Operation
from limner.core.pictures import Picture, Reference, Role, Size
from limner.core.requests import Request
from limner.providers.novelai.adapter import NovelAI
from limner.providers.novelai.options import Options
from tests.providers.exchanges import Exchange, data, exchanges, picture
from tests.providers.orders import orders
from tests.support.sources import ROOT

CONTRACTS = ROOT / "tests" / "contracts" / "novelai"
SCHEMAS: dict[str, Any] = json.loads((CONTRACTS / "schemas.json").read_text(encoding="utf-8"))["$defs"]
KNOWN: dict[str, Any] = json.loads((CONTRACTS / "models.json").read_text(encoding="utf-8"))
MODELS = {one.name: one for one in load().all() if one.provider == "novelai"}
BODIES = {
    "/ai/generate-image": "GenerateImageRequest",
    "/ai/generate-image-stream": "GenerateImageRequest",
    "/ai/augment-image": "AugmentImageRequest",
    "/ai/upscale": "UpscaleRequest",
    "/ai/encode-vibe": "EncodeVibeRequest",
}
FULL, OLD = "nai-diffusion-4-5-full", "nai-diffusion-3"


def order(name: str = FULL, options: Options | None = None, **fields: Any) -> Order:
    operation = fields.pop("operation", Operation.GENERATE)
    known: dict[str, Any] = {"prompt": "1girl", "seed": 7, "size": Size(832, 1216)}
    return Order(Request(operation, **{**known, **fields}), MODELS[name], options or Options())


def parameters(one: Order) -> dict[str, Any]:
    body = NovelAI().submit(one).body
    assert isinstance(body, JsonBody)
    told: Any = body.value["parameters"]
    return told


# Its schemas


def check_call(call: HttpCall) -> None:
    """Fail unless the schemas describe the call, and every member of it."""
    if call.method == "GET":
        assert {name for name, _ in call.query} <= {"model", "prompt", "lang"}
        return
    assert isinstance(call.body, JsonBody)
    body = textual(call.body.value)
    schema = {**SCHEMAS[BODIES[call.url]], "$defs": SCHEMAS}
    Draft202012Validator(schema).validate(body)
    strange = set(body) - set(schema["properties"])
    told = schema["properties"].get("parameters", {}).get("properties", {})
    strange |= set(body.get("parameters", {})) - set(told)
    assert not strange


def textual(value: Any) -> Any:
    if isinstance(value, Inline):
        return "QUFB"
    if isinstance(value, dict):
        return {name: textual(part) for name, part in value.items()}
    return [textual(part) for part in value] if isinstance(value, list) else value


@pytest.mark.row("B5")
@pytest.mark.row("A1")
@given(one=orders("novelai"))
def test_every_call_is_described(one: Order):
    try:
        call = NovelAI().submit(one)
    except UserError:
        assume(False)
        return
    check_call(call)


@pytest.mark.parametrize("exchange", exchanges("novelai"), ids=lambda one: one.id)
def test_the_calls_of_exchanges_are_described(exchange: Exchange):
    check_call(exchange.call())


@pytest.mark.row("A1")
def test_every_model_and_every_inpainting_model_is_known():
    for told in KNOWN["data"]:
        model = MODELS[told["id"]]
        wire: Any = model.wire
        assert wire.get("inpaint", {}).get("model") == told["inpaint_model"]
        assert bool(wire.get("structured")) == told["structured_prompt"]
        assert wire["send"]["params_version"] == told["params_version"]
        assert (Role.STYLE in model.limits.roles) == told["vibe"]
        assert (Role.SUBJECT in model.limits.roles) == told["precise_reference"]
        assert ("transparent" in model.limits.backgrounds) == told["alpha"]
        options: Any = model.extras["options"]
        assert ("sm" in options) == told["sm"]
    for name in KNOWN["retired"]:
        assert MODELS[name].successor


# Preparation


def styled(*media_types: str) -> Order:
    shown = [Picture(data("dot.png"), one, Size(2, 2)) for one in media_types]
    return order(references=tuple(Reference(one, Role.STYLE) for one in shown))


def test_style_references_are_encoded_by_paid_calls():
    one = styled("image/png", "image/jpeg")
    calls = NovelAI().prepare(one)
    assert [call.url for call in calls] == ["/ai/encode-vibe"] * 2
    for call in calls:
        check_call(call)
    replies = (HttpReply(200, {}, b"first"), HttpReply(201, {}, b"second"))
    ready = NovelAI().prepared(one, replies)
    assert parameters(ready)["reference_image_multiple"] == [Inline(b"first"), Inline(b"second")]
    assert NovelAI().prepare(ready) == ()


def test_older_models_take_pictures_as_they_are():
    one = order(OLD, references=(Reference(picture("dot.png"), Role.STYLE),))
    assert NovelAI().prepare(one) == ()
    assert NovelAI().prepared(one, ()) == one
    assert parameters(one)["reference_image_multiple"] == [Inline(data("dot.png"))]


def test_precise_references_are_not_encoded():
    assert NovelAI().prepare(order(references=(Reference(picture("dot.png"), Role.SUBJECT),))) == ()


@pytest.mark.parametrize(
    "reply", [HttpReply(200, {}, b""), HttpReply(200, {"content-type": "text/html"}, b"<p>")]
)
def test_what_is_no_encoding_is_malformed_and_paid(reply: HttpReply):
    with pytest.raises(Malformed) as caught:
        NovelAI().prepared(styled("image/png"), (reply,))
    assert caught.value.billed is Billed.YES


# Combinations


DOT = (picture("dot.png"),)
STYLE, SUBJECT = (Reference(picture("dot.png"), role) for role in (Role.STYLE, Role.SUBJECT))


@pytest.mark.parametrize(
    ("one", "field"),
    [
        (order(references=(STYLE, SUBJECT)), "references"),
        (order(options=Options(sampler="ddim_v3")), "options.sampler"),
        (order(options=Options(sm=True)), "options.sm"),
        (order(OLD, Options(sm_dyn=True)), "options.sm_dyn"),
        (order(OLD, Options(sm=True, sampler="ddim_v3")), "options.sm"),
        (order(OLD, Options(sm=True), operation=Operation.IMG2IMG, images=DOT), "options.sm"),
        (order(options=Options(noise=0.1)), "options.noise"),
        (order(options=Options(lang="jp")), "options.lang"),
        (order(operation=Operation.SUGGEST_TAGS, options=Options(noise=0.1)), "options.noise"),
        (order("nai-diffusion-5-full", Options(noise_schedule="native")), "options.noise_schedule"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_refused(one: Order, field: str):
    with pytest.raises(UserError) as caught:
        NovelAI().submit(one)
    assert caught.value.field == field


def tool(name: str, prompt: str = "", **options: Any) -> Order:
    request = Request(Operation.TOOL, prompt=prompt, tool=name, images=(picture("dot.png"),))
    return Order(request, MODELS["director-tools"], Options(**options))


@pytest.mark.row("A4")
@pytest.mark.parametrize(
    ("one", "field"),
    [
        (tool("lineart", "red"), "prompt"),
        (tool("lineart", defry=1), "options.defry"),
        (tool("colorize", emotion="happy"), "options.emotion"),
        (tool("emotion"), "options.emotion"),
        (tool("emotion", "open mouth"), "options.emotion"),
    ],
)
def test_a_tool_refuses_what_it_has_no_use_for(one: Order, field: str):
    with pytest.raises(UserError) as caught:
        NovelAI().submit(one)
    assert caught.value.field == field


@pytest.mark.parametrize("prompt", ["happy;;open mouth", "happy;;"])
def test_a_mood_may_stand_in_the_prompt(prompt: str):
    body: Any = NovelAI().submit(tool("novelai/emotion", prompt)).body
    assert body.value["prompt"] == prompt


def test_an_unlisted_blur_is_refused():
    with pytest.raises(UserError):
        Options(declared_blur_sigma=0.2)


def test_a_character_is_checked():
    with pytest.raises(UserError):
        NovelAI.options(characterPrompts=[{"prompt": "girl", "hair": "red"}])  # pyright: ignore[reportCallIssue]


# Streams


@given(steps=st.integers(1, 50), wanted=st.integers(0, 10))
def test_as_many_previews_as_were_asked_for(steps: int, wanted: int):
    one = replace(order(steps=steps, partial_images=wanted), stream=True)
    shown: list[int] = []
    for step in range(steps - 1):
        event = {"event_type": "intermediate", "samp_ix": 0, "step_ix": step, "image": data("dot.jpg")}
        said = NovelAI().event(Frame(bytes(msgpack.packb(event) or b"")), one)
        assert isinstance(said, Partial)
        assert said.progress == (step + 1) / steps
        shown += [said.index] if said.data else []
    assert shown == sorted(set(shown))
    if steps > 2 * wanted:
        assert shown == list(range(wanted))


# The subscription


@pytest.mark.row("A4")
def test_the_subscription_says_what_is_left():
    answer = {
        "tier": 3,
        "active": True,
        "expiresAt": 1_800_000_000,
        "perks": {},
        "trainingStepsLeft": {"fixedTrainingStepsLeft": 9000, "purchasedTrainingSteps": 500},
        "usage": {"percent": 40.5, "isNegative": False, "timeUntilNextPercent": 600},
    }
    Draft202012Validator({**SCHEMAS["Subscription"], "$defs": SCHEMAS}).validate(answer)
    assert NovelAI().balance() == HttpCall("GET", "/user/subscription")
    account = NovelAI().read_balance(HttpReply(200, {}, json.dumps(answer).encode()))
    assert (account.balance, account.unit, account.plan) == (Decimal(9500), "anlas", "Opus")
    assert account.active
    assert account.allowance == Decimal("0.405")
    assert account.facts["bought anlas"] == "500"


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"tier": 1, "trainingStepsLeft": {}}'])
def test_what_is_no_subscription_is_malformed(body: bytes):
    with pytest.raises(Malformed):
        NovelAI().read_balance(HttpReply(200, {}, body))
