"""The faults through LiteLLM, counted on the sandbox's bill: no hidden retry, and `billed` is true."""

import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from limner.assembly import Assembly, assemble
from limner.core.errors import (
    Again,
    Billed,
    Error,
    Malformed,
    OutcomeUnknown,
    OutOfCredit,
    ProviderError,
    RateLimited,
    Unauthorized,
    Unavailable,
)
from limner.core.operations import Operation
from limner.core.requests import Request
from limner.sandbox.faults import Fault, FaultKind
from limner.sandbox.server import RunningSandbox
from limner.settings import Settings
from tests.engine.test_faults import Case, refusing
from tests.painters.litellm.conftest import KEYS, MODELS
from tests.support.clock import SkippingClock
from tests.support.victim import Nursery

Build = Callable[..., Assembly]
KITE = Request(Operation.GENERATE, prompt="a kite", model="litellm/gpt", allow_fallback=False)
PAINT = "POST /v1/images/*"
STATUS = FaultKind.STATUS

CASES = [
    Case(FaultKind.RESET_BEFORE_READ, OutcomeUnknown, Billed.UNKNOWN, paid=0),
    Case(FaultKind.RESET_BEFORE_BILLED, OutcomeUnknown, Billed.UNKNOWN, paid=0),
    Case(FaultKind.RESET_AFTER_BILLED, OutcomeUnknown, Billed.UNKNOWN, paid=1),
    Case(FaultKind.STALLED_BODY, Malformed, Billed.YES, paid=1, deadline=1.0),
    Case(FaultKind.TRUNCATED_BODY, Malformed, Billed.YES, paid=1),
    Case(FaultKind.OVERSIZE_BODY, Malformed, Billed.YES, paid=1),
    Case(FaultKind.INVALID_BASE64, Malformed, Billed.YES, paid=1),
    Case(FaultKind.EMPTY_DATA, Malformed, Billed.YES, paid=1),
    Case(FaultKind.GARBAGE_BODY, Malformed, Billed.UNKNOWN, paid=1),
    Case(FaultKind.BAD_GATEWAY, Unavailable, Billed.UNKNOWN, paid=0),
    Case(STATUS, Unavailable, Billed.UNKNOWN, paid=0, status=500),
    Case(STATUS, Unavailable, Billed.UNKNOWN, paid=0, status=503),
    Case(STATUS, Unauthorized, Billed.NO, paid=0, status=401),
    Case(STATUS, OutOfCredit, Billed.NO, paid=0, status=402),
    Case(STATUS, Unauthorized, Billed.NO, paid=0, status=403),
    # Surely unbilled: Limner itself sends it again, twice, in the open. LiteLLM would make nine of it.
    Case(STATUS, RateLimited, Billed.NO, paid=0, calls=3, status=429, retry_after=7),
]


@pytest.mark.row("P2")
@pytest.mark.parametrize("case", CASES, ids=str)
async def test_a_fault_is_paid_once_at_most_and_told_truly(
    case: Case, sandbox: RunningSandbox, limner_at: Build
):
    sandbox.faults.plan(
        Fault(
            case.kind,
            route=PAINT,
            times=None,
            status=case.status,
            retry_after=case.retry_after,
            size=300 * 1024 * 1024,
        )
    )
    async with limner_at(sandbox) as limner:
        with pytest.raises(case.error) as raised:
            await limner.engine.run(KITE.replace(deadline=case.deadline))
    assert raised.value.billed is case.billed
    assert len(sandbox.bill.charges()) == case.paid
    assert sandbox.requests.count("openai", PAINT) == case.calls
    if isinstance(raised.value, RateLimited):
        assert (raised.value.again, raised.value.retry_after) == (Again.SAME, 7.0)
    elif isinstance(raised.value, ProviderError):
        assert raised.value.again is (Again.ANOTHER if case.billed is Billed.NO else Again.NEVER)


@pytest.mark.row("P2")
async def test_an_empty_account_is_not_asked_again(sandbox: RunningSandbox, limner_at: Build):
    """LiteLLM takes it for a rate limit, and repeats it."""
    async with limner_at(sandbox, environ=KEYS | {"OPENAI_API_KEY": "sk-empty"}) as limner:
        with pytest.raises(OutOfCredit) as raised:
            await limner.engine.run(KITE)
    assert raised.value.again is Again.ANOTHER
    assert sandbox.requests.count("openai", PAINT) == 1


async def test_what_never_left_is_sent_again_and_costs_nothing(sandbox: RunningSandbox, limner_at: Build):
    with refusing() as nobody:
        async with limner_at(sandbox, openai=nobody) as limner:
            with pytest.raises(Unavailable) as raised:
                await limner.engine.run(KITE)
    assert (raised.value.billed, raised.value.again) == (Billed.NO, Again.SAME)


async def test_a_rate_limit_is_waited_out(sandbox: RunningSandbox, limner_at: Build):
    sandbox.faults.plan(Fault(STATUS, route=PAINT, status=429, retry_after=7))
    async with limner_at(sandbox) as limner:
        result = await limner.engine.run(KITE)
        assert isinstance(limner.clock, SkippingClock)
        assert limner.clock.slept == [7.0]
    assert result.cost.usd == sandbox.bill.total("openai")
    assert len(sandbox.bill.charges()) == 1


# Killed


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as running:
        yield running


@pytest.mark.row("P2")
@pytest.mark.parametrize("moment", ["after sending", "before keep"])
async def test_a_killed_run_is_not_paid_twice(
    moment: str, sandbox: RunningSandbox, nursery: Nursery, tmp_path: Path
):
    config = tmp_path / "limner" / "limner.toml"
    config.parent.mkdir()
    config.write_text(MODELS.format(openai=sandbox.url("openai"), gemini="", azure="", together=""))
    environ = KEYS | {"XDG_CONFIG_HOME": str(tmp_path)}
    store = f"sqlite:///{tmp_path}/limner.db"
    plan = {"store": store, "environ": environ, "model": "litellm/gpt", "operation": "generate"}
    victim = nursery.victim({**plan, "kill": moment})
    assert victim.status() == -signal.SIGKILL
    assert victim.run
    paid = len(sandbox.bill.charges())

    later = SkippingClock(datetime.now(UTC) + timedelta(minutes=2), patient=True)
    outcome: Error | None = None
    async with assemble(Settings(environ=environ, store=store), clock=later) as limner:
        try:
            await limner.engine.resume(victim.run)
        except Error as error:
            outcome = error
    assert isinstance(outcome, OutcomeUnknown)
    assert paid == (moment == "before keep")
    assert len(sandbox.bill.charges()) == paid
