"""The ten promises where vendors make them hard: tickets, streams, paid preparation, uploads, filters."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from PIL import Image

from limner.assembly import Assembly, assemble
from limner.catalog.load import load
from limner.core.errors import (
    BadRequest,
    Billed,
    Error,
    ImageProcessing,
    Malformed,
    OutcomeUnknown,
    ProviderError,
    Refused,
    TimedOut,
    Unavailable,
)
from limner.core.models import Lifecycle, Model
from limner.core.money import Certainty
from limner.core.operations import NEEDS, Need, Operation
from limner.core.pictures import Mask, Picture, Reference, Role, Size
from limner.core.requests import Request
from limner.core.results import Attempt, AttemptState
from limner.engine.bring import FETCH_TRIES
from limner.engine.events import Event, Previewed, Progressed
from limner.sandbox.faults import Fault, FaultKind
from limner.sandbox.server import RunningSandbox, running_sandbox
from tests.engine.vendors import HARD, UNITS, distinct, hole, photograph, plainest, png, settings
from tests.support.clock import SkippingClock

CATALOG = load()
LIVE = [
    model for model in CATALOG.all() if model.provider in HARD and model.lifecycle is not Lifecycle.RETIRED
]


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with running_sandbox(rates=dict.fromkeys(HARD, 100_000)) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: RunningSandbox) -> RunningSandbox:
    running.reset()
    return running


def limner_at(sandbox: RunningSandbox) -> Assembly:
    return assemble(settings(sandbox), clock=SkippingClock())


def named(name: str) -> Model:
    model = CATALOG.get(name)
    assert model
    return model


def bill(sandbox: RunningSandbox, slug: str) -> Decimal:
    return sandbox.bill.total(slug, UNITS[slug])


# Promise 1


MASKED = distinct(
    [
        (model, operation)
        for model in LIVE
        for operation in model.abilities
        if operation is not Operation.TOOL  # which answers as it likes
        and (operation is Operation.OUTPAINT or NEEDS[operation].mask is not Need.UNUSED)
    ]
)


@pytest.mark.row("P1")
@pytest.mark.row("A2")
@pytest.mark.row("D4")
@pytest.mark.parametrize(
    ("model", "operation"), MASKED, ids=[f"{model.id}-{operation}" for model, operation in MASKED]
)
async def test_the_mask_is_law_whatever_the_vendor_paints(
    model: Model, operation: Operation, sandbox: RunningSandbox
):
    masked = {} if operation is Operation.OUTPAINT else {"mask": Mask(Picture(png(hole())))}
    async with limner_at(sandbox) as limner:
        result = await limner.engine.run(plainest(model, operation, **masked))
    came = rgba(result.images[0].picture.data)
    source = rgba(photograph())
    if operation is Operation.OUTPAINT:
        assert np.array_equal(came[16:, 32:], source)
    else:
        keep = hole() == 0
        assert np.array_equal(came[keep], source[keep])
        assert not np.array_equal(came[~keep], source[~keep]), "nothing was painted"
    assert result.images[0].measured.changed_outside_mask == 0


def rgba(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))


# Prices


CREDITS = {
    "core": "3", "ultra": "8", "sd3.5-large": "6.5", "sd3.5-large-turbo": "4", "sd3.5-medium": "3.5",
    "sd3.5-flash": "2.5", "erase": "5", "inpaint": "5", "outpaint": "4", "search-and-replace": "5",
    "search-and-recolor": "5", "remove-background": "5", "replace-background-and-relight": "8",
    "sketch": "5", "structure": "5", "style": "5", "style-transfer": "8", "upscale-fast": "2",
    "upscale-conservative": "40", "upscale-creative": "60",
}  # fmt: skip
"""What each service costs (v2beta document, 2026-09-22)."""


@pytest.mark.row("D4")
@pytest.mark.row("P4")
@pytest.mark.parametrize("name", CREDITS)
async def test_every_service_of_stability_costs_what_it_says(name: str, sandbox: RunningSandbox):
    model = named(f"stability/{name}")
    listed = Decimal(CREDITS[name])
    for operation in model.abilities:
        sandbox.reset()
        request = plainest(model, operation)
        async with limner_at(sandbox) as limner:
            quoted = await limner.engine.quote(request)
            result = await limner.engine.run(request)
        for told in (quoted.price, result.cost):
            assert told.kind is Certainty.EXACT
            assert told.native
            assert (told.native.amount, told.native.unit, told.usd) == (listed, "credits", listed / 100)
        assert bill(sandbox, "stability") == listed


def test_no_service_of_stability_is_without_a_price():
    assert set(CREDITS) == {model.name for model in LIVE if model.provider == "stability"}


def anlas(name: str, **fields: Any) -> Request:
    operation = fields.pop("operation", Operation.GENERATE)
    width, height = fields.pop("size", (1024, 1024))
    return plainest(named(f"novelai/{name}"), operation, size=Size(width, height), **fields)


V3, V45, V5 = "nai-diffusion-3", "nai-diffusion-4-5-full", "nai-diffusion-5-full"
MEASURED = [
    # Measured by the difference of balances, or published, autumn 2026
    (anlas(V45, size=(832, 1216)), 20),
    (anlas(V45, steps=29), 21),
    (anlas(V45, size=(1088, 1088)), 23),
    (anlas(V45, size=(1088, 1088), steps=50), 38),
    (anlas(V45, size=(1472, 1472)), 42),
    (anlas(V45, size=(1472, 1472), steps=50), 69),
    (anlas(V5, size=(1088, 1088)), 35),
    (anlas(V5, size=(1472, 1472)), 63),
    (anlas(V5, size=(832, 1216)), 30),
    # By the formula
    (anlas(V3, size=(832, 1216), options={"sm": True}), 24),
    (anlas(V3, size=(832, 1216), options={"sm": True, "sm_dyn": True}), 28),
    (anlas(V3, operation=Operation.IMG2IMG, size=(832, 1216), strength=0.5), 10),
    (anlas(V45, operation=Operation.IMG2IMG, size=(64, 64), strength=0.01), 2),
]


def styles(count: int, role: Role = Role.STYLE) -> tuple[Reference, ...]:
    return tuple(Reference(Picture(photograph(seed=place)), role) for place in range(count))


REFERENCED = [
    (anlas(V45, size=(832, 1216), references=styles(2)), 20 + 2 * 2),
    (anlas(V45, size=(832, 1216), references=styles(5)), 20 + 5 * 2 + 2),
    (anlas(V45, size=(832, 1216), references=styles(2, Role.SUBJECT)), 20 + 2 * 5),
    (anlas(V45, size=(832, 1216), references=styles(2), n=2), 2 * 20 + 2 * 2),
]


@pytest.mark.row("A1")
@pytest.mark.row("A3")
@pytest.mark.row("P4")
@pytest.mark.parametrize(("request_", "amount"), MEASURED + REFERENCED, ids=lambda one: str(one)[:30])
async def test_known_costs_in_anlas_are_reproduced(request_: Request, amount: int, sandbox: RunningSandbox):
    async with limner_at(sandbox) as limner:
        quoted = await limner.engine.quote(request_)
        result = await limner.engine.run(request_)
    for told in (quoted.price, result.cost):
        assert told.native
        assert (told.native.amount, told.native.unit) == (amount, "anlas")
        assert told.kind is Certainty.ESTIMATED, "dollars depend on where Anlas were bought"
        assert told.usd
        assert Decimal("0.001") * amount <= told.usd <= Decimal("0.0011") * amount
    assert quoted.price.most == Decimal("0.0011") * amount
    assert bill(sandbox, "novelai") == amount


@pytest.mark.row("A4")
@pytest.mark.parametrize(
    ("tool", "size", "amount"),
    [
        ("lineart", (1024, 1024), 20),
        ("lineart", (64, 64), 20),
        ("bg-removal", (1024, 1024), 65),
        ("declutter", (1536, 2048), 60),
    ],
)
async def test_director_tools_cost_what_they_say(
    tool: str, size: tuple[int, int], amount: int, sandbox: RunningSandbox
):
    images = (Picture(png(np.full((size[1], size[0], 3), 128, np.uint8))),)
    request = Request(Operation.TOOL, model="novelai/director-tools", tool=f"novelai/{tool}", images=images)
    async with limner_at(sandbox) as limner:
        result = await limner.engine.run(request)
    assert result.cost.native
    assert result.cost.native.amount == amount == bill(sandbox, "novelai")
    assert len(result.images) == (3 if tool == "bg-removal" else 1)


PER_PICTURE = {"bfl", "fal", "openrouter", "replicate", "together", "venice", "wavespeed"}
"""Who says with each picture what it cost, or sells by the picture."""
ROUNDING = Decimal("0.00005")
"""Costs may be stated to hundredths of a credit."""
SOLD = [model for model in LIVE if model.provider in PER_PICTURE]
TOLD = [(model, next(iter(model.abilities))) for model in SOLD]
TOLD += [
    pair
    for pair in distinct([(model, operation) for model in SOLD for operation in model.abilities])
    if pair not in TOLD
]
"""What each of them does first, and the rest of what any of them does."""


@pytest.mark.row("P4")
@pytest.mark.parametrize(
    ("model", "operation"), TOLD, ids=[f"{model.id}-{operation}" for model, operation in TOLD]
)
async def test_what_is_charged_is_what_the_vendor_bills(
    model: Model, operation: Operation, sandbox: RunningSandbox
):
    async with limner_at(sandbox) as limner:
        result = await limner.engine.run(plainest(model, operation))
    if result.cost.kind is Certainty.UNKNOWN:
        assert result.cost.usd is None, "an unknown price is never zero"
        return
    assert result.cost.native
    assert result.cost.native.amount == bill(sandbox, model.provider)
    assert result.cost.usd is not None
    assert result.quote.most is None or result.cost.usd <= result.quote.most + ROUNDING


# Promise 2


@dataclass(frozen=True)
class Case:
    """A misfortune, and what it may lead to."""

    name: str
    model: str
    fault: Fault
    ends: type[Error] | None
    """Absent: in a picture."""
    billed: Billed = Billed.UNKNOWN
    charges: int = 1
    fields: dict[str, Any] | None = None

    def __str__(self) -> str:
        return self.name


CLUSTER, SCHNELL = "bfl/flux-2-pro", "replicate/black-forest-labs/flux-schnell"
TURBO, QWEN = "wavespeed/wavespeed-ai/z-image/turbo", "wavespeed/wavespeed-ai/qwen-image/edit"
SYNC = {"options": {"enable_sync_mode": True}}
ZIMAGE, FIRERED = "venice/z-image-turbo", "venice/firered-image-edit"
SEEDREAM, GPT = "openrouter/bytedance-seed/seedream-4.5", "openrouter/openai/gpt-image-2"
SDXL = "together/stabilityai/stable-diffusion-xl-base-1.0"
CREATIVE, FLUX, VIBE = "stability/upscale-creative", "fal/flux/schnell", f"novelai/{V45}"
PAINT, RESULT = "POST /ai/generate-image", "GET */requests/*[0-9a-f]"
PICTURE = "GET /delivery/*"
STREAMED = {"partial_images": 2}
STYLED = {"references": styles(1)}
WAITING = {"options": {"prefer_wait": 60}}
LOST = Fault(FaultKind.RESET_AFTER_BILLED)


def painting(kind: FaultKind, status: int = 503) -> Fault:
    """A fault of the call that paints, not of what comes before it."""
    return Fault(kind, route=PAINT, status=status)


CASES = [
    # tickets: the submit
    Case("creative-lost", CREATIVE, Fault(FaultKind.RESET_AFTER_BILLED, route="POST *"), OutcomeUnknown),
    Case("fal-lost", FLUX, Fault(FaultKind.RESET_AFTER_BILLED, route="POST *"), OutcomeUnknown),
    Case("fal-no-json", FLUX, Fault(FaultKind.GARBAGE_BODY, route="POST *"), Malformed),
    # tickets: polls are free, so they are repeated
    Case("creative-poll-500", CREATIVE, Fault(FaultKind.STATUS, route="GET *", status=500, times=3), None),
    Case("creative-poll-reset", CREATIVE, Fault(FaultKind.RESET_BEFORE_READ, route="GET *", times=3), None),
    Case("creative-result-cut", CREATIVE, Fault(FaultKind.TRUNCATED_BODY, route="GET *", nth=3), None),
    Case("fal-poll-503", FLUX, Fault(FaultKind.BAD_GATEWAY, route="GET *", times=4), None),
    Case("fal-poll-reset", FLUX, Fault(FaultKind.RESET_BEFORE_READ, route="GET *", times=4), None),
    Case("fal-poll-no-json", FLUX, Fault(FaultKind.GARBAGE_BODY, route="GET *", times=3), None),
    Case("fal-result-503", FLUX, Fault(FaultKind.STATUS, route=RESULT, status=503, times=3), None),
    Case("fal-result-429", FLUX, Fault(FaultKind.STATUS, route=RESULT, status=429, times=3), None),
    Case("fal-polls-no-json", FLUX, Fault(FaultKind.GARBAGE_BODY, route="GET *", times=None), Malformed),
    Case("fal-picture-noise", FLUX, Fault(FaultKind.GARBAGE_BODY, route="GET */files/*", times=3), None),
    Case("fal-picture-reset", FLUX, Fault(FaultKind.RESET_BEFORE_READ, route="GET */files/*", times=2), None),
    Case("wavespeed-lost", TURBO, Fault(FaultKind.RESET_AFTER_BILLED, route="POST *"), OutcomeUnknown),
    Case("wavespeed-no-json", TURBO, Fault(FaultKind.GARBAGE_BODY, route="POST *"), Malformed),
    Case("wavespeed-500", TURBO, Fault(FaultKind.STATUS, route="POST *", status=500), Unavailable, charges=0),
    Case("wavespeed-busy", TURBO, Fault(FaultKind.STATUS, route="POST *", status=429, times=2), None),
    Case("wavespeed-poll-503", TURBO, Fault(FaultKind.BAD_GATEWAY, route="GET *", times=4), None),
    Case("wavespeed-poll-reset", TURBO, Fault(FaultKind.RESET_BEFORE_READ, route="GET *", times=4), None),
    Case("wavespeed-504", TURBO, Fault(FaultKind.STATUS, status=504), Unavailable, charges=0, fields=SYNC),
    Case("wavespeed-sync-lost", TURBO, LOST, OutcomeUnknown, fields=SYNC),
    Case("bfl-lost", CLUSTER, Fault(FaultKind.RESET_AFTER_BILLED, route="POST *"), OutcomeUnknown),
    Case("bfl-no-json", CLUSTER, Fault(FaultKind.GARBAGE_BODY, route="POST *"), Malformed),
    Case("bfl-500", CLUSTER, Fault(FaultKind.STATUS, route="POST *", status=500), Unavailable, charges=0),
    Case("bfl-busy", CLUSTER, Fault(FaultKind.STATUS, route="POST *", status=429, times=2), None),
    Case("bfl-poll-500", CLUSTER, Fault(FaultKind.STATUS, route="GET *", status=500, times=3), None),
    Case("bfl-poll-reset", CLUSTER, Fault(FaultKind.RESET_BEFORE_READ, route="GET *", times=4), None),
    Case("replicate-lost", SCHNELL, Fault(FaultKind.RESET_AFTER_BILLED, route="POST *"), None),
    Case("replicate-no-json", SCHNELL, Fault(FaultKind.GARBAGE_BODY, route="POST *"), None),
    Case("replicate-waits", SCHNELL, LOST, None, fields=WAITING),
    Case("replicate-502", SCHNELL, Fault(FaultKind.BAD_GATEWAY, route="POST *"), Unavailable, charges=0),
    Case("replicate-busy", SCHNELL, Fault(FaultKind.STATUS, route="POST *", status=429, times=2), None),
    Case("replicate-poll-502", SCHNELL, Fault(FaultKind.BAD_GATEWAY, route="GET *", times=4), None),
    Case("replicate-poll-no-json", SCHNELL, Fault(FaultKind.GARBAGE_BODY, route="GET *", times=3), None),
    Case("replicate-noise", SCHNELL, Fault(FaultKind.GARBAGE_BODY, route="GET /delivery/*", times=3), None),
    Case("replicate-poll-reset", SCHNELL, Fault(FaultKind.RESET_BEFORE_READ, route="GET *", times=4), None),
    # no tickets, and no list as Replicate has: what is lost stays unknown
    Case("together-lost", SDXL, LOST, OutcomeUnknown),
    Case("together-no-json", SDXL, Fault(FaultKind.GARBAGE_BODY), Malformed),
    Case("together-cut", SDXL, Fault(FaultKind.TRUNCATED_BODY), Malformed, Billed.YES),
    Case("together-500", SDXL, Fault(FaultKind.STATUS, status=500), Unavailable, charges=0),
    Case("together-504", SDXL, Fault(FaultKind.STATUS, status=504), Unavailable, charges=0),
    Case("together-busy", SDXL, Fault(FaultKind.STATUS, status=429, times=2), None),
    Case("venice-lost", ZIMAGE, LOST, OutcomeUnknown),
    Case("venice-no-json", ZIMAGE, Fault(FaultKind.GARBAGE_BODY), Malformed),
    Case("venice-cut", ZIMAGE, Fault(FaultKind.TRUNCATED_BODY), Malformed, Billed.YES),
    Case("venice-500", ZIMAGE, Fault(FaultKind.STATUS, status=500), Unavailable, charges=0),
    Case("venice-504", ZIMAGE, Fault(FaultKind.STATUS, status=504), Unavailable, charges=0),
    Case("venice-busy", ZIMAGE, Fault(FaultKind.STATUS, status=429, times=2), None),
    Case("venice-full", ZIMAGE, Fault(FaultKind.STATUS, status=503, times=2), None),
    Case("venice-edit-lost", FIRERED, LOST, OutcomeUnknown),
    Case("openrouter-lost", SEEDREAM, LOST, OutcomeUnknown),
    Case("openrouter-no-json", SEEDREAM, Fault(FaultKind.GARBAGE_BODY), Malformed),
    Case("openrouter-cut", SEEDREAM, Fault(FaultKind.TRUNCATED_BODY), Malformed, Billed.YES),
    Case("openrouter-502", SEEDREAM, Fault(FaultKind.STATUS, status=502, times=2), None),
    Case("openrouter-524", SEEDREAM, Fault(FaultKind.STATUS, status=524), Unavailable, charges=0),
    Case("openrouter-busy", SEEDREAM, Fault(FaultKind.STATUS, status=429, times=2), None),
    # streams
    Case("openrouter-stream-lost", GPT, LOST, OutcomeUnknown, fields=STREAMED),
    Case("openrouter-cut-off", GPT, Fault(FaultKind.CUT_STREAM, frames=1), OutcomeUnknown, fields=STREAMED),
    Case("stream-lost", VIBE, LOST, OutcomeUnknown, fields=STREAMED),
    Case("stream-cut", VIBE, Fault(FaultKind.CUT_STREAM, frames=3), OutcomeUnknown, fields=STREAMED),
    Case("archive-cut", VIBE, Fault(FaultKind.TRUNCATED_BODY), Malformed, Billed.YES),
    Case("archive-garbage", VIBE, Fault(FaultKind.GARBAGE_BODY), Malformed),
    # paid preparation
    Case("encode-lost", VIBE, LOST, OutcomeUnknown, fields=STYLED),
    Case("encode-cut", VIBE, Fault(FaultKind.TRUNCATED_BODY), Malformed, Billed.YES, fields=STYLED),
    Case("encoded-refused", VIBE, painting(FaultKind.STATUS, 400), BadRequest, Billed.YES, fields=STYLED),
    Case("encoded-lost", VIBE, painting(LOST.kind), OutcomeUnknown, charges=2, fields=STYLED),
    Case("encoded-busy", VIBE, painting(FaultKind.STATUS, 429), None, charges=2, fields=STYLED),
]  # fmt: skip


@pytest.mark.row("P2")
@pytest.mark.parametrize("case", CASES, ids=str)
async def test_a_misfortune_is_paid_once_and_told_truly(case: Case, sandbox: RunningSandbox):
    model = named(case.model)
    sandbox.faults.plan(case.fault)
    operation = next(iter(model.abilities))
    async with limner_at(sandbox) as limner:
        run = limner.engine.run(plainest(model, operation, **(case.fields or {})))
        if case.ends is None:
            result = await run
            assert result.images
            assert result.cost.kind is not Certainty.UNKNOWN
        else:
            with pytest.raises(case.ends) as raised:
                await run
            assert raised.value.billed is case.billed
    charges = [charge for charge in sandbox.bill.charges() if charge.amount]
    assert len(charges) == case.charges


def a_pear(**fields: Any) -> Request:
    return plainest(named(SCHNELL), Operation.GENERATE, allow_fallback=False, **fields)


@pytest.mark.row("P2")
async def test_noise_that_never_ends_is_kept_and_said(sandbox: RunningSandbox):
    sandbox.faults.plan(Fault(FaultKind.GARBAGE_BODY, route=PICTURE, times=None))
    async with limner_at(sandbox) as limner:
        with pytest.raises(ImageProcessing) as raised:
            await limner.engine.run(a_pear())
    assert raised.value.billed is Billed.YES
    assert sandbox.requests.count("replicate", PICTURE) == FETCH_TRIES


@pytest.mark.row("P2")
@pytest.mark.parametrize(
    "fault",
    [
        Fault(FaultKind.STATUS, route=PICTURE, status=503, times=None),
        Fault(FaultKind.STATUS, route=PICTURE, status=429, times=None),
        Fault(FaultKind.TRUNCATED_BODY, route=PICTURE, times=None),
        Fault(FaultKind.RESET_BEFORE_READ, route=PICTURE, times=None),
    ],
    ids=lambda fault: f"{fault.kind.value}-{fault.status}",
)
async def test_a_picture_that_cannot_be_fetched_now_is_fetched_another_time(
    fault: Fault, sandbox: RunningSandbox
):
    sandbox.faults.plan(fault)
    async with limner_at(sandbox) as limner:
        with pytest.raises(TimedOut, match="made the picture") as raised:
            await limner.engine.run(a_pear())
        assert raised.value.billed is Billed.YES
        sandbox.faults.clear()
        assert raised.value.request_id
        result = await limner.engine.resume(raised.value.request_id)
    assert result.images
    assert len(sandbox.bill.charges()) == 1


@pytest.mark.row("P2")
@pytest.mark.parametrize(
    ("wanted", "fault"),
    [
        (a_pear(), Fault(FaultKind.STATUS, route=PICTURE, status=404, times=None)),
        (
            plainest(named(TURBO), Operation.GENERATE, allow_fallback=False, **SYNC),
            Fault(FaultKind.STATUS, route="GET /outputs/*", status=503, times=None),
        ),
    ],
    ids=["gone", "no-ticket"],
)
async def test_a_picture_that_nobody_can_fetch_is_said_to_be_paid(
    wanted: Request, fault: Fault, sandbox: RunningSandbox
):
    sandbox.faults.plan(fault)
    async with limner_at(sandbox) as limner:
        with pytest.raises(Unavailable) as raised:
            await limner.engine.run(wanted)
    assert (raised.value.code, raised.value.billed) == ("picture_not_fetched", Billed.YES)
    assert len(sandbox.bill.charges()) == 1


@pytest.mark.row("P2")
async def test_what_prepares_has_an_attempt_of_its_own(sandbox: RunningSandbox):
    request = anlas(V45, size=(832, 1216), references=styles(2), n=3)
    async with limner_at(sandbox) as limner:
        result = await limner.engine.run(request)
    told = [(attempt.sent["url"], attempt.state, amount(attempt)) for attempt in result.attempts]
    assert sorted(told) == sorted(
        [("/ai/encode-vibe", AttemptState.KEPT, 2)] * 2 + [("/ai/generate-image", AttemptState.KEPT, 20)] * 3
    )
    assert [result.attempts[image.attempt].sent["url"] for image in result.images] == [
        "/ai/generate-image"
    ] * 3
    assert bill(sandbox, "novelai") == 64


def amount(attempt: Attempt) -> int:
    assert attempt.cost.native
    return int(attempt.cost.native.amount)


@pytest.mark.row("P2")
async def test_one_failure_to_prepare_is_everybodys(sandbox: RunningSandbox):
    sandbox.faults.plan(Fault(FaultKind.RESET_AFTER_BILLED, route="*encode*"))
    request = anlas(V45, references=styles(1), n=3)
    async with limner_at(sandbox) as limner:
        with pytest.raises(Error) as raised:
            await limner.engine.run(request)
    assert raised.value.billed is Billed.UNKNOWN
    assert sandbox.requests.count("novelai", "POST /ai/*") == 1


# What is particular to one


@pytest.mark.row("A1")
async def test_previews_come_as_the_picture_grows(sandbox: RunningSandbox):
    heard: list[Event] = []
    async with limner_at(sandbox) as limner:
        result = await limner.engine.run(anlas(V5, partial_images=3, seed=7), on_event=heard.append)
    assert [event.index for event in heard if isinstance(event, Previewed)] == [0, 1, 2]
    fractions = [event.fraction for event in heard if isinstance(event, Progressed)]
    assert fractions == sorted(fractions, key=lambda one: one or 0)
    assert result.images[0].seed == 7


@pytest.mark.row("A4")
async def test_tags_are_suggested_for_nothing(sandbox: RunningSandbox):
    async with limner_at(sandbox) as limner:
        result = await limner.engine.run(
            Request(Operation.SUGGEST_TAGS, prompt="libr", model=f"novelai/{V45}")
        )
    assert result.tags
    assert not result.images
    assert result.cost.usd == 0


@pytest.mark.row("A1")
async def test_a_dead_model_names_its_successor(sandbox: RunningSandbox):
    async with limner_at(sandbox) as limner:
        with pytest.raises(Error) as raised:
            await limner.engine.run(
                Request(Operation.GENERATE, prompt="a pear", model="novelai/nai-diffusion-2")
            )
    assert V45 in raised.value.remedy


async def test_large_pictures_lie_at_fal_before_the_call(sandbox: RunningSandbox):
    large = Picture(photograph(400, 300))
    assert len(large.data) > 64 * 1024
    model = named("fal/flux-pro/kontext")
    async with limner_at(sandbox) as limner:
        await limner.engine.run(plainest(model, Operation.EDIT, images=(large,)))
        sent = plainest(model, Operation.EDIT, images=(large,))
        assert (await limner.engine.run(sent)).images
    assert sandbox.requests.count("fal", "POST */storage/upload/initiate") == 2
    assert len(sandbox.bill.charges()) == 2


async def test_an_upload_that_fails_is_begun_anew_and_costs_nothing(sandbox: RunningSandbox):
    sandbox.faults.plan(Fault(FaultKind.BAD_GATEWAY, route="POST */storage/*", times=2))
    request = plainest(named("fal/flux-pro/kontext"), Operation.EDIT, images=(Picture(photograph(400, 300)),))
    async with limner_at(sandbox) as limner:
        assert (await limner.engine.run(request)).images
        sandbox.faults.plan(Fault(FaultKind.BAD_GATEWAY, route="POST */storage/*", times=None))
        with pytest.raises(ProviderError):
            await limner.engine.run(request)
    assert len(sandbox.bill.charges()) == 1


@pytest.mark.parametrize("slug", ["stability", "fal"])
async def test_a_picture_that_the_filter_struck_is_a_refusal(slug: str, sandbox: RunningSandbox):
    model = named({"stability": "stability/core", "fal": "fal/flux/dev"}[slug])
    async with limner_at(sandbox) as limner:
        with pytest.raises(Refused) as raised:
            await limner.engine.run(plainest(model, Operation.GENERATE, prompt="forbidden-output-violence"))
    assert raised.value.billed is Billed.YES
    assert bill(sandbox, slug) > 0


@pytest.mark.row("B6")
@pytest.mark.parametrize(
    ("prompt", "billed"), [("forbidden-sexual", Billed.YES), ("forbidden-violence", Billed.UNKNOWN)]
)
async def test_what_venice_says_in_headers_is_a_refusal(prompt: str, billed: Billed, sandbox: RunningSandbox):
    async with limner_at(sandbox) as limner:
        with pytest.raises(Refused) as raised:
            await limner.engine.run(plainest(named(ZIMAGE), Operation.GENERATE, prompt=prompt))
    assert raised.value.billed is billed
    shown = plainest(
        named(ZIMAGE), Operation.GENERATE, prompt="forbidden-sexual", options={"safe_mode": False}
    )
    async with limner_at(sandbox) as limner:
        assert (await limner.engine.run(shown)).images


@pytest.mark.row("B3")
async def test_venice_enlarges_and_joins(sandbox: RunningSandbox):
    async with limner_at(sandbox) as limner:
        large = await limner.engine.run(
            plainest(
                named("venice/upscaler"), Operation.UPSCALE, images=(Picture(photograph(320, 256)),), scale=4
            )
        )
        both = (Picture(photograph(seed=1)), Picture(photograph(seed=2)))
        joined = await limner.engine.run(plainest(named(FIRERED), Operation.EDIT, images=both))
    assert large.images[0].picture.size == Size(1280, 1024)
    assert joined.images
    assert bill(sandbox, "venice") == Decimal("0.08") + Decimal("0.04")


async def test_a_prompt_that_is_refused_costs_nothing_at_stability(sandbox: RunningSandbox):
    async with limner_at(sandbox) as limner:
        with pytest.raises(Refused) as raised:
            await limner.engine.run(
                plainest(named("stability/core"), Operation.GENERATE, prompt="forbidden-violence")
            )
    assert raised.value.billed is Billed.NO
    assert not bill(sandbox, "stability")


async def test_work_is_stopped_at_fal(sandbox: RunningSandbox):
    async with limner_at(sandbox) as limner:

        def stop(event: Event) -> None:
            if isinstance(event, Progressed):
                limner.engine.stop(event.run)

        with pytest.raises(Error) as raised:
            await limner.engine.run(plainest(named(FLUX), Operation.GENERATE), on_event=stop)
    assert raised.value.code == "cancelled"
    assert sandbox.requests.count("fal", "PUT *") == 1
