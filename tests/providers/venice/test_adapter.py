"""What no exchange of Venice shows: its document, its models and prices, row B1, the account."""

import json
import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from limner.catalog.fit import fit
from limner.catalog.load import load
from limner.catalog.quote import quote
from limner.core.adapter import Order
from limner.core.errors import Malformed, UserError
from limner.core.http import HttpCall, HttpReply
from limner.core.models import Lifecycle, Model
from limner.core.money import Certainty
from limner.core.notes import NoteKind
from limner.core.operations import Operation
from limner.core.optional import Account, Balances, Listed, Lists
from limner.core.pictures import Picture, Reference, Role, Size
from limner.core.requests import Mode, Request, Tier, check
from limner.engine.inputs import suit
from limner.providers.venice import wire
from limner.providers.venice.adapter import Venice
from limner.providers.venice.options import Options
from tests.providers.exchanges import Exchange, exchanges, picture
from tests.providers.openapi import check_call, document, validate
from tests.providers.orders import orders
from tests.support.sources import ROOT

CONTRACT = json.loads((ROOT / "tests" / "contracts" / "venice" / "models-image.json").read_text("utf-8"))
PUBLISHED: dict[str, dict[str, Any]] = {
    one["id"]: one["model_spec"] | {"type": one["type"]} for one in CONTRACT["data"]
}
MODELS = {str(one.wire["model"]): one for one in load().all() if one.provider == "venice"}
ADAPTER = Venice()
FIRERED = MODELS["firered-image-edit"]


# Models


def test_every_model_is_known():
    assert set(MODELS) == set(PUBLISHED) | {"default"}


@pytest.mark.row("B3")
@pytest.mark.parametrize("name", PUBLISHED)
def test_a_model_does_what_its_kind_says(name: str):
    model, kind = MODELS[name], PUBLISHED[name]["type"]
    does = next(iter(model.abilities))
    tools = {"upscaler": Operation.UPSCALE, "bria-bg-remover": Operation.REMOVE_BACKGROUND}
    assert does is tools.get(name, Operation.EDIT if kind == "inpaint" else Operation.GENERATE)
    assert ("Private" in model.data_terms) == (PUBLISHED[name]["privacy"] == "private")
    assert ("Uncensored" in model.description) == PUBLISHED[name].get("uncensored", False)


def dollars(node: dict[str, Any]) -> Decimal:
    return Decimal(str(round(node["usd"], 7)))


def quoted(model: Model, operation: Operation, pictures: int = 0, **fields: Any) -> Any:
    shown = (picture("dot.png"),) * pictures
    request = Request(operation, prompt="a pear", images=shown, **fields)
    return quote(fit(request, model, canvas=Size(1024, 1024) if pictures else None))


def tiers(model: Model) -> dict[str, Tier]:
    return {str(word): tier for tier, word in model.limits.qualities.items()}


@pytest.mark.row("B3")
@pytest.mark.row("P4")
@pytest.mark.parametrize("name", sorted(set(PUBLISHED) - {"upscaler", "bria-bg-remover"}))
def test_quotes_are_the_published_prices(name: str):
    model, listed = MODELS[name], PUBLISHED[name]["pricing"]
    edits = PUBLISHED[name]["type"] == "inpaint"
    operation, pictures = (Operation.EDIT, 1) if edits else (Operation.GENERATE, 0)
    plain = listed["inpaint" if edits else "generation"] if "generation" in listed or edits else None
    first = listed.get("inputImages", {"included": 1, "additional": {"usd": 0}})
    base = dollars(first["additional"]) * max(0, pictures - first["included"])
    words = tiers(model)
    for word, node in listed.get("quality", {}).get("1K", {}).items():
        if word in words:
            assert quoted(model, operation, pictures, quality=words[word]).usd == dollars(node) + base
    if "quality" not in listed:
        for word, node in listed.get("resolutions", {}).items():
            if word in words:
                assert quoted(model, operation, pictures, quality=words[word]).usd == dollars(node) + base
    if plain and "quality" not in listed:
        told = quoted(model, operation, pictures)
        assert (told.kind, told.usd) == (Certainty.EXACT, dollars(plain) + base)


@pytest.mark.row("P4")
def test_more_pictures_cost_more_where_venice_says_so():
    told = quoted(MODELS["flux-2-max-edit"], Operation.EDIT, pictures=3)
    assert (told.kind, told.usd) == (Certainty.EXACT, Decimal("0.12") + 2 * Decimal("0.0345"))
    assert "pictures sent" in told.arithmetic
    first_too = quoted(MODELS["grok-imagine-edit"], Operation.EDIT, pictures=2)
    assert first_too.usd == Decimal("0.03") + 2 * Decimal("0.0023")
    assert quoted(FIRERED, Operation.EDIT, pictures=3).usd == Decimal("0.04")


@pytest.mark.row("B3")
@pytest.mark.parametrize(("scale", "usd"), [(None, "0.02"), (2.0, "0.02"), (3.0, "0.08"), (4.0, "0.08")])
def test_four_times_larger_costs_more(scale: float | None, usd: str):
    assert quoted(MODELS["upscaler"], Operation.UPSCALE, pictures=1, scale=scale).usd == Decimal(usd)


def test_dearest_and_best_are_one():
    model = MODELS["gpt-image-2"]
    assert quoted(model, Operation.GENERATE, quality=Tier.ULTRA).usd == Decimal("0.83")
    assert quoted(model, Operation.GENERATE).usd == Decimal("0.26"), "quality wins where both are listed"


@pytest.mark.parametrize("name", [one.name for one in MODELS.values() if one.shutdown_on])
def test_what_openai_ends_ends_here_too(name: str):
    model = next(one for one in MODELS.values() if one.name == name)
    assert model.lifecycle is Lifecycle.RETIRING
    assert model.successor


# Row B1


def fitted(**fields: Any) -> Any:
    known = {"prompt": "a hat", "images": (picture("dot.png"),)} | fields
    return fit(Request(Operation.EDIT, **known), FIRERED, canvas=Size(1024, 1024))


@pytest.mark.row("B1")
@pytest.mark.row("B2")
@pytest.mark.parametrize(
    ("field", "value"),
    [("strength", 0.5), ("guidance", 7.5), ("steps", 30), ("seed", 999_999_999), ("seed", -999_999_999)],
)
def test_what_the_edit_does_not_take_is_left_out_with_a_note(field: str, value: float):
    notes = {(note.kind, note.field) for note in fitted(**{field: value}).notes}
    assert (NoteKind.DROPPED, field) in notes
    with pytest.raises(UserError):
        fitted(mode=Mode.STRICT, **{field: value})


@pytest.mark.row("B1")
@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("guidance", value) for value in (-0.1, 20.1)),
        *(("steps", value) for value in (0, 101)),
        *(("seed", value) for value in (-1_000_000_000, 1_000_000_000)),
    ],
)
def test_values_outside_the_published_ranges_are_refused(field: str, value: float, mode: Mode):
    with pytest.raises(UserError) as caught:
        fitted(mode=mode, **{field: value})
    assert (caught.value.code, caught.value.field) == ("out_of_range", field)


@pytest.mark.row("B1")
@pytest.mark.parametrize("strength", [-0.01, 1.01])
def test_a_strength_is_a_part_of_one(strength: float):
    with pytest.raises(UserError) as caught:
        check(Request(Operation.EDIT, prompt="a hat", images=(picture("dot.png"),), strength=strength))
    assert caught.value.field == "strength"


@pytest.mark.row("B1")
@pytest.mark.row("B2")
def test_a_prompt_has_the_models_own_limit():
    assert fitted(prompt="x" * 1500).orders[0].prompt == "x" * 1500
    with pytest.raises(UserError) as caught:
        fitted(prompt="x" * 1501)
    assert caught.value.field == "prompt"
    assert "1500" in str(caught.value).replace(",", "")


@pytest.mark.row("B1")
def test_a_picture_of_one_pixel_is_enlarged_with_a_note():
    tiny = Picture(picture("dot.png").data, "image/png", Size(2, 2))
    suited, notes = suit(tiny, FIRERED.inputs)
    assert suited.size
    assert suited.size.pixels >= 65_536
    assert [note.field for note in notes] == ["images"]


@pytest.mark.row("B2")
@pytest.mark.parametrize(("steps", "used"), [(1, 1), (8, 8), (30, 8), (100, 8)])
def test_steps_are_those_of_the_model(steps: int, used: int):
    model = MODELS["z-image-turbo"]
    order = fit(Request(Operation.GENERATE, prompt="a pear", steps=steps), model).orders[0]
    assert order.steps == used
    assert (
        fit(Request(Operation.GENERATE, prompt="a", steps=9), MODELS["qwen-image-2"]).orders[0].steps is None
    )


@pytest.mark.row("B2")
def test_a_seed_of_any_is_never_sent():
    model = MODELS["z-image-turbo"]
    for seed in (0, -999_999_999, 10**12):
        order = fit(Request(Operation.GENERATE, prompt="a pear", seed=seed), model).orders[0]
        assert order.seed
        assert 1 <= order.seed <= 999_999_999


@pytest.mark.row("B2")
def test_pixels_go_by_the_models_divisor():
    order = fit(Request(Operation.GENERATE, prompt="a", size=Size(1001, 3000)), MODELS["venice-sd35"]).orders[
        0
    ]
    assert order.size
    assert (order.size.width % 16, order.size.height % 16) == (0, 0)
    assert max(order.size.width, order.size.height) <= 1280
    shaped = fit(Request(Operation.GENERATE, prompt="a", size=Size(1600, 900)), MODELS["qwen-image"]).orders[
        0
    ]
    assert (shaped.size, shaped.aspect_ratio) == (None, "16:9")


# The document


@pytest.mark.row("B5")
@given(order=orders("venice"))
def test_every_call_is_documented(order: Order):
    check_call("venice", ADAPTER.submit(order))


@pytest.mark.parametrize("exchange", exchanges("venice"), ids=lambda one: one.id)
def test_the_calls_of_exchanges_are_documented(exchange: Exchange):
    check_call("venice", exchange.call())


ERRORS = {413: "PayloadTooLargeError", 400: "DetailedError"}


@pytest.mark.parametrize(
    "exchange",
    [
        one
        for one in exchanges("venice")
        if one.document["source"] != "made up" and "json" in one.document["reply"]
    ],
    ids=lambda one: one.id,
)
def test_the_replies_of_exchanges_are_documented(exchange: Exchange):
    came = exchange.document["reply"]
    body, status = came["json"], came["status"]
    if status == 200:
        described = document("venice")["paths"][exchange.call().url]["post"]["responses"]["200"]
        Draft202012Validator(described["content"]["application/json"]["schema"]).validate(body)
        return
    name = ERRORS.get(status, "ContentViolationError" if "suggested_prompt" in body else "StandardError")
    if isinstance(body["error"], dict):
        name = "ProviderContentPolicyError"
    validate("venice", "X402InferencePaymentRequired" if "x402Version" in body else name, body)


# Where a call goes


def order(name: str, *shown: str, quality: str | None = None, **fields: Any) -> Order:
    operation = fields.pop("operation", Operation.EDIT)
    request = Request(operation, prompt="a hat", images=tuple(picture(one) for one in shown), **fields)
    return Order(request, MODELS[name], Options(), quality=quality)


@pytest.mark.row("B3")
def test_one_picture_is_edited_and_several_are_joined():
    assert ADAPTER.submit(order("firered-image-edit", "dot.png")).url == "/image/edit"
    assert ADAPTER.submit(order("firered-image-edit", "dot.png", "dot.jpg")).url == "/image/multi-edit"
    shown = (Reference(picture("dot.jpg"), Role.STYLE),)
    assert ADAPTER.submit(order("firered-image-edit", "dot.png", references=shown)).url == "/image/multi-edit"
    # The document of /image/edit forbids `quality`; a guide says that it takes one.
    assert ADAPTER.submit(order("gpt-image-2-edit", "dot.png", quality="low")).url == "/image/multi-edit"
    assert ADAPTER.submit(order("nano-banana-pro-edit", "dot.png", quality="2K")).url == "/image/edit"


# What headers say


@pytest.mark.row("B6")
@pytest.mark.parametrize(("said", "means"), [("true", True), ("True", True), ("false", False), ("", False)])
def test_booleans_are_words(said: str, means: bool):
    reply = HttpReply(200, {"x-venice-is-content-violation": said}, b"{}")
    assert bool(wire.violations(reply)) is means


@pytest.mark.row("B6")
def test_every_blurred_picture_is_flagged():
    body = json.dumps({"id": "x", "images": ["AAEC", "AAEC"]}).encode()
    asked = order("z-image-turbo", operation=Operation.GENERATE, n=2)
    done = ADAPTER.read(HttpReply(200, {"x-venice-is-blurred": "true"}, body), asked, None)
    assert [one.flagged for one in done.artifacts] == [True, True]


# The account


def replied(value: object) -> HttpReply:
    return HttpReply(200, {}, json.dumps(value).encode())


def test_the_balance_has_dollars_and_diem():
    assert isinstance(ADAPTER, Balances)
    assert ADAPTER.balance() == HttpCall("GET", "/billing/balance")
    told = {
        "canConsume": True,
        "consumptionCurrency": "DIEM",
        "balances": {"diem": 90.5, "usd": 25},
        "diemEpochAllocation": 100,
    }
    content = document("venice")["paths"]["/billing/balance"]["get"]["responses"]["200"]["content"]
    Draft202012Validator(content["application/json"]["schema"]).validate(told)
    assert ADAPTER.read_balance(replied(told)) == Account(
        Decimal(25), "USD", allowance=Decimal("0.905"), facts={"DIEM": "90.5", "spends": "DIEM"}
    )
    none = told | {"canConsume": False, "balances": {"diem": None, "usd": None}, "consumptionCurrency": None}
    assert ADAPTER.read_balance(replied(none)) == Account(None, "USD", active=False)


def test_models_are_listed_with_their_last_day():
    assert isinstance(ADAPTER, Lists)
    assert ADAPTER.list_models() == HttpCall("GET", "/models", query=(("type", "all"),))
    leaving = {"deprecation": {"date": "2026-12-01T00:00:00Z", "removesAt": "2027-01-31T00:00:00Z"}}
    listed = [
        {"id": "a", "type": "image", "model_spec": leaving},
        {"id": "b", "type": "inpaint", "model_spec": {"deprecation": {"date": "2026-12-01"}}},
        {"id": "c", "type": "text", "model_spec": {}},
        {"id": "d", "type": "upscale"},
        3,
    ]
    assert ADAPTER.read_models(replied({"object": "list", "type": "all", "data": listed})) == (
        Listed("a", "2027-01-31"),
        Listed("b", "2026-12-01"),
        Listed("d"),
    )


@pytest.mark.parametrize("body", [b"", b"[]", b'{"data": 3}', b'{"canConsume": "yes"}'])
def test_what_says_nothing_is_malformed(body: bytes):
    for read in (ADAPTER.read_balance, ADAPTER.read_models):
        with pytest.raises(Malformed):
            read(HttpReply(200, {}, body))


def test_a_limit_without_a_date_names_no_wait():
    reply = HttpReply(429, {"x-ratelimit-reset-requests": "1795255230"}, b'{"error": "slow down"}')
    told: Any = ADAPTER.diagnose(reply, None)
    assert told.retry_after is None
    late = replace(reply, headers={**reply.headers, "date": "Sat, 21 Nov 2026 11:00:00 GMT"})
    told = ADAPTER.diagnose(late, None)
    assert told.retry_after == 0.0
    assert re.match(r"Venice answered 429", told.message)
