"""A vendor calls a running gateway when its work is done: that ends the wait, and only the vendor can."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx2
import pytest

from limner.sandbox.server import RunningSandbox, running_sandbox
from limner.settings import Settings
from tests.support.gateway import Live, running_gateway

POLL = 60.0
"""As long as a poll waits here, nothing but the vendor's call can end a test in time."""


class Waiting:
    """The gateway's clock. A wait for a poll never ends by itself while a test lasts."""

    def __init__(self) -> None:
        self.asleep = threading.Event()
        """Somebody waits for the vendor."""
        self.ended = 0
        """Waits that came to their end."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        if not seconds:
            return  # the next call is ready now
        self.asleep.set()
        await asyncio.sleep(POLL)
        self.ended += 1


class Patient(Waiting):
    """The emulator's clock: it calls when the gateway waits."""

    def __init__(self, gateway: Waiting) -> None:
        super().__init__()
        self._gateway = gateway

    async def sleep(self, seconds: float) -> None:
        await asyncio.to_thread(self._gateway.asleep.wait, POLL)


@pytest.fixture
def clock() -> Waiting:
    return Waiting()


@pytest.fixture
def fal(clock: Waiting) -> Iterator[RunningSandbox]:
    with running_sandbox(Patient(clock)) as sandbox:
        yield sandbox


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture
def gateway(fal: RunningSandbox, clock: Waiting) -> Iterator[Live]:
    port = free_port()
    environ = {"FAL_KEY": fal.key("fal"), "FAL_BASE_URL": fal.url("fal")}
    settings = Settings(environ=environ, public_url=f"http://127.0.0.1:{port}", store="memory")
    with running_gateway(settings, clock=clock, port=port) as live:
        yield live


BODY = {"operation": "generate", "model": "fal/flux/schnell", "prompt": "a kite"}


@pytest.mark.row("P2")
def test_the_vendors_call_ends_the_wait(gateway: Live, fal: RunningSandbox, clock: Waiting):
    """Signed with ED25519, checked against its public keys; the picture then comes from the poll."""
    with httpx2.Client(base_url=gateway.root, timeout=POLL) as client:
        made = client.post("/api/v1/run", json=BODY)
    assert made.status_code == 200, made.text
    assert clock.asleep.is_set()
    assert clock.ended == 0, "no wait ran out: the call ended it"
    assert fal.requests.count("fal", "GET */.well-known/jwks.json") == 1
    assert fal.requests.count("fal", "POST /queue/*") == 1
    assert fal.requests.count("fal", "GET */status") == 1, "what the call says is no result: it was asked for"
    assert len(fal.bill.charges("fal")) == 1


def test_a_stranger_is_turned_away(gateway: Live):
    headers = {
        "x-fal-webhook-request-id": "t-1",
        "x-fal-webhook-user-id": "u-1",
        "x-fal-webhook-timestamp": str(int(time.time())),
        "x-fal-webhook-signature": "00" * 64,
    }
    with httpx2.Client(base_url=gateway.root, timeout=POLL) as client:
        refused = client.post("/hooks/fal", content=b'{"status": "OK"}', headers=headers)
        unknown = client.post("/hooks/limner", content=b"{}")
    assert refused.status_code == 403
    assert unknown.status_code in {400, 404, 422}
