"""The fault suite, counted on the sandbox's bill: at most one paid call, and `billed` tells the truth."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import pytest
import trustme

from limner.assembly import Assembly, assemble
from limner.core.errors import Billed, Error, Malformed, OutcomeUnknown, RateLimited, Unavailable
from limner.core.operations import Operation
from limner.core.requests import Request
from limner.core.results import AttemptState
from limner.sandbox.faults import Fault, FaultKind
from limner.sandbox.server import RunningSandbox, running_sandbox
from limner.settings import Settings
from tests.support.clock import SkippingClock

PEAR = Request(Operation.GENERATE, prompt="a pear", model="openai/gpt-image-2.5-flare")
PAINT = "POST /v1/images/*"
TOO_LONG = 300 * 1024 * 1024


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: RunningSandbox) -> RunningSandbox:
    running.reset()
    return running


def limner_at(base_url: str, clock: SkippingClock | None = None) -> Assembly:
    settings = Settings(environ={"OPENAI_API_KEY": "sk-sandbox", "OPENAI_BASE_URL": base_url})
    return assemble(settings, clock=clock or SkippingClock())


@dataclass(frozen=True)
class Case:
    """A fault that goes on, what it must end as, and what the bill must say."""

    kind: FaultKind
    error: type[Error]
    billed: Billed
    paid: int
    """Charges on the bill."""
    calls: int = 1
    """Requests that reached the sandbox."""
    status: int = 503
    retry_after: float | None = None
    deadline: float = 600.0

    def __str__(self) -> str:
        return f"{self.kind.value}-{self.status}" if self.kind is FaultKind.STATUS else self.kind.value


CASES = [
    Case(FaultKind.RESET_BEFORE_READ, OutcomeUnknown, Billed.UNKNOWN, paid=0),
    Case(FaultKind.RESET_BEFORE_BILLED, OutcomeUnknown, Billed.UNKNOWN, paid=0),
    Case(FaultKind.RESET_AFTER_BILLED, OutcomeUnknown, Billed.UNKNOWN, paid=1),
    Case(FaultKind.STALLED_BODY, OutcomeUnknown, Billed.UNKNOWN, paid=1, deadline=1.0),
    Case(FaultKind.TRUNCATED_BODY, Malformed, Billed.YES, paid=1),
    Case(FaultKind.OVERSIZE_BODY, Malformed, Billed.YES, paid=1),
    Case(FaultKind.INVALID_BASE64, Malformed, Billed.YES, paid=1),
    Case(FaultKind.EMPTY_DATA, Malformed, Billed.YES, paid=1),
    # Noise under a 200 may be a proxy's: whether the provider ever saw the request cannot be known.
    Case(FaultKind.GARBAGE_BODY, Malformed, Billed.UNKNOWN, paid=1),
    Case(FaultKind.BAD_GATEWAY, Unavailable, Billed.UNKNOWN, paid=0),
    # Surely unbilled, so sent again twice: three calls, nothing paid.
    Case(FaultKind.STATUS, RateLimited, Billed.NO, paid=0, calls=3, status=429, retry_after=7),
    Case(FaultKind.STATUS, Unavailable, Billed.NO, paid=0, calls=3, status=500),
]


@pytest.mark.row("P2")
@pytest.mark.parametrize("case", CASES, ids=str)
async def test_a_fault_is_paid_once_at_most_and_told_truly(case: Case, sandbox: RunningSandbox):
    sandbox.faults.plan(
        Fault(
            case.kind,
            route=PAINT,
            times=None,
            status=case.status,
            retry_after=case.retry_after,
            size=TOO_LONG,
        )
    )
    async with limner_at(sandbox.url("openai")) as limner:
        with pytest.raises(case.error) as raised:
            await limner.engine.run(PEAR.replace(deadline=case.deadline))
    assert raised.value.billed is case.billed
    assert len(sandbox.bill.charges()) == case.paid
    assert sandbox.requests.count("openai", PAINT) == case.calls
    # What was paid is never called unpaid, and what is known is never called unknown.
    assert case.billed is Billed.UNKNOWN or (case.billed is Billed.YES) == bool(case.paid)


@pytest.mark.row("P2")
async def test_a_rate_limit_is_waited_out_and_paid_once(sandbox: RunningSandbox):
    sandbox.faults.plan(Fault(FaultKind.STATUS, route=PAINT, status=429, retry_after=7))
    clock = SkippingClock()
    async with limner_at(sandbox.url("openai"), clock) as limner:
        result = await limner.engine.run(PEAR)
    assert clock.slept == [7.0]
    assert [attempt.state for attempt in result.attempts] == [AttemptState.FAILED, AttemptState.KEPT]
    assert result.cost.usd == sandbox.bill.total("openai")
    assert len(sandbox.bill.charges()) == 1


async def test_a_rate_limit_longer_than_the_deadline_is_not_waited_for(sandbox: RunningSandbox):
    sandbox.faults.plan(Fault(FaultKind.STATUS, route=PAINT, status=429, retry_after=7))
    clock = SkippingClock()
    async with limner_at(sandbox.url("openai"), clock) as limner:
        with pytest.raises(RateLimited) as raised:
            await limner.engine.run(PEAR.replace(deadline=5.0))
    assert (clock.slept, raised.value.retry_after) == ([], 7.0)


async def test_a_picture_declared_as_something_else_is_delivered(sandbox: RunningSandbox):
    sandbox.faults.plan(Fault(FaultKind.WRONG_CONTENT_TYPE, route=PAINT))
    async with limner_at(sandbox.url("openai")) as limner:
        result = await limner.engine.run(PEAR)
    assert result.cost.usd == sandbox.bill.total("openai")


@pytest.mark.row("P2")
async def test_a_stream_that_breaks_off_leaves_the_outcome_unknown(sandbox: RunningSandbox):
    sandbox.faults.plan(Fault(FaultKind.CUT_STREAM, route=PAINT))
    async with limner_at(sandbox.url("openai")) as limner:
        with pytest.raises(Error) as raised:
            await limner.engine.run(PEAR.replace(partial_images=2))
    assert raised.value.billed is Billed.UNKNOWN
    assert sandbox.requests.count("openai", PAINT) == 1


@contextmanager
def refusing() -> Iterator[str]:
    """An address where nobody listens."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/v1"


@contextmanager
def untrusted() -> Iterator[str]:
    """A server whose certificate nobody vouches for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        thread = threading.Thread(target=_shake_hands, args=(server, context), daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{server.getsockname()[1]}/v1"


def _shake_hands(server: socket.socket, context: ssl.SSLContext) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        try:
            context.wrap_socket(connection, server_side=True).close()
        except OSError:
            connection.close()


@contextmanager
def nameless() -> Iterator[str]:
    """A name that does not resolve."""
    yield "https://nobody.invalid/v1"


@pytest.mark.row("P2")
@pytest.mark.parametrize("place", [refusing, untrusted, nameless])
async def test_what_never_arrives_is_not_billed(place):
    with place() as base_url:
        async with limner_at(base_url) as limner:
            with pytest.raises(Unavailable) as raised:
                await limner.engine.run(PEAR)
    assert (raised.value.billed, raised.value.code) == (Billed.NO, "provider_unreachable")
