import asyncio
import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import pytest

from limner.core.adapter import Profile
from limner.core.clock import SystemClock
from limner.core.errors import Malformed, UserError
from limner.core.http import Frame, HttpCall, HttpReply, JsonBody, RawBody, Timeout
from limner.core.secret import Secret
from limner.transport import senders, timeouts
from limner.transport.auth import Credential
from limner.transport.client import MOST_REDIRECTS, Transport
from limner.transport.faults import Lost, NotSent, TooLarge
from limner.transport.frames import Frames, Framing
from limner.transport.port import Incoming, Sender, WireRequest
from limner.transport.pyreqwest_sender import PyreqwestSender
from tests.transport import upstream as behave
from tests.transport.conftest import Names
from tests.transport.upstream import Behaviour, Peer, Seen, Upstream

pytestmark = pytest.mark.anyio

KEY = Credential(Secret("s3cret"))


def profile(upstream: Upstream, concurrency: int = 16) -> Profile:
    return Profile(slug="acme", title="Acme", base_url=upstream.url("/v1"), concurrency=concurrency)


@pytest.fixture
async def transport(sender: Sender, upstream: Upstream) -> AsyncIterator[Transport]:
    """With each sender; `localhost` is a stranger whom the operator allows."""
    made = Transport(sender=sender, allow=frozenset({f"localhost:{upstream.port}"}))
    yield made
    await made.aclose()


# --- send --------------------------------------------------------------------------------


async def test_a_call_goes_out_and_the_answer_comes_back(transport: Transport, upstream: Upstream):
    call = HttpCall("POST", "/images", query=(("a", "b"),), body=JsonBody({"prompt": "x"}))
    reply = await transport.send(call, profile(upstream), KEY)
    seen = upstream.seen[0]
    assert (seen.method, seen.target, seen.body) == ("POST", "/v1/images?a=b", b'{"prompt":"x"}')
    assert seen.headers["authorization"] == "Bearer s3cret"
    assert (reply.status, reply.body, reply.url) == (200, b"ok", upstream.url("/v1/images?a=b"))
    assert reply.elapsed > 0


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_redirect_is_the_answer(transport: Transport, upstream: Upstream, method):
    upstream.on("/v1/x", behave.redirect("/v1/y", "307 Temporary Redirect"))
    reply = await transport.send(HttpCall(method, "/x"), profile(upstream), KEY)
    assert reply.status == 307
    assert len(upstream.seen) == 1


@pytest.mark.row("P2")
@pytest.mark.parametrize("behaviour", [behave.reset, behave.fin, behave.cut, behave.garbage])
async def test_nothing_is_ever_sent_twice(transport: Transport, upstream: Upstream, behaviour: Behaviour):
    upstream.on("/v1/paint", behaviour)
    await transport.send(HttpCall("GET", "/warm"), profile(upstream), KEY)
    with pytest.raises(Lost):
        await transport.send(HttpCall("POST", "/paint", body=RawBody(b"x")), profile(upstream), KEY)
    assert [seen.target for seen in upstream.seen] == ["/v1/warm", "/v1/paint"]


async def test_many_calls_of_one_credential_take_turns(transport: Transport, upstream: Upstream):
    inside: list[int] = []
    most: list[int] = []
    release = asyncio.Event()

    async def busy(peer: Peer, _seen: Seen) -> None:
        inside.append(1)
        most.append(len(inside))
        if len(inside) == 2:
            release.set()
        await release.wait()
        await asyncio.sleep(0)
        inside.pop()
        await peer.reply()

    upstream.on("/v1/x", busy)
    who = profile(upstream, concurrency=2)
    await asyncio.gather(*(transport.send(HttpCall("GET", "/x"), who, KEY) for _ in range(12)))
    assert (max(most), len(upstream.seen)) == (2, 12)


async def test_before_is_awaited_when_it_is_the_calls_turn(transport: Transport, upstream: Upstream):
    order: list[str] = []
    arrived, release = asyncio.Event(), asyncio.Event()

    async def hold(peer: Peer, seen: Seen) -> None:
        order.append(f"seen {seen.target}")
        arrived.set()
        await release.wait()
        await peer.reply()

    async def send(path: str) -> None:
        async def before() -> None:
            order.append(f"before {path}")

        await transport.send(HttpCall("GET", path), profile(upstream, concurrency=1), KEY, before=before)

    upstream.on("/v1/a", hold)
    upstream.on("/v1/b", hold)
    first = asyncio.ensure_future(send("/a"))
    await arrived.wait()
    second = asyncio.ensure_future(send("/b"))
    await asyncio.sleep(0)
    release.set()
    await asyncio.gather(first, second)
    assert order == ["before /a", "seen /v1/a", "before /b", "seen /v1/b"]


async def test_what_fails_before_is_not_sent(transport: Transport, upstream: Upstream):
    async def before() -> None:
        raise RuntimeError("no row")

    with pytest.raises(RuntimeError, match="no row"):
        await transport.send(HttpCall("GET", "/x"), profile(upstream), KEY, before=before)
    with pytest.raises(RuntimeError, match="no row"):
        async with transport.stream(
            HttpCall("GET", "/x"), profile(upstream), KEY, framing="sse", before=before
        ):
            pass
    assert upstream.seen == []


async def test_the_key_is_not_sent_to_a_stranger(transport: Transport, upstream: Upstream):
    with pytest.raises(Malformed):
        await transport.send(HttpCall("GET", upstream.url("/x", "localhost")), profile(upstream), KEY)
    assert upstream.seen == []


async def test_a_strangers_address_is_checked_when_sending_too(transport: Transport, upstream: Upstream):
    """Vendors name addresses for uploads and polls; they do not get to name ours."""
    call = HttpCall("PUT", "http://169.254.169.254/x", body=RawBody(b"x"), auth="none")
    with pytest.raises(UserError) as caught:
        await transport.send(call, profile(upstream), KEY)
    assert caught.value.code == "private_url"


async def test_too_much_is_too_large(transport: Transport, upstream: Upstream):
    upstream.on("/v1/big", behave.big)
    with pytest.raises(TooLarge):
        await transport.send(HttpCall("GET", "/big", most_bytes=1000), profile(upstream), KEY)


# --- stream ------------------------------------------------------------------------------


def answer(content_type: str, body: bytes, status: str = "200 OK") -> Behaviour:
    async def behave(peer: Peer, _seen: Seen) -> None:
        await peer.reply(body, f"Content-Type: {content_type}", status=status)

    return behave


def message(data: bytes) -> bytes:
    return len(data).to_bytes(4) + data


async def read(transport: Transport, upstream: Upstream, framing: Framing) -> list[Frame] | HttpReply:
    call = HttpCall("POST", "/stream", body=JsonBody({}), stream=framing)
    async with transport.stream(call, profile(upstream), KEY, framing=framing) as stream:
        if isinstance(stream, HttpReply):
            return stream
        assert isinstance(stream, Frames)
        assert stream.status == 200
        assert stream.headers["content-type"]
        return [frame async for frame in stream]


async def test_events_come_as_frames(transport: Transport, upstream: Upstream):
    body = b"event: partial\ndata: {}\n\n: ping\n\ndata: [DONE]\n\n"
    upstream.on("/v1/stream", answer("text/event-stream; charset=utf-8", body))
    assert await read(transport, upstream, "sse") == [Frame(b"{}", "partial"), Frame(b"[DONE]")]
    assert upstream.seen[0].headers["authorization"] == "Bearer s3cret"


@pytest.mark.parametrize("content_type", ["application/msgpack", "text/event-stream", "binary/octet-stream"])
async def test_messages_come_as_frames(transport: Transport, upstream: Upstream, content_type: str):
    body = message(b"\x81\xa1a\x01") + message(b"") + message(bytes(300))
    upstream.on("/v1/stream", answer(content_type, body))
    frames = await read(transport, upstream, "msgpack")
    assert frames == [Frame(b"\x81\xa1a\x01"), Frame(b""), Frame(bytes(300))]


@pytest.mark.parametrize(
    "case",
    [
        ("sse", "application/json", b'{"data": []}', "200 OK"),
        ("sse", "application/json", b'{"error": {}}', "429 Too Many Requests"),
        ("sse", "text/event-stream", b"data: no\n\n", "500 Internal Server Error"),
        ("msgpack", "application/json", b'{"data": []}', "200 OK"),
        ("msgpack", "binary/octet-stream", b"PK\x03\x04zip", "200 OK"),
        ("msgpack", "application/msgpack", b"", "200 OK"),
        ("msgpack", "application/msgpack", message(b"x"), "402 Payment Required"),
    ],
)
async def test_what_is_no_stream_comes_whole(
    transport: Transport, upstream: Upstream, case: tuple[Framing, str, bytes, str]
):
    framing, content_type, body, status = case
    upstream.on("/v1/stream", answer(content_type, body, status))
    reply = await read(transport, upstream, framing)
    assert isinstance(reply, HttpReply)
    assert (reply.status, reply.body, reply.media_type) == (int(status[:3]), body, content_type)
    assert reply.elapsed > 0


@pytest.mark.row("P2")
@pytest.mark.parametrize("framing", ["sse", "msgpack"])
async def test_a_stream_that_breaks_off_is_lost(transport: Transport, upstream: Upstream, framing: Framing):
    async def cut(peer: Peer, _seen: Seen) -> None:
        await peer.head("Content-Type: text/event-stream", "Content-Length: 1000")
        await peer.write(b"data: 1\n\n" if framing == "sse" else message(b"1"))
        peer.close()

    upstream.on("/v1/stream", cut)
    with pytest.raises(Lost) as caught:
        await read(transport, upstream, framing)
    assert (caught.value.stage, caught.value.status, len(upstream.seen)) == ("reading", 200, 1)


async def test_half_a_message_at_the_end_is_lost(transport: Transport, upstream: Upstream):
    upstream.on("/v1/stream", answer("application/msgpack", message(b"abc")[:-1]))
    with pytest.raises(Lost):
        await read(transport, upstream, "msgpack")


async def test_a_stream_keeps_its_turn_until_it_is_left(transport: Transport, upstream: Upstream):
    upstream.on("/v1/stream", answer("text/event-stream", b"data: 1\n\n"))
    who = profile(upstream, concurrency=1)
    call = HttpCall("GET", "/stream")
    async with transport.stream(call, who, KEY, framing="sse"):
        other = asyncio.ensure_future(transport.send(HttpCall("GET", "/x"), who, KEY))
        for _ in range(50):
            await asyncio.sleep(0)
        assert len(upstream.seen) == 1
    await other
    assert len(upstream.seen) == 2


# --- fetch -------------------------------------------------------------------------------


async def test_a_redirect_is_followed_and_the_key_stays_behind(transport: Transport, upstream: Upstream):
    upstream.on("/v1/file", behave.redirect(upstream.url("/cdn/a.png?sig=1", "localhost")))
    call = HttpCall("GET", "/file", headers={"X-Mine": "1"}, timeout=Timeout.TRANSFER)
    reply = await transport.fetch(call, profile(upstream), KEY)
    assert (reply.body, reply.url) == (b"ok", upstream.url("/cdn/a.png?sig=1", "localhost"))
    first, second = upstream.seen
    assert (first.headers["authorization"], first.headers["x-mine"]) == ("Bearer s3cret", "1")
    assert "authorization" not in second.headers
    assert "x-mine" not in second.headers


async def test_a_redirect_at_home_keeps_the_key(transport: Transport, upstream: Upstream):
    upstream.on("/v1/file", behave.redirect("/v1/other?x=1", "303 See Other"))
    await transport.fetch(HttpCall("GET", "/file", query=(("q", "1"),)), profile(upstream), KEY)
    assert [seen.target for seen in upstream.seen] == ["/v1/file?q=1", "/v1/other?x=1"]
    assert all(seen.headers["authorization"] == "Bearer s3cret" for seen in upstream.seen)


async def test_a_stranger_is_fetched_without_the_key(transport: Transport, upstream: Upstream):
    """Adapters may leave `auth` as it is: a paid picture is not lost over it."""
    await transport.fetch(HttpCall("GET", upstream.url("/x", "localhost")), profile(upstream), KEY)
    assert "authorization" not in upstream.seen[0].headers


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("http://169.254.169.254/latest/meta-data", "private_url"),
        ("http://127.0.0.1/admin", "private_url"),
        ("http://127.0.0.1:6379/", "bad_url"),
        ("file://localhost/etc/passwd", "bad_url"),
        ("http://user:pw@example.com/", "bad_url"),
        ("http://0x7f.1/", "bad_url"),
    ],
)
async def test_a_redirect_leads_nowhere_private(
    transport: Transport, upstream: Upstream, location: str, code: str
):
    upstream.on("/x", behave.redirect(location))
    with pytest.raises(UserError) as caught:
        await transport.fetch(HttpCall("GET", upstream.url("/x", "localhost")))
    assert caught.value.code == code
    assert len(upstream.seen) == 1


async def test_redirects_end(transport: Transport, upstream: Upstream):
    upstream.on("/v1/x", behave.redirect("/v1/x"))
    with pytest.raises(UserError) as caught:
        await transport.fetch(HttpCall("GET", "/x"), profile(upstream), KEY)
    assert caught.value.code == "too_many_redirects"
    assert len(upstream.seen) == MOST_REDIRECTS + 1


async def test_a_redirect_without_a_place_is_the_answer(transport: Transport, upstream: Upstream):
    upstream.on("/v1/x", answer("text/plain", b"", "304 Not Modified"))
    assert (await transport.fetch(HttpCall("GET", "/x"), profile(upstream), KEY)).status == 304


async def test_an_error_is_the_answer(transport: Transport, upstream: Upstream):
    upstream.on("/v1/x", answer("text/plain", b"gone", "410 Gone"))
    reply = await transport.fetch(HttpCall("GET", "/x"), profile(upstream), KEY)
    assert (reply.status, reply.body) == (410, b"gone")


async def test_fetching_does_not_wait_for_a_turn(transport: Transport, upstream: Upstream):
    who = profile(upstream, concurrency=1)
    upstream.on("/v1/stream", answer("text/event-stream", b"data: 1\n\n"))
    async with transport.stream(HttpCall("GET", "/stream"), who, KEY, framing="sse"):
        assert (await transport.fetch(HttpCall("GET", "/x"), who, KEY)).status == 200


async def test_a_fetch_ends_in_time(
    transport: Transport, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
):
    upstream.on("/v1/x", behave.stall)
    brief = timeouts.Seconds(connect=1, head=1, silence=1, total=0.2)
    monkeypatch.setitem(timeouts.SECONDS, Timeout.QUICK, brief)
    with pytest.raises(Lost):
        await transport.fetch(HttpCall("GET", "/x"), profile(upstream), KEY)


# --- pins, without a network -------------------------------------------------------------


class Recorder(Sender):
    """Sends nothing, and remembers everything."""

    def __init__(self, *locations: str) -> None:
        super().__init__(SystemClock())
        self.sent: list[WireRequest] = []
        self.locations = list(locations)
        self.closed = False

    @asynccontextmanager
    async def _exchange(self, request: WireRequest) -> AsyncGenerator[Incoming, None]:
        self.sent.append(request)

        async def body() -> AsyncGenerator[bytes, None]:
            yield b"ok"

        if self.locations:
            yield Incoming(302, {"location": self.locations.pop(0)}, body())
        else:
            yield Incoming(200, {}, body())

    async def aclose(self) -> None:
        self.closed = True


ACME = Profile(
    slug="acme", title="Acme", base_url="https://api.acme.test", trusted_hosts=("files.acme.test",)
)


async def test_every_hop_is_checked_and_pinned_anew():
    recorder = Recorder("https://b.test/2", "http://b.test/3")
    names = Names({"a.test": [("8.8.8.8",)], "b.test": [("1.1.1.1",), ("1.0.0.1",)]})
    transport = Transport(sender=recorder, resolver=names)
    await transport.fetch(HttpCall("GET", "https://a.test/1"))
    assert [(str(request.url), request.pin) for request in recorder.sent] == [
        ("https://a.test/1", "8.8.8.8"),
        ("https://b.test/2", "1.1.1.1"),
        ("http://b.test/3", "1.0.0.1"),
    ]
    await transport.aclose()
    assert recorder.closed


async def test_a_name_that_answers_differently_the_second_time_gains_nothing():
    recorder = Recorder("https://rebind.test/again")
    names = Names({"rebind.test": [("8.8.8.8",), ("127.0.0.1",)]})
    transport = Transport(sender=recorder, resolver=names)
    with pytest.raises(UserError) as caught:
        await transport.fetch(HttpCall("GET", "https://rebind.test/"))
    assert caught.value.code == "private_url"
    assert [request.pin for request in recorder.sent] == ["8.8.8.8"]


async def test_providers_themselves_are_not_looked_up():
    recorder = Recorder()
    transport = Transport(sender=recorder, resolver=Names({}))
    await transport.send(HttpCall("POST", "/x"), ACME, KEY)
    await transport.fetch(HttpCall("GET", "https://files.acme.test/x"), ACME, KEY)
    assert [request.pin for request in recorder.sent] == [None, None]
    assert all("s3cret" in str(request.headers) for request in recorder.sent)


async def test_an_operators_private_server_needs_no_permission():
    recorder = Recorder()
    transport = Transport(sender=recorder, resolver=Names({}))
    own = Credential(base_url="http://10.0.0.5:8188")
    await transport.send(HttpCall("POST", "/prompt"), ACME, own)
    await transport.fetch(HttpCall("GET", "http://10.0.0.5:8188/view"), ACME, own)
    with pytest.raises(UserError):
        await transport.fetch(HttpCall("GET", "http://10.0.0.6/view"), ACME, own)
    assert len(recorder.sent) == 2


async def test_a_call_that_waits_holds_no_written_body():
    """Ten thousand may wait: bodies are written when it is their turn."""
    recorder = Recorder()
    transport = Transport(sender=recorder)
    who = Profile(slug="a", title="A", base_url="https://a.test", concurrency=1)
    bad = HttpCall("POST", "/x", body=JsonBody({"x": object()}))
    async with transport._turn(bad, who, None):
        task = asyncio.ensure_future(transport.send(bad, who, None))
        for _ in range(20):
            await asyncio.sleep(0)
        assert not task.done()  # it has not even looked at its body
    with pytest.raises(TypeError):
        await task


async def test_no_turn_in_time_was_not_sent(monkeypatch: pytest.MonkeyPatch):
    recorder = Recorder()
    transport = Transport(sender=recorder)
    who = Profile(slug="a", title="A", base_url="https://a.test", concurrency=1)
    brief = timeouts.Seconds(connect=1, head=1, silence=1, total=0.01)
    monkeypatch.setitem(timeouts.SECONDS, Timeout.QUICK, brief)
    call = HttpCall("GET", "/x")
    async with transport._turn(call, who, None):
        with pytest.raises(NotSent) as caught:
            await transport.send(call, who, None)
    assert caught.value.reason == "pool"
    assert recorder.sent == []


# --- what is loaded ----------------------------------------------------------------------


def test_the_sender_is_loaded_with_the_first_call():
    check = (
        "import sys, limner, limner.transport.client as c; t = c.Transport();"
        "print([m for m in ('pyreqwest', 'httpx2') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


async def test_the_faster_sender_is_chosen_and_the_other_where_it_is_missing(
    monkeypatch: pytest.MonkeyPatch,
):
    chosen = senders.make_sender(SystemClock())
    assert isinstance(chosen, PyreqwestSender)
    await chosen.aclose()
    monkeypatch.setitem(sys.modules, "limner.transport.pyreqwest_sender", None)
    other = senders.make_sender(SystemClock())
    assert type(other).__name__ == "HttpxSender"
    await other.aclose()
