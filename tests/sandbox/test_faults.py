"""Faults on a real socket: what the client sees, and what was billed."""

import asyncio
import json
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx2
import pytest

from limner.core.errors import UserError
from limner.sandbox.app import Sandbox
from limner.sandbox.faults import Fault, FaultKind, Faults, read_fault, read_header
from limner.sandbox.server import RunningSandbox
from tests.sandbox.conftest import TODAY, StillClock

BODY = json.dumps({"model": "gpt-image-2", "prompt": "a kite"}).encode()
ROUTE = "POST /v1/images/generations"


HEADERS = {"authorization": "Bearer sk-test", "content-type": "application/json"}


def url_of(sandbox: RunningSandbox) -> str:
    return sandbox.url("openai") + "/images/generations"


def post(sandbox: RunningSandbox, body: bytes = BODY, fault: str | None = None) -> httpx2.Response:
    headers = HEADERS | ({"x-limner-fault": fault} if fault else {})
    with httpx2.Client(timeout=20) as client:
        return client.post(url_of(sandbox), content=body, headers=headers)


@contextmanager
def streamed(sandbox: RunningSandbox, body: bytes = BODY) -> Iterator[httpx2.Response]:
    with (
        httpx2.Client(timeout=20) as client,
        client.stream("POST", url_of(sandbox), content=body, headers=HEADERS) as reply,
    ):
        yield reply


def raw(sandbox: RunningSandbox, **headers: str) -> tuple[bytes, bool]:
    """Send a request by hand.

    Returns:
        What came back, and whether the connection was reset.
    """
    host, port = sandbox.root.removeprefix("http://").split(":")
    lines = {"host": host, "authorization": "Bearer sk-test", "content-type": "application/json"} | headers
    lines["content-length"] = str(len(BODY))
    head = "POST /openai/v1/images/generations HTTP/1.1\r\n" + "".join(
        f"{name}: {value}\r\n" for name, value in lines.items()
    )
    got = b""
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(head.encode() + b"\r\n" + BODY)
        try:
            while data := connection.recv(65536):
                got += data
        except ConnectionResetError:
            return got, True
    return got, False


@pytest.mark.parametrize(
    ("kind", "charges"),
    [
        (FaultKind.RESET_BEFORE_READ, 0),
        (FaultKind.RESET_BEFORE_BILLED, 0),
        (FaultKind.RESET_AFTER_BILLED, 1),
    ],
)
def test_resets_are_real_and_billed_as_their_name_says(
    sandbox: RunningSandbox, kind: FaultKind, charges: int
):
    sandbox.faults.plan(Fault(kind))
    assert raw(sandbox) == (b"", True)
    assert [(one.billed, one.delivered) for one in sandbox.bill.charges()] == [(True, False)] * charges
    assert sandbox.requests.count("openai", ROUTE) == 1
    assert post(sandbox).status_code == 200  # the next one is served


def test_a_reset_that_a_header_asks_for(sandbox: RunningSandbox):
    assert raw(sandbox, **{"x-limner-fault": "reset-after-billed"}) == (b"", True)
    assert len(sandbox.bill.charges()) == 1


def test_a_truncated_body_ends_early_without_a_reset(sandbox: RunningSandbox):
    sandbox.faults.plan(Fault(FaultKind.TRUNCATED_BODY))
    got, reset = raw(sandbox)
    head, _, body = got.partition(b"\r\n\r\n")
    promised = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
    assert not reset
    assert len(body) == promised // 2
    assert [one.delivered for one in sandbox.bill.charges()] == [False]


def test_a_body_that_stalls_until_the_client_leaves(sandbox: RunningSandbox):
    sandbox.faults.plan(Fault(FaultKind.STALLED_BODY))
    with (
        httpx2.Client(timeout=httpx2.Timeout(20, read=0.2)) as client,
        pytest.raises(httpx2.ReadTimeout),
    ):
        client.post(url_of(sandbox), content=BODY, headers=HEADERS)
    assert [one.delivered for one in sandbox.bill.charges()] == [False]


def test_a_body_that_stalls_and_goes_on(sandbox: RunningSandbox, clock: StillClock):
    sandbox.faults.plan(Fault(FaultKind.STALLED_BODY, seconds=30))
    assert post(sandbox).json()["data"]
    assert clock.slept == [30]
    assert [one.delivered for one in sandbox.bill.charges()] == [True]


def test_latency(sandbox: RunningSandbox, clock: StillClock):
    sandbox.faults.plan(Fault(FaultKind.LATENCY, seconds=70))
    assert post(sandbox).status_code == 200
    assert clock.slept == [70]


def test_a_status_in_the_vendors_words(sandbox: RunningSandbox):
    sandbox.faults.plan(Fault(FaultKind.STATUS, status=429, retry_after=7))
    reply = post(sandbox)
    assert (reply.status_code, reply.headers["retry-after"]) == (429, "7")
    assert reply.json()["error"]["code"] == "rate_limit_exceeded"
    assert sandbox.bill.charges() == ()


def test_a_proxy_in_html(sandbox: RunningSandbox):
    sandbox.faults.plan(Fault(FaultKind.BAD_GATEWAY))
    reply = post(sandbox)
    assert (reply.status_code, reply.headers["content-type"]) == (502, "text/html; charset=utf-8")


def test_bodies_that_are_wrong(sandbox: RunningSandbox):
    right = post(sandbox).json()
    sandbox.faults.plan(Fault(FaultKind.WRONG_CONTENT_TYPE))
    reply = post(sandbox)
    assert reply.headers.get_list("content-type") == ["text/html; charset=utf-8"]
    assert reply.json() == right

    sandbox.faults.plan(Fault(FaultKind.GARBAGE_BODY))
    reply = post(sandbox)
    assert reply.status_code == 200
    with pytest.raises((UnicodeDecodeError, json.JSONDecodeError)):
        reply.json()

    sandbox.faults.plan(Fault(FaultKind.OVERSIZE_BODY, size=3_000_000))
    assert post(sandbox).content == b" " * 3_000_000

    sandbox.faults.plan(Fault(FaultKind.INVALID_BASE64))
    broken = post(sandbox).json()
    assert broken["data"][0]["b64_json"].startswith("%%")
    assert broken["usage"] == right["usage"]

    sandbox.faults.plan(Fault(FaultKind.EMPTY_DATA))
    assert post(sandbox).json() == right | {"data": []}
    assert [one.delivered for one in sandbox.bill.charges()] == [True, True, False, False, False, False]


def test_a_client_that_leaves_an_oversize_body(sandbox: RunningSandbox):
    sandbox.faults.plan(Fault(FaultKind.OVERSIZE_BODY, size=2**40))
    with streamed(sandbox) as reply:
        next(reply.iter_bytes())
    assert post(sandbox).status_code == 200


def test_a_stream_that_is_cut_after_a_partial(sandbox: RunningSandbox):
    sandbox.faults.plan(Fault(FaultKind.CUT_STREAM, frames=1))
    body = json.dumps({"model": "gpt-image-2", "prompt": "x", "stream": True, "partial_images": 2}).encode()
    with streamed(sandbox, body) as reply:
        chunks = reply.iter_bytes()
        got = next(chunks)
        with pytest.raises(httpx2.RemoteProtocolError):
            list(chunks)
    assert got.count(b"event: image_generation.partial_image") == 1
    assert b"completed" not in got
    assert [(one.billed, one.delivered) for one in sandbox.bill.charges()] == [(True, False)]


def test_a_stream_that_is_cut_before_anything(sandbox: RunningSandbox):
    body = json.dumps({"model": "gpt-image-2", "prompt": "x", "stream": True}).encode()
    with pytest.raises(httpx2.RemoteProtocolError):
        post(sandbox, body, "cut-stream; frames=0")


# Which request meets which


def test_the_nth_request_of_a_route(sandbox: RunningSandbox):
    sandbox.faults.plan(Fault(FaultKind.STATUS, "openai", "POST /v1/images/*", nth=2, times=2))
    with httpx2.Client(base_url=sandbox.url("openai")) as client:
        client.get("/models", headers={"authorization": "Bearer sk-test"})
    assert [post(sandbox).status_code for _ in range(4)] == [200, 503, 503, 200]
    [(_, struck)] = sandbox.faults.planned()
    assert struck == 2


def test_other_providers_and_routes_are_left_alone():
    faults = Faults()
    faults.plan(Fault(FaultKind.LATENCY, "azure", "POST *"))
    assert faults.strike("openai", "POST /x") is None
    assert faults.strike("azure", "GET /x") is None
    assert faults.strike("azure", "POST /x") is not None


def test_the_first_plan_that_is_due_is_met():
    faults = Faults()
    first, second = Fault(FaultKind.LATENCY, nth=2), Fault(FaultKind.STATUS, times=None)
    faults.plan(first, second)
    assert [faults.strike("openai", "POST /x") for _ in range(3)] == [second, first, second]
    faults.clear()
    assert faults.strike("openai", "POST /x") is None


@pytest.mark.parametrize("seed", [1, 2])
def test_probable_faults_follow_the_seed(seed: int):
    def run() -> list[bool]:
        faults = Faults(seed)
        faults.plan(Fault(FaultKind.STATUS, times=None, probability=0.3))
        return [faults.strike("openai", "POST /x") is not None for _ in range(400)]

    assert run() == run()
    assert 80 < Counter(run())[True] < 160
    other = Faults(seed + 10)
    other.plan(Fault(FaultKind.STATUS, times=None, probability=0.3))
    assert run() != [other.strike("openai", "POST /x") is not None for _ in range(400)]


@pytest.mark.parametrize(
    "values", [{}, {"kind": "flood"}, {"kind": "status", "statsu": 4}, {"kind": "status", "nth": "x"}]
)
def test_plans_that_cannot_be_read(values: dict[str, Any]):
    with pytest.raises(UserError) as caught:
        read_fault(values)
    assert "reset-after-billed" in caught.value.remedy


def test_a_header_that_cannot_be_read_is_said(sandbox: RunningSandbox):
    assert read_header("latency; seconds=2").seconds == 2
    reply = post(sandbox, fault="flood")
    assert reply.status_code == 400
    assert "reset-after-billed" in reply.text


async def test_in_process_a_reset_is_an_exception():
    app = Sandbox(StillClock(TODAY))
    app.faults.plan(Fault(FaultKind.RESET_AFTER_BILLED))
    headers = {"authorization": "Bearer sk-test"}
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://sandbox") as client:
        with pytest.raises(ConnectionResetError):
            await client.post("/openai/v1/images/generations", json=json.loads(BODY), headers=headers)
    assert len(app.bill.charges()) == 1


async def test_many_requests_at_once(sandbox: RunningSandbox):
    async with httpx2.AsyncClient(timeout=60, limits=httpx2.Limits(max_connections=20)) as client:
        sandbox.faults.plan(Fault(FaultKind.RESET_AFTER_BILLED, nth=5, times=10))

        async def one(number: int) -> bool:
            body = {"model": "gpt-image-2", "prompt": f"kite {number}", "quality": "low"}
            with suppress(httpx2.TransportError):
                return (await client.post(url_of(sandbox), json=body, headers=HEADERS)).status_code == 200
            return False

        got = await asyncio.gather(*(one(number) for number in range(40)))
    charges = sandbox.bill.charges("openai")
    assert sum(got) == 30
    assert len(charges) == 40
    assert sum(charge.delivered for charge in charges) == 30
