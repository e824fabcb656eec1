"""Servers of one's own, driven whole against their emulators: every operation, the mask, looks and stops."""

import asyncio
import io
from collections.abc import AsyncIterator, Iterator

import numpy as np
import pytest
from PIL import Image

from limner.assembly import Assembly, assemble
from limner.catalog.load import load
from limner.core.errors import Billed, Cancelled, ProviderError, Unauthorized
from limner.core.models import Model
from limner.core.operations import NEEDS, Need, Operation
from limner.core.pictures import Mask, Picture, Size
from limner.core.requests import Request
from limner.core.results import AttemptState
from limner.engine.events import Event, Progressed, Sending
from limner.sandbox.faults import Fault, FaultKind
from limner.sandbox.server import RunningSandbox, running_sandbox
from limner.settings import Settings
from tests.engine.vendors import hole, photograph, plainest, png
from tests.support.clock import SkippingClock

OWN = ("a1111", "comfyui")
MODELS = [model for model in load().all() if model.provider in OWN]
DOABLE = [(model, operation) for model in MODELS for operation in model.abilities]
MASKED = [
    (model, operation)
    for model, operation in DOABLE
    if operation is Operation.OUTPAINT or NEEDS[operation].mask is not Need.UNUSED
]


def named(pairs: list[tuple[Model, Operation]]) -> list[str]:
    return [f"{model.id}-{operation}" for model, operation in pairs]


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: RunningSandbox) -> RunningSandbox:
    running.reset()
    return running


def limner_at(sandbox: RunningSandbox, **more: str) -> Assembly:
    """Looks and polls are a hundredth of a second apart: the emulators count them, not the time."""
    environ = {f"{slug.upper()}_BASE_URL": sandbox.url(slug) for slug in OWN}
    return assemble(Settings(environ={**environ, **more}), clock=SkippingClock(patient=True))


@pytest.fixture
async def limner(sandbox: RunningSandbox) -> AsyncIterator[Assembly]:
    async with limner_at(sandbox) as assembly:
        yield assembly


@pytest.mark.row("F7")
@pytest.mark.parametrize(("model", "operation"), DOABLE, ids=named(DOABLE))
async def test_every_operation_is_done_for_nothing(model: Model, operation: Operation, limner: Assembly):
    request = plainest(model, operation)
    quoted = await limner.engine.quote(request)
    result = await limner.engine.run(request)
    assert result.images
    assert (quoted.price.usd, result.cost.usd) == (0, 0)


@pytest.mark.row("P1")
@pytest.mark.parametrize(("model", "operation"), MASKED, ids=named(MASKED))
async def test_the_mask_is_law(model: Model, operation: Operation, limner: Assembly):
    masked = {} if operation is Operation.OUTPAINT else {"mask": Mask(Picture(png(hole())))}
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


# AUTOMATIC1111


def slow(prompt: str = "a pear, slow-run", n: int = 1) -> Request:
    return Request(Operation.GENERATE, prompt=prompt, model="a1111/server", seed=7, n=n, allow_fallback=False)


async def test_progress_is_told_beside_a_call_that_blocks(limner: Assembly):
    events: list[Event] = []
    result = await limner.engine.run(slow(), on_event=events.append)
    assert result.images[0].seed == 7
    shares = [event.fraction for event in events if isinstance(event, Progressed)]
    assert len(shares) >= 2
    assert all(share is not None and 0 <= share <= 1 for share in shares)
    assert shares == sorted(shares, key=lambda share: share or 0)
    attempts = {event.attempt for event in events if isinstance(event, Progressed)}
    assert attempts == {result.attempts[0].id}


async def test_work_that_is_stopped_is_stopped_at_the_server(limner: Assembly, sandbox: RunningSandbox):
    def stop(event: Event) -> None:
        if isinstance(event, Progressed):
            limner.engine.stop(event.run)

    with pytest.raises(Cancelled) as caught:
        await limner.engine.run(slow(), on_event=stop)
    assert caught.value.billed is Billed.NO
    assert interrupts(sandbox) == 1


def interrupts(sandbox: RunningSandbox) -> int:
    return sandbox.requests.count("a1111", "POST /sdapi/v1/interrupt")


async def test_somebody_elses_work_is_never_stopped(sandbox: RunningSandbox):
    """Ours waits for the one lock behind another's: it is stopped when its turn has come, and not before."""
    async with limner_at(sandbox) as ours, limner_at(sandbox) as theirs:
        begun = asyncio.Event()

        def began(event: Event) -> None:
            if isinstance(event, Progressed):
                begun.set()

        def stop(event: Event) -> None:
            if isinstance(event, Sending):
                ours.engine.stop(event.run)

        first = asyncio.create_task(theirs.engine.run(slow(n=2), on_event=began))
        await begun.wait()
        second = asyncio.create_task(ours.engine.run(slow(), on_event=stop))
        assert len((await first).images) == 2, "what is interrupted brings one"
        with pytest.raises(Cancelled):
            await second
    assert interrupts(sandbox) == 1


async def test_looks_need_no_turn(limner: Assembly):
    """More runs than may call at once: those that block hold every turn, and go on because they are seen."""
    results = await asyncio.gather(*(limner.engine.run(slow()) for _ in range(5)))
    assert all(result.images for result in results)


async def test_a_server_without_that_route_paints_all_the_same(limner: Assembly, sandbox: RunningSandbox):
    """Started without its pages it has no progress by name: nothing is told, and nothing is stopped."""
    sandbox.faults.plan(Fault(FaultKind.LATENCY, route="POST /sdapi/*", seconds=0.2))
    sandbox.faults.plan(Fault(FaultKind.STATUS, status=404, route="POST /internal/progress", times=None))
    events: list[Event] = []

    def stop(event: Event) -> None:
        events.append(event)
        if isinstance(event, Sending):
            limner.engine.stop(event.run)

    result = await limner.engine.run(slow("a pear"), on_event=stop)
    assert result.images
    assert not any(isinstance(event, Progressed) for event in events)
    assert sandbox.requests.count("a1111", "POST /internal/progress") == 1
    assert interrupts(sandbox) == 0


async def test_a_password_goes_along_as_basic(sandbox: RunningSandbox):
    async with limner_at(sandbox, A1111_API_KEY=sandbox.key("a1111")) as limner:
        assert (await limner.engine.run(slow("a pear"))).images
    async with limner_at(sandbox, A1111_API_KEY="user:sk-invalid") as limner:
        with pytest.raises(Unauthorized) as caught:
            await limner.engine.run(slow("a pear"))
    assert "sk-invalid" not in str(caught.value)


async def test_a_picture_keeps_its_size_under_a_mask(limner: Assembly):
    """The server paints the hole in the checkpoint's own size, and puts it back itself."""
    model = next(one for one in MODELS if one.id == "a1111/server")
    request = plainest(
        model,
        Operation.INPAINT,
        images=(Picture(photograph(333, 211)),),
        mask=Mask(Picture(png(hole(333, 211)))),
    )
    result = await limner.engine.run(request)
    assert result.images[0].measured.size == Size(333, 211)
    assert result.attempts[0].state is AttemptState.KEPT


async def test_a_look_under_way_holds_nothing_up(limner: Assembly, sandbox: RunningSandbox):
    """The answer comes while the server is being asked how far it is."""
    sandbox.faults.plan(Fault(FaultKind.LATENCY, route="POST /sdapi/*", seconds=0.1))
    sandbox.faults.plan(Fault(FaultKind.LATENCY, route="POST /internal/progress", seconds=0.3, times=None))
    assert (await limner.engine.run(slow("a pear"))).images


# ComfyUI


def drawn(prompt: str = "a pear") -> Request:
    return Request(Operation.GENERATE, prompt=prompt, model="comfyui/checkpoint", allow_fallback=False)


async def test_the_same_twice_is_two_pictures(limner: Assembly):
    """A graph that ran before makes nothing new there: so each has a seed and a name of its own."""
    first, second = [await limner.engine.run(drawn()) for _ in range(2)]
    assert first.images[0].picture.digest != second.images[0].picture.digest


async def test_a_workflow_that_fails_says_where(limner: Assembly):
    with pytest.raises(ProviderError, match=r"KSampler|CLIPTextEncode|VAEDecode") as caught:
        await limner.engine.run(drawn("a pear, broken-run"))
    assert caught.value.billed is Billed.NO


async def test_a_picture_is_uploaded_before_its_workflow(limner: Assembly, sandbox: RunningSandbox):
    known = next(one for one in MODELS if one.id == "comfyui/checkpoint")
    await limner.engine.run(plainest(known, Operation.INPAINT))
    assert sandbox.requests.count("comfyui", "POST /upload/image") == 2, "the picture and the mask"


@pytest.mark.parametrize("looks", [1, 2])
async def test_a_workflow_is_stopped_wherever_it_is(limner: Assembly, sandbox: RunningSandbox, looks: int):
    """While it waits it is taken out of the queue; while it runs it is interrupted."""
    seen: list[Event] = []

    def stop(event: Event) -> None:
        seen.append(event)
        if sum(isinstance(one, Progressed) for one in seen) == 1 + 2 * (looks - 1):
            limner.engine.stop(event.run)

    with pytest.raises(Cancelled) as caught:
        await limner.engine.run(drawn(), on_event=stop)
    assert caught.value.billed is Billed.NO
    stops = [sandbox.requests.count("comfyui", f"POST {path}") for path in ("/queue", "/interrupt")]
    assert stops == ([1, 0] if looks == 1 else [0, 1])
