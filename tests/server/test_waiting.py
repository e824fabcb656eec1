"""Who waits may leave: what may be paid for goes on, what is not begun is not begun, nothing blocks."""

import asyncio
import json
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx2
import pytest

from limner.core.operations import Operation
from limner.core.requests import Request
from limner.core.results import Result
from limner.engine.events import Sending
from limner.engine.journal import LOCAL, RunState
from limner.sandbox.faults import Fault, FaultKind
from limner.sandbox.server import RunningSandbox
from limner.server.bodies import Bodies, Lease, Limits
from limner.server.runs import Run, Runs
from tests.server.conftest import settings_for
from tests.support.gateway import Live, running_gateway

FLARE = "openai/gpt-image-2.5-flare"
BODY = {"operation": "generate", "model": FLARE, "prompt": "a kite", "quality": "draft"}


@pytest.fixture
def patient(sandbox: RunningSandbox) -> Iterator[Live]:
    """A gateway with the machine's own clock."""
    with running_gateway(settings_for(sandbox)) as gateway:
        yield gateway


@pytest.mark.row("P2")
@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_a_client_that_hangs_up_loses_no_paid_picture(patient: Live, sandbox: RunningSandbox, accept: str):
    sandbox.faults.plan(Fault(FaultKind.LATENCY, provider="openai", seconds=0.5))
    address = urlsplit(patient.root)
    body = json.dumps({**BODY, "idempotency_key": accept}).encode()
    head = (
        f"POST /api/v1/run HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\n"
        f"Accept: {accept}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((address.hostname or "", address.port or 0)) as connection:
        connection.sendall(head.encode() + body)
        while sandbox.requests.count("openai") == 0:
            connection.settimeout(0.01)
            try:
                connection.recv(65536)
            except TimeoutError:
                continue
    # Whoever comes with the same key waits for the first run, and gets its picture.
    with httpx2.Client(base_url=patient.root, timeout=60) as client:
        again = client.post("/api/v1/run", json=BODY, headers={"idempotency-key": accept})
    assert again.status_code == 200
    assert len(sandbox.bill.charges("openai")) == 1
    assert sandbox.requests.count("openai") == 1


class Slow:
    """An engine whose run begins to spend when it is told to, and never ends."""

    def __init__(self) -> None:
        self.cancelled = asyncio.Event()

    async def run(self, request: Request, *, caller: object, on_event: object) -> Result:
        del request, caller
        self.listen = on_event
        try:
            return await asyncio.Future[Result]()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise


async def started(engine: Slow) -> tuple[Run, Bodies]:
    budget = Bodies(lambda *_: asyncio.sleep(0), Limits())
    lease = Lease(budget)
    lease.grow(1000)
    run = Runs(engine).start(Request(Operation.GENERATE, prompt="x"), LOCAL, lease)  # pyright: ignore[reportArgumentType]
    lease.release()
    await asyncio.sleep(0)
    return run, budget


async def test_what_is_not_begun_is_not_begun_when_the_client_leaves():
    engine = Slow()
    run, budget = await started(engine)
    run.leave()
    await engine.cancelled.wait()
    await asyncio.wait({run.task})
    await asyncio.sleep(0)
    assert budget.taken == 0


async def test_what_may_be_paid_for_goes_on_and_holds_its_bytes():
    engine = Slow()
    run, budget = await started(engine)
    engine.listen(Sending("run_1", "attempt_1", FLARE))  # pyright: ignore[reportCallIssue]
    run.leave()
    await asyncio.sleep(0)
    assert not run.task.done()
    assert budget.taken == 1000
    run.task.cancel()
    await asyncio.wait({run.task})


def test_a_run_can_be_stopped_by_name(patient: Live, sandbox: RunningSandbox):
    sandbox.faults.plan(Fault(FaultKind.LATENCY, provider="openai", seconds=0.3))
    with (
        httpx2.Client(base_url=patient.root, timeout=60) as client,
        client.stream("POST", "/api/v1/run", json=BODY, headers={"accept": "text/event-stream"}) as answer,
    ):
        lines = answer.iter_lines()
        assert next(lines) == "event: quoted"
        run = json.loads(next(lines).removeprefix("data: "))["run"]
        assert client.delete(f"/api/v1/runs/{run}").status_code == 202
        told = list(lines)
    assert "event: result" in told or "event: error" in told
    with httpx2.Client(base_url=patient.root) as client:
        gone = client.delete(f"/api/v1/runs/{run}")
        never = client.delete("/api/v1/runs/run_none")
    for answer in (gone, never):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_runs_are_in_the_journal(patient: Live, sandbox: RunningSandbox):
    with httpx2.Client(base_url=patient.root, timeout=60) as client:
        run = client.post("/api/v1/run", json=BODY).json()["id"]
    row = asyncio.run(patient.assembly.journal.find(run))
    assert row is not None
    assert row.state is RunState.FINISHED


def test_small_requests_are_answered_while_a_large_one_is_read(patient: Live):
    """Sixty megabytes of base64 are decoded away from the loop: probes never wait for it."""
    large = {"operation": "erase", "images": ["A" * 60_000_000], "mask": "AAAA"}

    async def both() -> tuple[int, int]:
        async with httpx2.AsyncClient(base_url=patient.root, timeout=120) as client:
            work = asyncio.create_task(client.post("/api/v1/run", json=large))
            probes = 0
            while not work.done():
                assert (await client.get("/healthz")).status_code == 200
                probes += 1
            return (await work).status_code, probes

    status, probes = asyncio.run(both())
    assert status == 400
    assert probes > 1
