"""An answer as frames while it comes, or whole where it is no stream."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, Literal

from limner.core.http import Frame, Headers, HttpReply
from limner.transport.faults import Lost
from limner.transport.length_prefixed import LengthPrefixedParser
from limner.transport.port import Incoming
from limner.transport.sse import SseParser
from limner.transport.urls import Url

Framing = Literal["sse", "msgpack"]
_FIRST_TEXT: Final = 0x09


@dataclass(frozen=True, slots=True)
class Frames:
    """The frames of a successful answer. To be iterated once.

    Iterating raises `Lost` when the stream breaks off, and `TooLarge` when it goes on too long.
    """

    status: int
    headers: Headers
    _frames: AsyncIterator[Frame] = field(repr=False)

    def __aiter__(self) -> AsyncIterator[Frame]:
        """The frames as they come."""
        return self._frames


async def answer(incoming: Incoming, framing: Framing, url: Url) -> Frames | HttpReply:
    """Tell a stream from a whole answer.

    Args:
        incoming: an answer whose head has come.
        framing: how the adapter expects it to be divided.
        url: where it comes from.

    Returns:
        The frames where the answer is a success and of that kind. Otherwise all of it.
    """
    chunks = incoming.chunks
    success = HTTPStatus.OK <= incoming.status < HTTPStatus.MULTIPLE_CHOICES
    media_type = incoming.headers.get("content-type", "").partition(";")[0].strip().lower()
    if success and framing == "sse" and media_type == "text/event-stream":
        return Frames(incoming.status, incoming.headers, _events(chunks))
    if success and framing == "msgpack":
        first = bytes(await anext(chunks, b""))
        chunks = _again(first, chunks)
        # The greatest byte of a length is near zero; JSON, HTML and ZIP begin with a letter or a bracket.
        if first and first[0] < _FIRST_TEXT:
            messages = _messages(chunks, url.authority, incoming.status)
            return Frames(incoming.status, incoming.headers, messages)
    body = b"".join([chunk async for chunk in chunks])
    return HttpReply(incoming.status, incoming.headers, body, str(url))


async def _events(chunks: AsyncIterator[bytes | memoryview]) -> AsyncIterator[Frame]:
    parser = SseParser()
    async for chunk in chunks:
        for frame in parser.feed(chunk):
            yield frame
    for frame in parser.finish():
        yield frame


async def _messages(
    chunks: AsyncIterator[bytes | memoryview], host: str, status: int
) -> AsyncIterator[Frame]:
    parser = LengthPrefixedParser()
    async for chunk in chunks:
        for frame in parser.feed(chunk):
            yield frame
    if parser.open:
        raise Lost("reading", host=host, status=status, detail="the last message is incomplete")


async def _again(first: bytes, rest: AsyncIterator[bytes | memoryview]) -> AsyncIterator[bytes | memoryview]:
    """The chunks with the one that was looked at put back before them."""
    yield first
    async for chunk in rest:
        yield chunk
