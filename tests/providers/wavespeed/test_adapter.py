"""What no exchange of WaveSpeed shows: its catalogue, row D2, the official client, uploads, hooks, prices."""

import hashlib
import hmac
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from wavespeed import Client

from limner.catalog.fit import fit
from limner.catalog.load import load
from limner.catalog.quote import quote
from limner.core.adapter import Done, Order, Pending, Ticket
from limner.core.errors import Malformed, Refused, Stage, UserError
from limner.core.http import HttpCall, HttpReply, JsonBody, RawBody, Timeout
from limner.core.models import Lifecycle, Model
from limner.core.money import Certainty, Money
from limner.core.notes import NoteKind
from limner.core.operations import Operation
from limner.core.optional import Account, Balances, Hook, Hooks, Listed, Lists, Prices, Uploads
from limner.core.pictures import Margins, Mask, Picture, Reference, Role, Size
from limner.core.requests import Mode, Request, Tier
from limner.providers.wavespeed.adapter import WaveSpeed
from limner.providers.wavespeed.options import Options
from tests.providers.exchanges import Exchange, data, exchanges, picture
from tests.providers.openapi import textual
from tests.providers.orders import orders
from tests.support.sources import ROOT

FOLDER = ROOT / "tests" / "contracts" / "wavespeed"
EDITING: dict[str, dict[str, Any]] = {
    one["path"]: one for one in json.loads((FOLDER / "models.json").read_text("utf-8"))["models"]
}
"""The fourteen of row D2."""
LISTED: dict[str, dict[str, Any]] = {
    one["path"]: one for one in json.loads((FOLDER / "catalogue.json").read_text("utf-8"))["models"]
}
CODES = json.loads((FOLDER / "errors.json").read_text("utf-8"))
MODELS = {one.name: one for one in load().all() if one.provider == "wavespeed"}
ADAPTER = WaveSpeed()
OURS = set(Options.model_fields)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ASKS = {"enable_sync_mode", "enable_base64_output"}


def inputs_of(path: str) -> dict[str, Any]:
    """What a model takes: the fourteen have been read page by page, the others only in the catalogue."""
    return (EDITING.get(path) or LISTED[path])["parameters"]


# Models

ENDED = {
    "openai/dall-e-2", "openai/dall-e-3", "openai/gpt-image-1-high-fidelity",
    "google/imagen3", "google/imagen3-fast", "google/imagen4", "google/imagen4-fast", "google/imagen4-ultra",
    "wavespeed-ai/imagen4", "google/gemini-2.5-flash-image-preview/text-to-image",
}  # fmt: skip
"""Their makers have ended them since."""
TWICE = {
    "google/gemini-2.5-flash-image/text-to-image", "google/gemini-3-pro-image/text-to-image",
    "wavespeed-ai/flux-srpo",
}  # fmt: skip
"""They are listed under another name too, at the same price."""
NOT_OURS = {
    # always two pictures, or a series that goes together
    "google/nano-banana-pro/text-to-image-multi",
    "bytedance/seedream-v4/sequential", "bytedance/seedream-v4.5/sequential",
    "bytedance/seedream-v5.0-lite/sequential",
    # drawings, which nobody could ask for by format
    "recraft-ai/recraft-20b-svg", "recraft-ai/recraft-v3-svg", "recraft-ai/recraft-v4/text-to-vector",
    "recraft-ai/recraft-v4-pro/text-to-vector", "recraft-ai/recraft-v4.1/text-to-vector",
    "recraft-ai/recraft-v4.1-pro/text-to-vector",
    # maps of a material
    "wavespeed-ai/patina/material",
    # a price by the length of the prompt; a size that is written in another way than all others
    "microsoft/mai-image-2.5/text-to-image", "wavespeed-ai/emu-3.5-image/text-to-image",
}  # fmt: skip


def test_every_generation_model_is_known():
    generate = {path for path, one in LISTED.items() if one["type"] == "text-to-image"}
    assert generate - set(MODELS) == ENDED | TWICE | NOT_OURS
    assert set(MODELS) <= set(LISTED) | set(EDITING)


@pytest.mark.row("D2")
def test_the_fourteen_editing_models_are_known_by_short_names():
    assert len(EDITING) == 14
    for path in EDITING:
        model = MODELS[path]
        assert model.aliases
        assert all(len(name) < len(path) or "/" not in path for name in model.aliases)
        assert model.source.startswith("https://wavespeed.ai/docs/docs-api/")
    named = {name: model.name for model in MODELS.values() for name in model.aliases}
    assert named["qwen-edit"] == "wavespeed-ai/qwen-image/edit"
    assert load().get("wavespeed/qwen-edit") is MODELS["wavespeed-ai/qwen-image/edit"]


DEARER = {"enable_web_search", "enable_image_search", "hd", "resolution", "reference"}
"""What makes a picture dearer by a rule of its own."""
UNSAID = {"image", "mask_image", "strength"}
"""Where it is not said what a model that paints from words makes of them."""
LEFT_OUT = {
    "midjourney/text-to-image": {"quality"},
    "sourceful/riverflow-2.0-pro/text-to-image": {"transparency"},
}


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_input_has_a_place(name: str):
    model, taken = MODELS[name], set(inputs_of(name))
    told = named_inputs(model)
    if EDITING.get(name):
        assert told == taken
        return
    left = taken - told - LEFT_OUT.get(name, set())
    assert told <= taken
    assert left <= DEARER | UNSAID
    assert model.can(Operation.GENERATE) or not left - {"resolution"}


def named_inputs(model: Model) -> set[str]:
    """The inputs that the catalogue's data can fill, of those the model's limits let through."""
    tables: Any = model.wire
    fields = dict(tables["fields"])
    limits, sizes = model.limits, model.sizes
    able = {
        "negative_prompt": limits.negative_prompt,
        "seed": limits.seed,
        "strength": limits.strength,
        "guidance": limits.guidance,
        "steps": limits.steps,
        "style": limits.styles,
        "format": limits.formats,
        "aspect_ratio": sizes.ratios,
        "prompt": any(ability.prompt != "unused" for ability in model.abilities.values()),
    }
    found = {place for name, place in fields.items() if able.get(name, True)}
    found |= {place.removesuffix("[]") for place in tables.get("references", {}).values()}
    options: Any = model.extras["options"]
    return found | set(options)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_limits_are_the_published_ones(name: str):
    model, taken = MODELS[name], inputs_of(name)
    limits = model.limits
    for field, bounds in (
        ("guidance_scale", limits.guidance),
        ("num_inference_steps", limits.steps),
        ("strength", limits.strength),
    ):
        if bounds is not None:
            assert list(bounds) == [taken[field]["minimum"], taken[field]["maximum"]]
    assert (limits.seed is not None) == ("seed" in taken)
    assert limits.n == taken.get("num_images", {}).get("maximum", 1)
    words = {one.value for one in limits.formats}
    assert words == {word.replace("jpg", "jpeg") for word in taken.get("output_format", {}).get("enum", ())}
    if limits.styles:
        assert list(limits.styles) == taken["style"]["enum"]
    if limits.pictures is not None and "max_items" in taken["images"]:
        assert limits.pictures == taken["images"]["max_items"] == model.abilities[Operation.EDIT].images[1]


@pytest.mark.parametrize("name", sorted(MODELS))
def test_sizes_are_the_published_ones(name: str):
    model, taken = MODELS[name], inputs_of(name)
    size, ratio = taken.get("size", {}), taken.get("aspect_ratio") or taken.get("image_size") or {}
    if model.sizes.free and "width" not in taken:
        told = [size.get(f"{word}imum", size.get(f"per_dimension_{word}imum")) for word in ("min", "max")]
        free = model.sizes.free
        assert [free.least_edge, free.most_edge] == [told[0] or 256, told[1] or 1536]
        if model.sizes.default:
            assert str(model.sizes.default) == size["default"].replace("*", "x")
    if model.sizes.fixed:
        assert {str(one) for one in model.sizes.fixed} == {
            word.replace("*", "x") for word in size["enum"] if word != "auto"
        }
    if model.sizes.ratios:
        told = ratio.get("enum") or size["enum"]
        assert set(model.sizes.ratios) == set(told) - {"auto", "custom"}


# Prices


def quoted(model: Model, **fields: Any) -> Any:
    operation = next(iter(model.abilities))
    known: dict[str, Any] = {
        "images": (picture("dot.png"),) * max(1, model.abilities[operation].images[0])
        if operation is not Operation.GENERATE
        else (),
        "references": (Reference(picture("dot.png"), Role.SUBJECT),) * model.limits.least_references,
        "margins": Margins(8, 8, 8, 8) if operation is Operation.OUTPAINT else Margins(),
        "mask": Mask(picture("hole.png")) if operation in {Operation.INPAINT, Operation.ERASE} else None,
    }
    request = Request(operation, prompt="a pear", **{**known, **fields})
    return quote(fit(request, model, canvas=Size(1024, 1024) if known["images"] else None))


BY_FORMULA = {"openai/gpt-image-1.5/text-to-image": "0.06", "runwayml/gen4-image": "0.08"}
"""Where the base price is not that of what comes when nothing is asked: a size of its own, 1080 lines."""


@pytest.mark.row("P4")
@pytest.mark.parametrize("name", sorted(set(MODELS) - set(EDITING)))
def test_a_quote_is_the_price_of_the_catalogue(name: str):
    told = quoted(MODELS[name])
    assert told.kind is Certainty.EXACT
    assert told.usd == Decimal(BY_FORMULA.get(name, str(LISTED[name]["base_price_usd"])))


@pytest.mark.row("D2")
@pytest.mark.row("P4")
@pytest.mark.parametrize("path", sorted(EDITING))
def test_the_fourteen_cost_what_is_published_to_the_cent(path: str):
    model, price = MODELS[path], EDITING[path]["price"]
    tiers = {str(word): tier for tier, word in model.limits.qualities.items()}
    for example in price["examples"]:
        asked = example["inputs"]
        fields: dict[str, Any] = {}
        word = asked.get("rendering_speed") or asked.get("resolution") or asked.get("quality")
        if word:
            fields["quality"] = tiers[word]
        if "size" in asked:
            fields["size"] = Size.parse(asked["size"].replace("*", "x"))
        told = quoted(model, **fields)
        if "gpt-image-1" in path:
            assert told.kind is Certainty.ESTIMATED, "its formula compares sizes that are never sent"
        else:
            assert told.kind is Certainty.EXACT
        assert told.usd == Decimal(str(example["usd"]))


@pytest.mark.parametrize(
    ("name", "quality", "usd"),
    [
        ("google/nano-banana-pro/text-to-image", Tier.ULTRA, "0.24"),
        ("openai/gpt-image-2/text-to-image", Tier.DRAFT, "0.01"),
        ("vidu/text-to-image-q2", Tier.ULTRA, "0.05"),
        ("sourceful/riverflow-2.0-pro/text-to-image", Tier.ULTRA, "0.297"),
        ("openai/gpt-image-2/edit", Tier.DRAFT, "0.03"),
    ],
)
def test_formulas_are_tables(name: str, quality: Tier, usd: str):
    assert quoted(MODELS[name], quality=quality).usd == Decimal(usd)


def test_several_pictures_cost_several_times_as_much():
    assert quoted(MODELS["wavespeed-ai/flux-schnell"], n=6).usd == Decimal("0.018")


# Traps of the sheet


@pytest.mark.row("D2")
def test_what_is_withdrawn_has_a_successor():
    model = MODELS["bytedance/seededit-v3"]
    assert "bytedance/seededit-v3" not in LISTED
    assert model.lifecycle is Lifecycle.RETIRED
    assert model.successor == "wavespeed/bytedance/seedream-v4.5/edit"


@pytest.mark.row("D2")
def test_two_models_mark_the_place_in_opposite_ways():
    told = [MODELS[name].mask for name in ("openai/gpt-image-1", "wavespeed-ai/z-image/turbo-inpaint")]
    assert [mask and mask.encoding for mask in told] == ["alpha", "luma"]
    assert told[1]
    assert told[1].polarity == "repaint_white"


@pytest.mark.row("D2")
def test_the_character_is_shown_and_not_changed():
    model = MODELS["ideogram-ai/ideogram-character"]
    assert set(model.abilities) == {Operation.GENERATE}
    with pytest.raises(UserError) as caught:
        quoted(model, references=())
    assert caught.value.code == "missing_reference"


@pytest.mark.row("D2")
def test_a_zoom_keeps_the_picture_in_the_middle():
    model = MODELS["wavespeed-ai/image-zoom-out"]
    wish = Request(Operation.OUTPAINT, images=(picture("dot.png"),), margins=Margins(left=8, top=2))
    fitted = fit(wish, model, canvas=Size(18, 6))
    assert fitted.orders[0].margins == Margins(8, 8, 2, 2)
    assert (NoteKind.ADAPTED, "margins") in {(note.kind, note.field) for note in fitted.notes}
    with pytest.raises(UserError):
        fit(wish.replace(mode=Mode.STRICT), model, canvas=Size(18, 6))


@pytest.mark.parametrize("status", CODES["statuses"]["failed"])
def test_nothing_that_ended_goes_on(status: str):
    body = json.dumps({"code": 200, "data": {"id": "t", "status": status}}).encode()
    with pytest.raises(Exception, match=r"could not paint|refused") as caught:
        ADAPTER.read(HttpReply(200, {}, body), order(), None)
    assert not isinstance(caught.value, Malformed)


@pytest.mark.parametrize("code", [one["code"] for one in CODES["task_codes"]])
def test_no_code_ends_what_goes_on(code: int):
    body = {"code": 200, "data": {"id": "t", "status": "processing", "code": code}}
    outcome = ADAPTER.read(HttpReply(200, {}, json.dumps(body).encode()), order(), None)
    assert isinstance(outcome, Pending)
    assert outcome.ticket.task == "t"


KNOWN = {status for group in CODES["statuses"].values() for status in group}


@given(status=st.text(max_size=20) | st.none() | st.integers() | st.lists(st.text(), max_size=1))
def test_an_unknown_status_is_an_error_and_never_still_running(status: object):
    if isinstance(status, str) and status in KNOWN:
        return
    body = json.dumps({"code": 200, "data": {"id": "t", "status": status}}).encode()
    for ticket in (None, Ticket("t", "/api/v3/predictions/t/result")):
        with pytest.raises(Malformed):
            ADAPTER.read(HttpReply(200, {}, body), order(), ticket)


@pytest.mark.parametrize("prompt", ["1024x1024", "2x4", "jpeg"])
def test_a_prompt_is_not_taken_for_a_size(prompt: str):
    body = ADAPTER.submit(order(prompt=prompt, size=Size(512, 512))).body
    assert isinstance(body, JsonBody)
    assert (body.value["prompt"], body.value["size"]) == (prompt, "512*512")


def order(name: str = "wavespeed-ai/qwen-image/edit", **fields: Any) -> Order:
    asked = {"prompt": "a hat", "images": (picture("dot.png"),)} | fields
    return Order(Request(Operation.EDIT, **asked), MODELS[name], Options())


# Every call is one that the catalogue describes


@pytest.mark.row("B5")
@pytest.mark.row("D2")
@given(order=orders("wavespeed"))
def test_every_call_is_documented(order: Order):
    check_call(order.model.name, ADAPTER.submit(order))


@pytest.mark.parametrize(
    "exchange", [one for one in exchanges("wavespeed") if not one.ticket()], ids=lambda one: one.id
)
def test_the_calls_of_exchanges_are_documented(exchange: Exchange):
    check_call(exchange.order().model.name, exchange.call())


def check_call(name: str, call: HttpCall) -> None:
    assert (call.method, call.url) == ("POST", f"/api/v3/{name}")
    assert isinstance(call.body, JsonBody)
    body, taken = textual(call.body.value), inputs_of(name)
    assert {one for one, told in taken.items() if told.get("required")} <= set(body) <= set(taken)
    assert (call.timeout is Timeout.PAINT) == bool(body.get("enable_sync_mode"))
    for field, value in body.items():
        told = taken[field]
        assert value in told.get("enum", [value]), field
        kinds: dict[str, Any] = {"string": str, "integer": int, "number": (int, float), "boolean": bool}
        assert isinstance(value, kinds.get(told["type"], list)), field
        if isinstance(value, int | float) and not isinstance(value, bool):
            assert told.get("minimum", value) <= value <= told.get("maximum", value)
        if isinstance(value, list):
            assert told.get("min_items", 0) <= len(value) <= told.get("max_items", len(value))
        if field == "size" and "enum" not in told:
            assert all(side.isdigit() for side in str(value).split("*"))


# The official client sends what we send, and reads what we read

CLIENTS = [one for one in exchanges("wavespeed") if not one.ticket() and one.reply().ok]


@pytest.fixture
def client(httpserver: HTTPServer) -> Client:
    return Client(api_key="ws-test", base_url=httpserver.url_for("").rstrip("/"), max_connection_retries=0)


@pytest.mark.row("D2")
@pytest.mark.parametrize("exchange", CLIENTS, ids=lambda one: one.id)
def test_the_official_client_sends_the_same(exchange: Exchange, client: Client, httpserver: HTTPServer):
    reply, call = exchange.reply(), exchange.call()
    httpserver.expect_request(call.url, method="POST").respond_with_data(reply.body, reply.status)
    assert isinstance(call.body, JsonBody)
    sent = dict(call.body.value)
    waits = bool(sent.pop("enable_sync_mode", False))
    told = client.run_no_throw if waits else client._submit  # pyright: ignore[reportPrivateUsage]
    try:
        told(exchange.order().model.name, sent, enable_sync_mode=waits)
    except (RuntimeError, ValueError):
        assert "garbage" in exchange.name
    (request, _), *_ = httpserver.log
    assert request.get_json() == call.body.value
    assert request.headers["authorization"] == "Bearer ws-test"


@pytest.mark.parametrize(
    "exchange",
    [one for one in exchanges("wavespeed") if one.ticket() and "done" in one.document["outcome"]],
    ids=lambda one: one.id,
)
def test_the_official_client_reads_the_same(exchange: Exchange, client: Client, httpserver: HTTPServer):
    httpserver.expect_request(exchange.call().url).respond_with_data(exchange.reply().body)
    ticket = exchange.ticket()
    assert ticket
    outputs = client.get_result(ticket.task)["data"]["outputs"]
    done = ADAPTER.read(exchange.reply(), exchange.order(), ticket)
    assert isinstance(done, Done)
    assert len(done.artifacts) == len(outputs)


PLACE = {
    "code": 200,
    "data": {
        "upload": {
            "method": "PUT",
            "url": "/bucket/a.png",
            "headers": {"Content-Type": "image/png", "x-a": "1"},
        },
        "download_url": "https://files.example/a.png",
    },
}


def test_the_official_client_uploads_the_same(client: Client, httpserver: HTTPServer):
    place: Any = json.loads(json.dumps(PLACE))
    place["data"]["upload"]["url"] = httpserver.url_for("/bucket/a.png")
    httpserver.expect_request("/api/v3/media/uploads", method="POST").respond_with_json(place)
    httpserver.expect_request("/bucket/a.png", method="PUT").respond_with_data(b"")
    shown = picture("dot.png")
    opened, moved = uploads(shown, HttpReply(200, {}, json.dumps(place).encode()))
    assert isinstance(opened.body, JsonBody)
    file = io.BytesIO(shown.data)
    file.name = str(opened.body.value["filename"])
    assert client.upload(file) == "https://files.example/a.png"
    (first, _), (second, _) = httpserver.log
    assert first.get_json() == opened.body.value
    assert isinstance(moved.body, RawBody)
    assert second.get_data() == moved.body.data
    assert second.headers["content-type"] == moved.body.media_type
    assert second.headers["x-a"] == moved.headers["x-a"]
    assert "authorization" not in {name.lower() for name in second.headers.keys()}  # noqa: SIM118
    assert moved.auth == "none"


def uploads(shown: Picture, place: HttpReply) -> tuple[HttpCall, HttpCall]:
    moved = ADAPTER.uploaded(shown, (place,))
    assert isinstance(moved, HttpCall)
    return ADAPTER.upload(shown), moved


# Uploads


def test_every_picture_is_hosted_once_and_the_mask_too():
    assert isinstance(ADAPTER, Uploads)
    asked = order("openai/gpt-image-1")
    asked = replace(asked, mask=data("hole.png"))
    assert [one.data for one in ADAPTER.hosts(asked)] == [data("dot.png"), data("hole.png")]
    both = order("wavespeed-ai/qwen-image/edit-plus", images=(picture("dot.png"),) * 2)
    assert len(ADAPTER.hosts(both)) == 1


def test_after_the_bytes_it_is_said_where_they_lie():
    place = HttpReply(200, {}, json.dumps(PLACE).encode())
    assert ADAPTER.uploaded(picture("dot.png"), (place, HttpReply(200, {}, b""))) == (
        "https://files.example/a.png"
    )


@pytest.mark.parametrize("missing", ["upload", "download_url"])
def test_an_upload_without_a_place_is_malformed(missing: str):
    broken = {"data": {name: part for name, part in PLACE["data"].items() if name != missing}}  # pyright: ignore[reportAttributeAccessIssue]
    for body in (json.dumps(broken).encode(), b"", b"[]"):
        with pytest.raises(Malformed):
            ADAPTER.uploaded(picture("dot.png"), (HttpReply(200, {}, body),))


# Hooks


def test_a_submit_says_where_to_call():
    call = ADAPTER.submit(replace(order(), hook="https://images.example.com/hooks/wavespeed"))
    assert call.query == (("webhook", "https://images.example.com/hooks/wavespeed"),)


SECRET = HttpReply(200, {}, b'{"code": 200, "data": {"secret": "whsec_0123456789abcdef"}}')


def hook(body: bytes = b'{"id": "t-1", "status": "completed"}', at: datetime = NOW, key: bytes = b"") -> Hook:
    stamp = str(int(at.timestamp()))
    message = f"msg_1.{stamp}.".encode() + body
    signature = hmac.new(key or b"0123456789abcdef", message, hashlib.sha256).hexdigest()
    headers = {"webhook-id": "msg_1", "webhook-timestamp": stamp, "webhook-signature": f"v3,{signature}"}
    return Hook(headers, body)


@pytest.mark.parametrize("secret", [b'{"data": "whsec_0123456789abcdef"}', SECRET.body])
def test_a_genuine_hook_names_its_task(secret: bytes):
    assert isinstance(ADAPTER, Hooks)
    assert ADAPTER.hook_keys() == HttpCall("GET", "/api/v3/webhook/secret")
    assert ADAPTER.verify(hook(), HttpReply(200, {}, secret), NOW + timedelta(seconds=299)) == "t-1"


FORGERIES = {
    "another body": (replace(hook(), body=b'{"id": "t-2"}'), SECRET, NOW),
    "another key": (hook(key=b"another"), SECRET, NOW),
    "too old": (hook(), SECRET, NOW + timedelta(seconds=301)),
    "no signature": (replace(hook(), headers={}), SECRET, NOW),
    "a secret that is none": (hook(), HttpReply(200, {}, b'{"data": {}}'), NOW),
    "a secret that is no JSON": (hook(), HttpReply(200, {}, b"whsec"), NOW),
    "no task": (hook(b"{}"), SECRET, NOW),
    "no JSON": (hook(b"done"), SECRET, NOW),
}


@pytest.mark.parametrize("what", FORGERIES)
def test_a_forged_hook_is_refused(what: str):
    with pytest.raises(Refused) as caught:
        ADAPTER.verify(*FORGERIES[what])
    assert caught.value.stage is Stage.PERMISSION


# Balance, prices, models


def replied(document: object) -> HttpReply:
    return HttpReply(200, {}, json.dumps(document).encode())


def test_the_balance_is_in_dollars():
    assert isinstance(ADAPTER, Balances)
    assert ADAPTER.balance() == HttpCall("GET", "/api/v3/balance")
    assert ADAPTER.read_balance(replied({"code": 200, "data": {"balance": 12.5}})) == Account(
        Decimal("12.5"), "USD"
    )


def test_a_price_is_asked_for_without_pictures():
    assert isinstance(ADAPTER, Prices)
    call = ADAPTER.price(replace(order("openai/gpt-image-1", size=Size(1536, 1024)), quality="high"))
    assert (call.method, call.url) == ("POST", "/api/v3/model/price")
    assert isinstance(call.body, JsonBody)
    assert call.body.value == {
        "model_id": "openai/gpt-image-1",
        "inputs": {"prompt": "a hat", "quality": "high", "size": "1536*1024"},
    }
    told = {"price": 0.25, "discounted_price": 0.2375, "discount_rate": 5, "currency": "USD"}
    assert ADAPTER.read_price(replied({"code": 200, "data": told})) == Money(Decimal("0.2375"))
    assert ADAPTER.read_price(replied({"data": {"price": 0.25}})) == Money(Decimal("0.25"))


def test_models_that_paint_are_listed():
    assert isinstance(ADAPTER, Lists)
    assert ADAPTER.list_models().url == "/api/v3/models"
    listed = [
        {"model_id": "a/b", "type": "text-to-image"},
        {"model_id": "c/d", "type": "text-to-video"},
        {"type": "upscaler"},
        3,
    ]
    assert ADAPTER.read_models(replied({"code": 200, "data": listed})) == (Listed("a/b"),)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"data": 3}', b'{"data": {"balance": true, "price": "x"}}'])
def test_what_says_nothing_is_malformed(body: bytes):
    for read in (ADAPTER.read_balance, ADAPTER.read_price, ADAPTER.read_models):
        with pytest.raises(Malformed):
            read(HttpReply(200, {}, body))
