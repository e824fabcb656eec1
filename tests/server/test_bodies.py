"""Bytes that come in are bounded, one by one and together, and let go of in the end."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from starlette.types import Message

from limner.core.errors import UserError
from limner.sandbox.server import RunningSandbox
from limner.server.bodies import Bodies, Lease, Limits
from limner.server.problems import Busy
from tests.server.conftest import settings_for
from tests.server.pictures import mask, photo
from tests.support.gateway import Live, running_gateway

SMALL = Limits(most_body=100_000, most_in_flight=150_000)


async def never(*_: object) -> Any:
    raise AssertionError("nobody should come here")


@pytest.fixture
def small(sandbox: RunningSandbox) -> Iterator[Live]:
    with running_gateway(settings_for(sandbox), limits=SMALL) as gateway:
        yield gateway


def test_one_body_has_a_limit():
    lease = Lease(Bodies(never, SMALL))
    lease.grow(100_000)
    with pytest.raises(UserError) as caught:
        lease.grow(100_001)
    assert caught.value.code == "body_too_large"


def test_all_together_have_one():
    budget = Bodies(never, SMALL)
    first, second = Lease(budget), Lease(budget)
    first.grow(90_000)
    with pytest.raises(Busy):
        second.grow(90_000)
    first.release()
    second.grow(90_000)
    assert budget.taken == 90_000


def test_bytes_are_held_until_the_last_holder_lets_go():
    budget = Bodies(never, SMALL)
    lease = Lease(budget)
    lease.grow(1000)
    lease.hold()
    lease.release()
    assert budget.taken == 1000
    lease.release()
    assert budget.taken == 0


@pytest.mark.parametrize("path", ["/api/v1/run", "/v1/images/generations"])
def test_too_large_a_body_is_refused_before_it_is_read(small: Live, path: str):
    with httpx2.Client(base_url=small.root) as client:
        answer = client.post(path, content=b" " * 100_001, headers={"content-type": "application/json"})
    assert answer.status_code == 413


def test_a_body_without_a_length_is_counted_as_it_comes(small: Live):
    def chunks() -> Iterator[bytes]:
        for _ in range(20):
            yield b" " * 10_000

    with httpx2.Client(base_url=small.root) as client:
        answer = client.post("/api/v1/run", content=chunks(), headers={"content-type": "application/json"})
    assert answer.status_code == 413


async def test_over_the_budget_a_client_is_asked_to_come_back():
    """Two bodies arrive slowly at once; the budget holds one of them."""
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    budget = Bodies(app, SMALL)

    async def slow() -> Message:
        arrived.set()
        await go_on.wait()
        return {"type": "http.request", "body": b" " * 90_000, "more_body": False}

    async def quick() -> Message:
        return {"type": "http.request", "body": b" " * 90_000, "more_body": False}

    def scope() -> dict[str, Any]:
        return {"type": "http", "path": "/api/v1/run", "headers": [(b"content-length", b"90000")]}

    first: list[Message] = []
    second: list[Message] = []
    task = asyncio.create_task(budget(scope(), slow, _into(first)))
    await arrived.wait()
    await budget(scope(), quick, _into(second))
    assert second[0]["status"] == 503
    assert dict(second[0]["headers"])[b"retry-after"] == b"2"
    go_on.set()
    await task
    assert first[0]["status"] == 200
    assert budget.taken == 0


def _into(messages: list[Message]) -> Any:
    async def send(message: Message) -> None:
        messages.append(message)

    return send


def test_the_budget_is_whole_again_after_many_requests(small: Live):
    """More bytes in all than the budget holds, one after the other and side by side."""
    codes: list[int] = []

    def ask() -> None:
        with httpx2.Client(base_url=small.root, timeout=60) as client:
            for _ in range(5):
                files = {"image": photo(), "mask": mask(), "reference": b"x" * 20_000}
                codes.append(client.post("/api/v1/run", data={"operation": "erase"}, files=files).status_code)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(codes) <= {400, 503}  # the reference is no picture: 400; too many at once: 503
    with httpx2.Client(base_url=small.root) as client:
        files = {"image": photo(), "mask": mask()}
        assert client.post("/api/v1/run", data={"operation": "erase"}, files=files).status_code == 200
