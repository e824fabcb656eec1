"""What a sender does when the other side misbehaves: one suite for every implementation.

The question behind each case: was the request surely not sent, and how often did the server see it?
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pytest
import uvicorn

from limner.core.clock import SystemClock
from limner.transport.faults import Fault, Lost, NotSent, TooLarge
from limner.transport.httpx_sender import HttpxSender
from limner.transport.port import IDLE, Sender, WireRequest
from limner.transport.pyreqwest_sender import PyreqwestSender
from limner.transport.timeouts import Seconds
from tests.transport import upstream as behave
from tests.transport.conftest import NO_BODY, NO_HEAD, wire
from tests.transport.upstream import BIG, HUGE, Behaviour, Flood, Peer, Seen, Upstream

pytestmark = pytest.mark.anyio


# --- surely not sent ---------------------------------------------------------------------


async def test_a_refused_connection_was_not_sent(sender: Sender, nobody_listens: int):
    with pytest.raises(NotSent) as caught:
        await sender.send(wire("POST", f"http://127.0.0.1:{nobody_listens}/paint", b"x"))
    assert caught.value.reason == "refused"


async def test_an_unknown_name_was_not_sent(sender: Sender):
    with pytest.raises(NotSent) as caught:
        await sender.send(wire("POST", "https://nowhere.invalid/paint", b"x"))
    assert caught.value.reason == "dns"


@pytest.mark.parametrize("host", ["xn--a", "xn--zz--"])
async def test_a_name_that_cannot_be_one_was_not_sent(sender: Sender, host: str):
    request = wire("POST", "https://nowhere.invalid/paint", b"x")
    with pytest.raises(NotSent) as caught:
        await sender.send(replace(request, url=replace(request.url, host=f"{host}.invalid")))
    assert caught.value.reason == "dns"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_a_proper_certificate_is_accepted(sender: Sender, upstream: Upstream, host: str):
    reply = await sender.send(wire("POST", upstream.tls_url("/", host), b"x"))
    assert reply.body == b"ok"


async def test_an_unknown_authority_was_not_sent(sender: Sender):
    async with Upstream() as stranger:
        with pytest.raises(NotSent) as caught:
            await sender.send(wire("POST", stranger.tls_url("/paint"), b"x"))
    assert caught.value.reason == "tls"
    assert stranger.seen == []


async def test_a_certificate_for_another_name_was_not_sent(sender: Sender, upstream: Upstream):
    async with Upstream(names=("elsewhere.test",), ca=upstream.ca) as other:
        with pytest.raises(NotSent) as caught:
            await sender.send(wire("POST", other.tls_url("/paint"), b"x"))
    assert caught.value.reason == "tls"
    assert other.seen == []


async def test_a_handshake_that_breaks_off_was_not_sent(sender: Sender, upstream: Upstream):
    upstream.instead = behave.hang_up
    with pytest.raises(NotSent):
        await sender.send(wire("POST", f"https://127.0.0.1:{upstream.port}/paint", b"x"))
    assert upstream.connections == 1


async def test_a_handshake_that_never_ends_was_not_sent(sender: Sender, upstream: Upstream):
    upstream.instead = behave.ignore
    seconds = Seconds(connect=0.3, head=5, silence=5, total=5)
    with pytest.raises(NotSent):
        await sender.send(wire("POST", f"https://127.0.0.1:{upstream.port}/paint", b"x", seconds=seconds))


# --- perhaps sent ------------------------------------------------------------------------


async def test_a_connection_that_drops_at_once_is_lost(sender: Sender, upstream: Upstream):
    """It had been established, so nobody can tell what was read."""
    upstream.instead = behave.hang_up
    with pytest.raises(Lost) as caught:
        await sender.send(wire("POST", upstream.url("/paint"), b"x"))
    assert caught.value.status is None
    assert upstream.connections == 1


async def test_a_connection_that_is_reset_at_once_is_lost_or_was_never_made(
    sender: Sender, upstream: Upstream
):
    """The reset may come before the connection counts as made: then nothing was sent."""
    upstream.instead = behave.hang_up_hard
    with pytest.raises((Lost, NotSent)) as caught:
        await sender.send(wire("POST", upstream.url("/paint"), b"x"))
    assert isinstance(caught.value, NotSent) or caught.value.status is None
    assert upstream.connections == 1


AFTER_READING: dict[str, Behaviour] = {
    "reset": behave.reset,
    "fin": behave.fin,
    "garbage": behave.garbage,
    "endless-head": behave.endless_head,
}


@pytest.mark.row("P2")
@pytest.mark.parametrize("reused", [False, True], ids=["fresh", "reused"])
@pytest.mark.parametrize("name", AFTER_READING)
async def test_what_was_read_and_not_answered_is_lost_and_seen_once(
    sender: Sender, upstream: Upstream, name: str, reused: bool
):
    upstream.on("/paint", AFTER_READING[name])
    if reused:
        await sender.send(wire("GET", upstream.url("/hello")))
    with pytest.raises(Lost) as caught:
        await sender.send(wire("POST", upstream.url("/paint"), b"paid"))
    assert (caught.value.stage, caught.value.status) == ("waiting", None)
    assert [seen.target for seen in upstream.seen].count("/paint") == 1
    assert upstream.connections == 1


UVICORN: Final = uvicorn.Config("app").timeout_keep_alive
"""Seconds after which this server, as it comes, closes a connection that is idle. Few are quicker."""


@pytest.mark.row("P2")
@pytest.mark.parametrize("make", [PyreqwestSender, HttpxSender], ids=["pyreqwest", "httpx2"])
@pytest.mark.parametrize(("idle", "connections"), [({}, 1), ({"idle": 0.0}, 2)], ids=["usual", "over"])
async def test_a_connection_is_given_up_before_its_server_closes_it(
    make: Callable[..., Sender], idle: dict[str, float], connections: int, upstream: Upstream
):
    """Or a paid call that crosses with the closing would be lost, and nobody knew what became of it."""
    assert UVICORN > IDLE
    sender = make(SystemClock(), upstream.roots, **idle)
    try:
        for _ in range(2):
            await sender.send(wire("POST", upstream.url("/hello"), b"x"))
    finally:
        await sender.aclose()
    assert upstream.connections == connections


@pytest.mark.row("P2")
async def test_no_answer_in_time_is_lost_and_seen_once(sender: Sender, upstream: Upstream):
    arrived = asyncio.Event()

    async def stall(peer: Peer, seen: Seen) -> None:
        arrived.set()
        await behave.stall(peer, seen)

    upstream.on("/paint", stall)
    with pytest.raises(Lost) as caught:
        await sender.send(wire("POST", upstream.url("/paint"), b"paid", seconds=NO_HEAD))
    assert (caught.value.stage, caught.value.status) == ("waiting", None)
    async with asyncio.timeout(5):
        await arrived.wait()
    assert len(upstream.seen) == 1


async def test_a_body_nobody_reads_is_lost(sender: Sender, upstream: Upstream):
    upstream.instead = behave.ignore
    with pytest.raises(Lost):
        await sender.send(wire("POST", upstream.url("/paint"), BIG * 4, seconds=NO_HEAD))
    assert upstream.seen == []


BROKEN_BODIES: dict[str, Behaviour] = {
    "cut": behave.cut,
    "cut-by-reset": behave.cut_by_reset,
    "cut-in-chunks": behave.cut_in_chunks,
    "bad-chunk": behave.bad_chunk,
    "stall": behave.stall_in_body,
    "bad-gzip": behave.bad_gzip,
    "cut-gzip": behave.cut_gzip,
}


@pytest.mark.row("P2")
@pytest.mark.parametrize("reused", [False, True], ids=["fresh", "reused"])
@pytest.mark.parametrize("name", BROKEN_BODIES)
async def test_an_answer_that_breaks_off_is_lost_with_its_status(
    sender: Sender, upstream: Upstream, name: str, reused: bool
):
    upstream.on("/paint", BROKEN_BODIES[name])
    if reused:
        await sender.send(wire("GET", upstream.url("/hello")))
    with pytest.raises(Lost) as caught:
        await sender.send(wire("POST", upstream.url("/paint"), b"paid", seconds=NO_BODY))
    assert (caught.value.stage, caught.value.status) == ("reading", 200)
    assert [seen.target for seen in upstream.seen].count("/paint") == 1


async def test_an_answer_that_takes_too_long_in_all_is_lost(sender: Sender, upstream: Upstream):
    """Each piece comes soon enough, and there are too many."""

    async def drip(peer: Peer, _seen: object) -> None:
        await peer.head("Content-Length: 1000000")
        while True:
            await peer.write(b".")
            await asyncio.sleep(0)

    upstream.on("/paint", drip)
    seconds = Seconds(connect=5, head=5, silence=5, total=0.3)
    with pytest.raises(Lost) as caught:
        await sender.send(wire("POST", upstream.url("/paint"), b"paid", seconds=seconds))
    assert caught.value.status == 200


# --- too large ---------------------------------------------------------------------------


async def test_an_announced_length_is_refused_unread(sender: Sender, upstream: Upstream):
    upstream.on("/big", behave.announced)
    with pytest.raises(TooLarge) as caught:
        await sender.send(wire("GET", upstream.url("/big"), most_bytes=1000))
    assert (caught.value.status, caught.value.most_bytes) == (200, 1000)


async def test_a_flood_is_stopped_where_it_stands(sender: Sender, upstream: Upstream):
    flood = Flood()
    upstream.on("/flood", flood)
    with pytest.raises(TooLarge):
        await sender.send(wire("GET", upstream.url("/flood"), most_bytes=1_000_000))
    assert flood.written < HUGE / 2


async def test_a_bomb_is_stopped_while_it_unpacks(sender: Sender, upstream: Upstream):
    upstream.on("/bomb", behave.bomb())
    taken: list[int] = []
    with pytest.raises(TooLarge):
        await lengths(sender, wire("GET", upstream.url("/bomb"), most_bytes=1_000_000), taken)
    assert 0 < sum(taken) <= 1_000_000


async def lengths(sender: Sender, request: WireRequest, taken: list[int]) -> None:
    async with sender.stream(request) as incoming:
        async for chunk in incoming.chunks:
            taken += [len(chunk)]


async def test_exactly_what_is_allowed_is_read(sender: Sender, upstream: Upstream):
    upstream.on("/big", behave.big)
    reply = await sender.send(wire("GET", upstream.url("/big"), most_bytes=len(BIG)))
    assert len(reply.body) == len(BIG)
    with pytest.raises(TooLarge):
        await sender.send(wire("GET", upstream.url("/big"), most_bytes=len(BIG) - 1))


# --- good answers in odd shapes ----------------------------------------------------------

GOOD: dict[str, tuple[Behaviour, int, bytes]] = {
    "chunked": (behave.chunked, 200, b"one two three"),
    "gzip": (behave.gzipped, 200, BIG),
    "trickle": (behave.trickle, 200, b"01234567890123456789"),
    "until-close": (behave.until_close, 200, b"all there is"),
    "early-hints": (behave.hints, 200, b"after hints"),
    "no-content": (behave.no_content, 204, b""),
    "big": (behave.big, 200, BIG),
    "longer-than-said": (behave.longer_than_said, 200, b"hello"),
}


@pytest.mark.parametrize("name", GOOD)
async def test_a_good_answer_is_read_whole(sender: Sender, upstream: Upstream, name: str):
    behaviour, status, body = GOOD[name]
    upstream.on("/paint", behaviour)
    reply = await sender.send(wire("POST", upstream.url("/paint?a=1"), b"x"))
    assert (reply.status, reply.body, reply.url) == (status, body, upstream.url("/paint?a=1"))
    assert "content-encoding" not in reply.headers
    assert (await sender.send(wire("POST", upstream.url("/paint"), b"x"))).body == body


async def test_an_error_before_the_body_was_read_is_an_answer(sender: Sender, upstream: Upstream):
    upstream.instead = behave.refuse_early
    reply = await sender.send(wire("POST", upstream.url("/paint"), BIG))
    assert (reply.status, reply.body) == (413, b"too much")


async def test_headers_are_lower_case_joined_and_survive_odd_bytes(sender: Sender, upstream: Upstream):
    upstream.on("/headers", behave.headers)
    reply = await sender.send(wire("GET", upstream.url("/headers")))
    assert reply.headers["x-two"] == "a, b"
    assert reply.headers["x-request-id"] == "r1"
    assert reply.body == b"ok"


async def test_no_cookie_is_kept(sender: Sender, upstream: Upstream):
    upstream.on("/headers", behave.headers)
    await sender.send(wire("GET", upstream.url("/headers")))
    await sender.send(wire("GET", upstream.url("/hello")))
    assert "cookie" not in upstream.seen[-1].headers


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 Other", "307 Again", "308 For good"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_no_redirect_is_followed(sender: Sender, upstream: Upstream, method: str, status: str):
    upstream.on("/paint", behave.redirect("/elsewhere", status))
    reply = await sender.send(wire(method, upstream.url("/paint"), b"x"))
    assert (reply.status, reply.headers["location"]) == (int(status[:3]), "/elsewhere")
    assert [seen.target for seen in upstream.seen] == ["/paint"]


@pytest.mark.parametrize("size", [0, 1024, len(BIG)])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_a_body_arrives_as_it_left(sender: Sender, upstream: Upstream, method: str, size: int):
    sent = (("Content-Type", "image/png"), ("X-Key", "k-1"))
    await sender.send(wire(method, upstream.url("/put?x=%20y"), BIG[:size], headers=sent))
    seen = upstream.seen[0]
    assert (seen.method, seen.target, seen.body) == (method, "/put?x=%20y", BIG[:size])
    assert (seen.headers["content-type"], seen.headers["x-key"]) == ("image/png", "k-1")
    assert seen.headers["user-agent"].startswith("limner/")
    assert seen.headers["host"] == f"127.0.0.1:{upstream.port}"


async def test_a_connection_is_used_again(sender: Sender, upstream: Upstream):
    for _ in range(3):
        await sender.send(wire("POST", upstream.url("/paint"), b"x"))
    assert (upstream.connections, len(upstream.seen)) == (1, 3)


async def test_a_connection_closed_while_idle_does_no_harm(sender: Sender, upstream: Upstream):
    upstream.on("/bye", behave.until_close)
    await sender.send(wire("GET", upstream.url("/bye")))
    reply = await sender.send(wire("POST", upstream.url("/paint"), b"paid"))
    assert reply.body == b"ok"
    assert [seen.target for seen in upstream.seen] == ["/bye", "/paint"]


async def test_many_at_once(sender: Sender, upstream: Upstream):
    upstream.on("/big", behave.big)
    replies = await asyncio.gather(
        *(sender.send(wire("POST", upstream.url("/big"), BIG[:1024])) for _ in range(32))
    )
    assert all(reply.body == BIG for reply in replies)


# --- streams -----------------------------------------------------------------------------


async def test_the_head_and_each_piece_come_at_once(sender: Sender, upstream: Upstream):
    """The server goes on only when the piece before has been read."""
    read = asyncio.Event()

    async def step(peer: Peer, _seen: object) -> None:
        await peer.head("Content-Type: text/event-stream", "Connection: close")
        for piece in (b"first", b"second"):
            await read.wait()
            read.clear()
            await peer.write(piece)
        peer.close()

    upstream.on("/stream", step)
    async with sender.stream(wire("POST", upstream.url("/stream"), b"x")) as incoming:
        assert incoming.headers["content-type"] == "text/event-stream"
        read.set()
        assert bytes(await anext(incoming.chunks)) == b"first"
        read.set()
        assert bytes(await anext(incoming.chunks)) == b"second"
        assert await anext(incoming.chunks, None) is None


async def test_leaving_early_ends_the_exchange(sender: Sender, upstream: Upstream):
    gone = asyncio.Event()

    async def endless(peer: Peer, _seen: object) -> None:
        await peer.head("Content-Type: text/event-stream")
        await peer.write(b"data: 1\n\n")
        await peer.gone()
        gone.set()

    upstream.on("/stream", endless)
    async with sender.stream(wire("POST", upstream.url("/stream"), b"x")) as incoming:
        await anext(incoming.chunks)
    async with asyncio.timeout(5):
        await gone.wait()


async def test_a_cancelled_call_hangs_up_and_was_seen_once(sender: Sender, upstream: Upstream):
    arrived, gone = asyncio.Event(), asyncio.Event()

    async def wait(peer: Peer, _seen: object) -> None:
        arrived.set()
        await peer.gone()
        gone.set()

    upstream.on("/paint", wait)
    seconds = Seconds(connect=1, head=1, silence=1, total=1)  # pyreqwest hangs up only then
    task = asyncio.ensure_future(sender.send(wire("POST", upstream.url("/paint"), b"x", seconds=seconds)))
    await arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(5):
        await gone.wait()
    assert len(upstream.seen) == 1


# --- pins --------------------------------------------------------------------------------


async def test_a_pin_decides_where_and_the_name_what_for(sender: Sender, upstream: Upstream):
    url = f"http://pictures.test:{upstream.port}/a.png"
    reply = await sender.send(wire("GET", url, pin="127.0.0.1"))
    assert (reply.body, reply.url) == (b"ok", url)
    assert upstream.seen[0].headers["host"] == f"pictures.test:{upstream.port}"


async def test_a_pinned_certificate_is_checked_against_the_name(sender: Sender, upstream: Upstream):
    async with Upstream(names=("pictures.test",), ca=upstream.ca) as pictures:
        reply = await sender.send(wire("GET", pictures.tls_url("/a.png", "pictures.test"), pin="127.0.0.1"))
        assert reply.body == b"ok"
        with pytest.raises(NotSent) as caught:
            await sender.send(wire("GET", pictures.tls_url("/a.png", "other.test"), pin="127.0.0.1"))
    assert caught.value.reason == "tls"
    assert len(pictures.seen) == 1


async def test_one_name_pinned_elsewhere_goes_elsewhere(
    sender: Sender, upstream: Upstream, nobody_listens: int
):
    """The second pin is not answered over the connection of the first."""
    await sender.send(wire("GET", upstream.url("/a", "pictures.test"), pin="127.0.0.1"))
    with pytest.raises(NotSent):
        await sender.send(wire("GET", upstream.url("/a", "pictures.test"), pin="127.0.0.2"))
    assert len(upstream.seen) == 1


async def test_two_names_at_one_address_share_no_connection(sender: Sender, upstream: Upstream):
    async with Upstream(names=("a.test",), ca=upstream.ca) as server:
        await sender.send(wire("GET", server.tls_url("/", "a.test"), pin="127.0.0.1"))
        with pytest.raises(NotSent):
            await sender.send(wire("GET", server.tls_url("/", "b.test"), pin="127.0.0.1"))
    assert len(server.seen) == 1


# --- what is said ------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/cut", "/fin", "/bad-gzip"])
async def test_a_fault_shows_no_key_and_no_query(sender: Sender, upstream: Upstream, path: str):
    upstream.on("/cut", behave.cut)
    upstream.on("/fin", behave.fin)
    upstream.on("/bad-gzip", behave.bad_gzip)
    request = wire(
        "POST", upstream.url(f"{path}?sig=s3cret"), b"s3cret", headers=(("Authorization", "Bearer s3cret"),)
    )
    with pytest.raises(Fault) as caught:
        await sender.send(request)
    assert f"127.0.0.1:{upstream.port}" in str(caught.value)
    error: BaseException | None = caught.value
    while error is not None:
        assert "s3cret" not in f"{error!r} {error} {error.args}"
        error = None if error.__suppress_context__ else error.__cause__ or error.__context__
    assert "s3cret" not in repr(request)
