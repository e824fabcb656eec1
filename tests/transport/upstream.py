"""A server on this machine that misbehaves on demand, and counts what it has seen."""

import asyncio
import gzip
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

import trustme

HUGE = 64 * 1024 * 1024
BIG = bytes(range(256)) * (4 * 1024 * 1024 // 256)


@dataclass
class Seen:
    """One request that was read to its end."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class Peer:
    """The server's end of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def write(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def reply(self, body: bytes = b"ok", *heads: str, status: str = "200 OK") -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *heads, "", ""]
        await self.write("\r\n".join(lines).encode() + body)

    async def head(self, *heads: str, status: str = "200 OK") -> None:
        await self.write("\r\n".join([f"HTTP/1.1 {status}", *heads, "", ""]).encode())

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        sock: socket.socket = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    def close(self) -> None:
        self.writer.close()

    async def lost(self) -> None:
        """Drop the connection, and wait until the loop has let go of it."""
        with suppress(AttributeError):  # an older asyncio, when TLS has let go of it already
            self.writer.transport.abort()
        with suppress(OSError):
            await self.writer.wait_closed()

    async def gone(self) -> None:
        """Wait until the other side has closed."""
        try:
            while await self.reader.read(65536):
                pass
        except ConnectionError:
            pass


Behaviour = Callable[[Peer, Seen], Awaitable[object]]


@dataclass
class Upstream:
    """Answers each path as its behaviour says, over plain HTTP and TLS."""

    behaviours: dict[str, Behaviour] = field(default_factory=dict[str, Behaviour])
    seen: list[Seen] = field(default_factory=list[Seen])
    connections: int = 0
    instead: Callable[[Peer], Awaitable[None]] | None = None
    """What to do with a new connection instead of reading requests from it."""
    names: tuple[str, ...] = ("localhost", "127.0.0.1")
    port: int = 0
    tls_port: int = 0
    ca: trustme.CA = field(default_factory=trustme.CA)

    async def __aenter__(self) -> Self:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ca.issue_cert(*self.names).configure_cert(context)
        self._tasks: set[asyncio.Task[None]] = set()
        self._peers: list[Peer] = []
        self._servers = [
            await asyncio.start_server(self._connected, "127.0.0.1", 0),
            await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=context),
        ]
        self.port, self.tls_port = (server.sockets[0].getsockname()[1] for server in self._servers)
        return self

    async def __aexit__(self, *_: object) -> None:
        for server in self._servers:
            server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for peer in self._peers:
            await peer.lost()
        for server in self._servers:
            await server.wait_closed()

    @property
    def roots(self) -> bytes:
        return self.ca.cert_pem.bytes()

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def tls_url(self, path: str, host: str = "localhost") -> str:
        return f"https://{host}:{self.tls_port}{path}"

    def on(self, path: str, behaviour: Behaviour) -> None:
        self.behaviours[path] = behaviour

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A plain function, so that the tasks are ours to cancel.
        self.connections += 1
        peer = Peer(reader, writer)
        self._peers.append(peer)
        task = asyncio.ensure_future(self._serve(peer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, peer: Peer) -> None:
        try:
            if self.instead:
                await self.instead(peer)
                return
            while not peer.writer.is_closing():
                seen = await self._read(peer)
                self.seen.append(seen)
                await self.behaviours.get(seen.target.partition("?")[0], ok)(peer, seen)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            peer.close()

    async def _read(self, peer: Peer) -> Seen:
        head = (await peer.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip("\r\n").split("\r\n")
        method, target, _ = first.split(" ")
        headers = {
            name.strip().lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)
        }
        body = await peer.reader.readexactly(int(headers.get("content-length", "0")))
        return Seen(method, target, headers, body)


async def hang_up(peer: Peer) -> None:
    peer.close()


async def hang_up_hard(peer: Peer) -> None:
    peer.reset()


async def ignore(_peer: Peer) -> None:
    await asyncio.Event().wait()


async def refuse_early(peer: Peer) -> None:
    """Answer when only the head of the request was read."""
    await peer.reader.readuntil(b"\r\n\r\n")
    await peer.reply(b"too much", "Connection: close", status="413 Payload Too Large")
    await peer.gone()


async def ok(peer: Peer, _seen: Seen) -> None:
    await peer.reply()


async def reset(peer: Peer, _seen: Seen) -> None:
    peer.reset()


async def fin(peer: Peer, _seen: Seen) -> None:
    peer.close()


async def stall(peer: Peer, _seen: Seen) -> None:
    await peer.gone()


async def stall_in_body(peer: Peer, _seen: Seen) -> None:
    await peer.head("Content-Length: 100")
    await peer.write(b"begun")
    await peer.gone()


async def cut(peer: Peer, _seen: Seen) -> None:
    await peer.head("Content-Length: 100")
    await peer.write(b"x" * 50)
    peer.close()


async def cut_by_reset(peer: Peer, _seen: Seen) -> None:
    await peer.head("Content-Length: 100")
    await peer.write(b"x" * 50)
    peer.reset()


async def cut_in_chunks(peer: Peer, _seen: Seen) -> None:
    await peer.head("Transfer-Encoding: chunked")
    await peer.write(b"5\r\nhello\r\n")
    peer.close()


async def bad_chunk(peer: Peer, _seen: Seen) -> None:
    await peer.head("Transfer-Encoding: chunked")
    await peer.write(b"5\r\nhello\r\nzz\r\n")
    peer.close()


async def garbage(peer: Peer, _seen: Seen) -> None:
    await peer.write(b"\x16\x03\x01 this is not HTTP\r\n\r\n\r\n")
    peer.close()


async def endless_head(peer: Peer, _seen: Seen) -> None:
    await peer.write(b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 2_000_000)
    peer.close()


async def bad_gzip(peer: Peer, _seen: Seen) -> None:
    await peer.reply(b"this is not gzip", "Content-Encoding: gzip")


async def cut_gzip(peer: Peer, _seen: Seen) -> None:
    await peer.reply(gzip.compress(BIG)[:-100], "Content-Encoding: gzip")


async def chunked(peer: Peer, _seen: Seen) -> None:
    await peer.head("Transfer-Encoding: chunked")
    for piece in (b"one ", b"two ", b"three"):
        await peer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
    await peer.write(b"0\r\n\r\n")


async def until_close(peer: Peer, _seen: Seen) -> None:
    await peer.head("Connection: close")
    await peer.write(b"all there is")
    peer.close()


async def gzipped(peer: Peer, _seen: Seen) -> None:
    await peer.reply(gzip.compress(BIG), "Content-Encoding: gzip")


async def trickle(peer: Peer, _seen: Seen) -> None:
    await peer.head("Content-Length: 20")
    for number in range(20):
        await peer.write(b"%d" % (number % 10))
        await asyncio.sleep(0)


async def hints(peer: Peer, _seen: Seen) -> None:
    await peer.head("Link: </a.css>", status="103 Early Hints")
    await peer.reply(b"after hints")


async def no_content(peer: Peer, _seen: Seen) -> None:
    await peer.head(status="204 No Content")


async def big(peer: Peer, _seen: Seen) -> None:
    await peer.reply(BIG)


async def headers(peer: Peer, _seen: Seen) -> None:
    await peer.write(
        b"HTTP/1.1 200 OK\r\nX-Two: a\r\nX-Two: b\r\nX-Odd: caf\xc3\xa9\r\nX-Latin: caf\xe9\r\n"
        b"Set-Cookie: kept=yes; Path=/\r\nX-Request-Id: r1\r\nContent-Length: 2\r\n\r\nok"
    )


async def announced(peer: Peer, _seen: Seen) -> None:
    await peer.head(f"Content-Length: {HUGE}")
    await peer.gone()


async def longer_than_said(peer: Peer, _seen: Seen) -> None:
    await peer.head("Content-Length: 5")
    await peer.write(b"hello and more than was announced")
    peer.close()


@dataclass
class Flood:
    """Writes without end, and knows how much it got rid of."""

    written: int = 0

    async def __call__(self, peer: Peer, _seen: Seen) -> None:
        await peer.head("Connection: close")
        piece = b"x" * 65536
        while self.written < HUGE:
            await peer.write(piece)
            self.written += len(piece)
        peer.close()


def bomb() -> Behaviour:
    """64 MiB of zeros, in 64 KiB of gzip."""
    packed = gzip.compress(bytes(HUGE))

    async def behave(peer: Peer, _seen: Seen) -> None:
        await peer.reply(packed, "Content-Encoding: gzip")

    return behave


def redirect(location: str, status: str = "302 Found") -> Behaviour:
    async def behave(peer: Peer, _seen: Seen) -> None:
        await peer.reply(b"", f"Location: {location}", status=status)

    return behave
