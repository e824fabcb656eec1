"""Our adapters against emulators written from the contracts alone: where both agree, both read right."""

import dataclasses
from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from limner.catalog.catalog import alive
from limner.core.adapter import Adapter, Done, Order, Partial, Pending
from limner.core.errors import (
    Again,
    BadRequest,
    Billed,
    Malformed,
    OutOfCredit,
    ProviderError,
    RateLimited,
    Refused,
    Unauthorized,
    Unavailable,
)
from limner.core.http import HttpCall, HttpReply
from limner.core.optional import Streams
from limner.core.pictures import Size
from limner.core.secret import Secret
from limner.providers.azure.adapter import Azure
from limner.providers.openai.adapter import OpenAI
from limner.sandbox.faults import Fault, FaultKind
from limner.sandbox.server import RunningSandbox, running_sandbox
from limner.transport.auth import Credential
from limner.transport.client import Transport
from tests.providers.exchanges import answer, exchanges
from tests.providers.orders import models, orders
from tests.sandbox.conftest import TODAY, StillClock

ADAPTERS: dict[str, Adapter] = {"openai": OpenAI(), "azure": Azure()}
SLUGS = sorted(ADAPTERS)
LIVE = {slug: tuple(one.name for one in models(slug) if alive(one, TODAY.date())) for slug in SLUGS}
SLOW = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with running_sandbox(StillClock(TODAY), rates=dict.fromkeys(SLUGS, 100_000)) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: RunningSandbox) -> Iterator[RunningSandbox]:
    yield running
    running.reset()


async def send(sandbox: RunningSandbox, slug: str, order: Order, key: str = "sk-test") -> Done | Pending:
    """What the driver does with an order that is not streamed."""
    adapter = ADAPTERS[slug]
    transport = Transport()
    credential = Credential(Secret(key), base_url=sandbox.url(slug))
    try:
        reply = await transport.send(adapter.submit(order), adapter.profile, credential)
    finally:
        await transport.aclose()
    return answer(adapter, reply, order, None)


def small(order: Order) -> Order:
    """Two pictures at most, and no larger than has to be: painting takes time."""
    size = order.request.size
    if size and size.pixels > 1024 * 1024 and order.model.sizes.free:
        size = Size(1024, 1024)
    request = order.request.replace(n=min(order.request.n, 2), size=size, partial_images=0)
    return dataclasses.replace(order, request=request, stream=False)


@pytest.mark.parametrize("slug", SLUGS)
@SLOW
@given(data=st.data())
async def test_what_we_send_is_accepted_and_read(sandbox: RunningSandbox, slug: str, data: st.DataObject):
    order = small(data.draw(orders(slug, LIVE[slug])))
    done = await send(sandbox, slug, order)
    assert isinstance(done, Done)
    assert len(done.artifacts) == order.request.n
    assert not done.missing
    assert done.usage
    assert done.usage.image_out
    assert done.request_id
    asked = order.request.format
    if asked:
        assert {one.media_type for one in done.artifacts} <= {asked.media_type, None}
    assert not any(
        one.note for one in done.artifacts if not (one.note or "").endswith(("apart.", "default."))
    )


def plain(slug: str, prompt: str = "a kite") -> Order:
    order = next(one for one in exchanges(slug) if one.name in {"edit-input-fidelity", "generate"}).order()
    model = next(one for one in models(slug) if one.name == "gpt-image-2")
    request = order.request.replace(
        prompt=prompt, images=(), size=Size(1024, 1024), format=None, compression=None, quality=None
    )
    options = ADAPTERS[slug].options()
    return dataclasses.replace(order, request=request, model=model, options=options, quality="low")


@pytest.mark.parametrize("slug", SLUGS)
async def test_a_stream_is_read_to_its_end(sandbox: RunningSandbox, slug: str):
    order = plain(slug)
    order = dataclasses.replace(order, request=order.request.replace(partial_images=2), stream=True)
    said = await stream(sandbox, slug, order)
    assert [one.index for one in said if isinstance(one, Partial) and one.data] == [0, 1]
    assert isinstance(said[-1], Done)
    assert said[-1].usage
    assert sum(isinstance(one, Done) for one in said) == 1


async def stream(sandbox: RunningSandbox, slug: str, order: Order) -> list[Partial | Done]:
    adapter = ADAPTERS[slug]
    assert isinstance(adapter, Streams)
    transport = Transport()
    credential = Credential(Secret("sk-test"), base_url=sandbox.url(slug))
    try:
        call = adapter.submit(order)
        async with transport.stream(call, adapter.profile, credential, framing="sse") as frames:
            assert not isinstance(frames, HttpReply)
            said = [adapter.event(frame, order) async for frame in frames]
    finally:
        await transport.aclose()
    return [one for one in said if one is not None]


@pytest.mark.parametrize("slug", SLUGS)
async def test_a_stream_that_is_refused_says_so(sandbox: RunningSandbox, slug: str):
    order = plain(slug, "forbidden-output-violence")
    order = dataclasses.replace(order, request=order.request.replace(partial_images=1), stream=True)
    with pytest.raises(Refused):
        await stream(sandbox, slug, order)


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("stage", ["input", "output"])
async def test_a_refusal_says_whether_it_cost(sandbox: RunningSandbox, slug: str, stage: str):
    prompt = {"input": "forbidden-violence", "output": "forbidden-output-violence"}[stage]
    with pytest.raises(Refused) as caught:
        await send(sandbox, slug, plain(slug, prompt))
    assert caught.value.categories == ("violence",)
    # Only OpenAI says at which stage, and only a refused input is surely free.
    known = slug == "openai" and stage == "input"
    assert caught.value.billed is (Billed.NO if known else Billed.UNKNOWN)
    assert not sandbox.bill.charges()


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize(
    ("key", "kind"), [("sk-invalid", Unauthorized), ("sk-forbidden", Unauthorized), ("sk-empty", OutOfCredit)]
)
async def test_a_key_that_will_not_do(
    sandbox: RunningSandbox, slug: str, key: str, kind: type[ProviderError]
):
    with pytest.raises(kind) as caught:
        await send(sandbox, slug, plain(slug), key)
    assert (caught.value.again, caught.value.billed) == (Again.ANOTHER, Billed.NO)
    assert key not in str(caught.value)


@pytest.mark.parametrize("slug", SLUGS)
async def test_a_dead_model_names_its_successor(sandbox: RunningSandbox, slug: str):
    model = next(one for one in models(slug) if one.name == "gpt-image-1")
    assert not alive(model, date(2026, 11, 21))
    with pytest.raises(BadRequest) as caught:
        await send(sandbox, slug, dataclasses.replace(plain(slug), model=model))
    assert model.successor
    assert model.successor in caught.value.remedy


NEVER, SAME = (Again.NEVER, Billed.UNKNOWN), (Again.SAME, Billed.NO)


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize(
    ("fault", "kind", "facts"),
    [
        (Fault(FaultKind.STATUS, status=429, retry_after=2), RateLimited, SAME),
        (Fault(FaultKind.STATUS, status=500), Unavailable, SAME),
        (Fault(FaultKind.STATUS, status=503), Unavailable, SAME),
        (Fault(FaultKind.BAD_GATEWAY), Unavailable, NEVER),
        (Fault(FaultKind.GARBAGE_BODY), Malformed, NEVER),
        (Fault(FaultKind.INVALID_BASE64), Malformed, (Again.NEVER, Billed.YES)),
        (Fault(FaultKind.EMPTY_DATA), Malformed, (Again.NEVER, Billed.YES)),
    ],
    ids=lambda one: one.kind.value if isinstance(one, Fault) else "",
)
async def test_what_goes_wrong_has_the_right_facts(
    sandbox: RunningSandbox,
    slug: str,
    fault: Fault,
    kind: type[ProviderError],
    facts: tuple[Again, Billed],
):
    sandbox.faults.plan(dataclasses.replace(fault, id=f"{slug}-{fault.kind}"))
    with pytest.raises(kind) as caught:
        await send(sandbox, slug, plain(slug))
    assert (caught.value.again, caught.value.billed) == facts
    if fault.retry_after:
        assert caught.value.retry_after == fault.retry_after
    # Nothing that was charged is called free, and nothing that was charged may be sent again.
    if sandbox.bill.charges():
        assert caught.value.billed is not Billed.NO


async def test_models_are_listed(sandbox: RunningSandbox):
    reply = await free(sandbox, OpenAI().list_models())
    listed = {one.name: one.shutdown_on for one in OpenAI().read_models(reply)}
    known = {one.name: one for one in models("openai") if one.name in LIVE["openai"]}
    assert set(listed) <= set(known) | {snapshot for one in known.values() for snapshot in one.snapshots}
    for name, day in listed.items():
        if name in known:
            assert day == (known[name].shutdown_on and str(known[name].shutdown_on)), name


async def test_moderation_judges(sandbox: RunningSandbox):
    verdicts = [
        OpenAI().read_verdict(await free(sandbox, OpenAI().moderate(words, ())))
        for words in ("a kite", "forbidden-violence here")
    ]
    assert [one.flagged for one in verdicts] == [False, True]
    assert "violence" in verdicts[1].categories
    assert not sandbox.bill.charges()


async def free(sandbox: RunningSandbox, call: HttpCall) -> HttpReply:
    transport = Transport()
    credential = Credential(Secret("sk-test"), base_url=sandbox.url("openai"))
    try:
        return await transport.send(call, OpenAI.profile, credential)
    finally:
        await transport.aclose()
