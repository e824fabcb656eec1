"""Availability in layers, with the reason; how long it is remembered; and probes that buy nothing."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from limner.assembly import Assembly, assemble
from limner.core.errors import Error, OutOfCredit
from limner.core.operations import Operation
from limner.core.requests import Request
from limner.engine.health import health as module
from limner.engine.health.probes import probe_of
from limner.providers import registry
from limner.sandbox.app import VENDORS
from limner.sandbox.faults import Fault, FaultKind
from limner.sandbox.server import RunningSandbox, running_sandbox
from limner.settings import Settings
from tests.support.clock import SkippingClock

GENERATE = Operation.GENERATE
PEAR = Request(GENERATE, prompt="a pear", model="stability/core", allow_fallback=False)


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: RunningSandbox) -> RunningSandbox:
    running.reset()
    return running


def limner_at(sandbox: RunningSandbox, **environ: str) -> Assembly:
    known = {"STABILITY_API_KEY": sandbox.key("stability"), "STABILITY_BASE_URL": sandbox.url("stability")}
    return assemble(Settings(environ={**known, **environ}), clock=SkippingClock())


def fail(sandbox: RunningSandbox, status: int = 500, route: str = "POST *") -> None:
    fault = Fault(FaultKind.STATUS, provider="stability", route=route, status=status, times=None)
    sandbox.faults.plan(fault)


async def run(limner: Assembly, request: Request = PEAR) -> Error | None:
    try:
        await limner.engine.run(request)
    except Error as error:
        return error
    return None


def asked(sandbox: RunningSandbox, route: str = "GET *") -> int:
    return sandbox.requests.count("stability", route)


@pytest.mark.row("C2")
async def test_the_layers_in_order_each_with_its_reason(sandbox: RunningSandbox):
    layers = {
        "key": {"STABILITY_API_KEY": ""},
        "flag": {"ENABLE_IMAGE_GENERATION_STABILITY": "false", "STABILITY_API_KEY": ""},
    }
    for layer, environ in layers.items():
        async with limner_at(sandbox, **environ) as limner:
            found = limner.health.availability("stability", GENERATE)
            assert (found.available, found.layer, found.set_up) == (False, layer, False)
            assert found.reason
            (report,) = await limner.health.report(["stability"], probe=True)
            assert (report.key, report.flag) == (False, layer != "flag")
            assert report.remedy
    assert asked(sandbox) == 0  # who has no key is not probed
    async with limner_at(sandbox) as limner:
        assert limner.health.availability("stability", GENERATE).available
        fail(sandbox)
        for _ in range(2):
            await run(limner)
        found = limner.health.availability("stability", GENERATE)
        assert (found.available, found.layer, found.set_up) == (False, "breaker", True)
        assert found.reason is not None
        assert found.reason.startswith("5 calls failed within 10 minutes; it is tried again at ")


@pytest.mark.row("C2")
async def test_it_is_remembered_for_five_minutes_and_forgotten_when_something_happens(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
):
    looks: list[str] = []
    look = module.Health._look
    monkeypatch.setattr(
        module.Health, "_look", lambda self, slug, part: looks.append(slug) or look(self, slug, part)
    )
    async with limner_at(sandbox) as limner:
        health, clock = limner.health, limner.clock
        assert isinstance(clock, SkippingClock)
        for _ in range(3):
            health.availability("stability", GENERATE)
        assert len(looks) == 1
        clock.skip(299)
        health.availability("stability", GENERATE)
        assert len(looks) == 1
        clock.skip(2)
        health.availability("stability", GENERATE)
        assert len(looks) == 2
        health.availability("openai", GENERATE)
        health.forget("openai")
        health.availability("stability", GENERATE)
        assert len(looks) == 3
        health.forget()
        health.availability("stability", GENERATE)
        assert len(looks) == 4
        # An event: the breaker opens long before five minutes are over.
        fail(sandbox)
        for _ in range(2):
            await run(limner)
        assert not health.availability("stability", GENERATE).available
        # And it is not kept beyond the moment at which the breaker lets a trial pass.
        clock.skip(timedelta(minutes=10).total_seconds())
        assert health.availability("stability", GENERATE).available


@pytest.mark.row("C7")
async def test_many_at_once_in_the_order_given(sandbox: RunningSandbox):
    async with limner_at(sandbox) as limner:
        slugs = ["stability", "limner", "openai"]
        reports = await limner.health.report(slugs)
        assert [report.provider for report in reports] == slugs
        assert [report.available for report in reports] == [True, True, False]


@pytest.mark.row("C2")
async def test_an_account_that_is_empty_is_not_asked_again_for_a_minute(sandbox: RunningSandbox):
    async with limner_at(sandbox) as limner:
        clock = limner.clock
        assert isinstance(clock, SkippingClock)
        fail(sandbox, status=402)
        assert isinstance(await run(limner), OutOfCredit)
        found = limner.health.availability("stability", GENERATE)
        assert (found.available, found.layer) == (False, "window")
        (report,) = await limner.health.report(["stability"])
        assert report.breaker.failures == 0  # it is the account's fault, not the provider's
        sandbox.faults.clear()
        # Alone, the model that is asked for is tried all the same: perhaps somebody has paid since.
        assert await run(limner) is None
        assert limner.health.availability("stability", GENERATE).available
        fail(sandbox, status=402)
        await run(limner)
        clock.skip(61)
        assert limner.health.availability("stability", GENERATE).available


@pytest.mark.row("P6")
async def test_a_probe_is_made_once_in_five_minutes_and_not_where_a_call_has_just_delivered(
    sandbox: RunningSandbox,
):
    async with limner_at(sandbox) as limner:
        clock = limner.clock
        assert isinstance(clock, SkippingClock)
        for _ in range(3):
            (report,) = await limner.health.report(["stability"], probe=True)
            assert report.available
        assert asked(sandbox) == 1
        await limner.health.report(["stability"])
        clock.skip(301)
        await limner.health.report(["stability"])  # nobody wants one
        assert asked(sandbox) == 1
        assert await run(limner) is None
        await limner.health.report(["stability"], probe=True)
        assert asked(sandbox) == 1
        clock.skip(301)
        await limner.health.report(["stability"], probe=True)
        assert asked(sandbox) == 2


@pytest.mark.row("P6")
@pytest.mark.parametrize(("status", "words"), [(401, "401"), (500, "500"), (503, "503")])
async def test_what_a_probe_finds_is_told_and_a_call_that_delivers_outweighs_it(
    status: int, words: str, sandbox: RunningSandbox
):
    fail(sandbox, status=status, route="GET *")
    async with limner_at(sandbox) as limner:
        (report,) = await limner.health.report(["stability"], probe=True)
        assert (report.available, report.layer) == (False, "probe")
        assert words in (report.reason or "")
        assert report.breaker.failures == 0  # a probe that fails opens no breaker
        assert await run(limner) is None
        (report,) = await limner.health.report(["stability"], probe=True)
        assert (report.available, report.success_rate) == (True, 1.0)


async def test_the_success_rate_counts_what_the_provider_answers_for(sandbox: RunningSandbox):
    async with limner_at(sandbox) as limner:
        clock = limner.clock
        assert isinstance(clock, SkippingClock)
        (report,) = await limner.health.report(["stability"])
        assert report.success_rate is None
        await run(limner)
        fail(sandbox)
        await run(limner)  # three calls
        sandbox.faults.clear()
        fail(sandbox, status=402)
        await run(limner)
        (report,) = await limner.health.report(["stability"])
        assert report.success_rate == 0.25
        clock.skip(3601)
        (report,) = await limner.health.report(["stability"])
        assert report.success_rate is None


@pytest.mark.row("P6")
@pytest.mark.parametrize("slug", sorted(registry.slugs()))
async def test_no_probe_of_any_provider_buys_anything(slug: str, sandbox: RunningSandbox):
    adapter = registry.get(slug)
    assert adapter is not None
    call = probe_of(adapter)
    assert call is None or (call.method, call.body) == ("GET", None)
    if slug not in {vendor.slug for vendor in VENDORS}:
        return
    profile = adapter.profile
    environ = {name: sandbox.key(slug) for name in profile.key_names}
    environ |= {profile.base_url_name: sandbox.url(slug)} if profile.base_url_name else {}
    async with assemble(Settings(environ=environ), clock=SkippingClock()) as limner:
        (report,) = await limner.health.report([slug], probe=True)
    assert report.available, report.reason
    assert sandbox.requests.count(slug, "GET *") == (call is not None)
    assert sandbox.requests.count(slug, "POST *") == 0
    assert not sandbox.bill.charges()
