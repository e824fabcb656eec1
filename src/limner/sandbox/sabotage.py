"""How each fault is carried out on a request."""

import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

import pybase64
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from limner.core.clock import Clock
from limner.sandbox.faults import Fault, FaultKind
from limner.sandbox.wire import Wire

_LONG_ENOUGH_FOR_A_PICTURE: Final = 100  # longer than any id
_BASE64: Final = re.compile(r"(?:data:[^,]*,)?[A-Za-z0-9+/_-]+={0,2}")
_CHUNK: Final = 64 * 1024
_SLEEP_THEMSELVES: Final = {FaultKind.LATENCY, FaultKind.STALLED_BODY}

Serve = Callable[[Receive, Send], Awaitable[None]]


@dataclass(slots=True)
class Recorded:
    """A reply that was made and not yet sent."""

    status: int = 200
    headers: list[tuple[bytes, bytes]] = field(default_factory=list[tuple[bytes, bytes]])
    chunks: list[bytes] = field(default_factory=list[bytes])

    @property
    def body(self) -> bytes:
        """The whole body."""
        return b"".join(self.chunks)

    async def keep(self, message: Message) -> None:
        """Take the place of `send`."""
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
        else:
            self.chunks.append(message.get("body", b""))

    def without(self, *names: bytes) -> list[tuple[bytes, bytes]]:
        """The headers without some."""
        return [(name, value) for name, value in self.headers if name.lower() not in names]


@dataclass(frozen=True, slots=True)
class Scene:
    """A request that meets a fault."""

    fault: Fault
    scope: Scope
    receive: Receive
    send: Send
    serve: Serve
    """The emulator behind it."""
    failure: Callable[[int, str], Response]
    clock: Clock
    wire: Wire

    async def recorded(self) -> Recorded:
        """Let the emulator work, and keep what it answers."""
        record = Recorded()
        await self.serve(self.receive, record.keep)
        return record

    async def answer(self, response: Response) -> None:
        """Answer instead of the emulator."""
        await response(self.scope, self.receive, self.send)

    async def part(self, record: Recorded, share: float) -> int:
        """Send headers that promise the whole body, and the first part of it.

        Returns:
            How many bytes of the body were sent.
        """
        sent = int(len(record.body) * share)
        headers = [*record.without(b"content-length"), (b"content-length", b"%d" % len(record.body))]
        await self.send({"type": "http.response.start", "status": record.status, "headers": headers})
        await self.send({"type": "http.response.body", "body": record.body[:sent], "more_body": True})
        return sent

    async def gone(self) -> None:
        """Wait until the connection is no more."""
        while (await self.receive())["type"] != "http.disconnect":
            pass

    async def drained(self) -> None:
        """Read the body and forget it."""
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect" or not message.get("more_body"):
                return


async def carry_out(scene: Scene) -> None:
    """Let a request meet its fault.

    Args:
        scene: the request, the emulator behind it, and the fault.
    """
    fault = scene.fault
    if fault.seconds and fault.kind not in _SLEEP_THEMSELVES:
        await scene.clock.sleep(fault.seconds)
    await _ACTS[fault.kind](scene)


async def _late(scene: Scene) -> None:
    """The work is done and billed at once; only the answer is late."""
    record = await scene.recorded()
    await scene.clock.sleep(scene.fault.seconds)
    await scene.send({"type": "http.response.start", "status": record.status, "headers": record.headers})
    for chunk in record.chunks[:-1]:
        await scene.send({"type": "http.response.body", "body": chunk, "more_body": True})
    await scene.send({"type": "http.response.body", "body": record.chunks[-1]})


async def _status(scene: Scene) -> None:
    await scene.drained()
    response = scene.failure(scene.fault.status, "The sandbox was asked to fail here.")
    if scene.fault.retry_after is not None:
        response.headers["retry-after"] = f"{scene.fault.retry_after:g}"
    await scene.answer(response)


async def _bad_gateway(scene: Scene) -> None:
    await scene.drained()
    page = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
    await scene.answer(Response(page, 502, media_type="text/html"))


async def _reset_before_read(scene: Scene) -> None:
    scene.wire.reset()
    await scene.gone()


async def _reset_before_billed(scene: Scene) -> None:
    await scene.drained()
    scene.wire.reset()
    await scene.gone()


async def _reset_after_billed(scene: Scene) -> None:
    await scene.recorded()
    scene.wire.reset()
    await scene.gone()


async def _truncated(scene: Scene) -> None:
    await scene.part(await scene.recorded(), 0.5)
    scene.wire.close()
    await scene.gone()


async def _stalled(scene: Scene) -> None:
    record = await scene.recorded()
    sent = await scene.part(record, 0.5)
    if not scene.fault.seconds:
        await scene.gone()
        return
    await scene.clock.sleep(scene.fault.seconds)
    await scene.send({"type": "http.response.body", "body": record.body[sent:]})


async def _send_as(
    scene: Scene, record: Recorded, body: bytes, content_type: bytes | None = None, status: int | None = None
) -> None:
    headers = record.without(b"content-length", *([b"content-type"] if content_type else []))
    headers.append((b"content-length", b"%d" % len(body)))
    if content_type:
        headers.append((b"content-type", content_type))
    start: Message = {"type": "http.response.start", "status": status or record.status, "headers": headers}
    await scene.send(start)
    await scene.send({"type": "http.response.body", "body": body})


async def _wrong_content_type(scene: Scene) -> None:
    record = await scene.recorded()
    await _send_as(scene, record, record.body, b"text/html; charset=utf-8")


async def _garbage(scene: Scene) -> None:
    record = await scene.recorded()
    noise = hashlib.sha256(record.body[:1024]).digest() * 8
    await _send_as(scene, record, noise, status=200)


async def _oversize(scene: Scene) -> None:
    record = await scene.recorded()
    await scene.send(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": record.without(b"content-length"),
        }
    )
    left = scene.fault.size
    while left > 0 and not scene.wire.lost:
        body = b" " * min(_CHUNK, left)
        left -= len(body)
        await scene.send({"type": "http.response.body", "body": body, "more_body": left > 0})


async def _changed_json(scene: Scene, change: Callable[[Any], Any], otherwise: bytes) -> None:
    record = await scene.recorded()
    body = otherwise
    if b"json" in dict(record.headers).get(b"content-type", b""):
        body = json.dumps(change(json.loads(record.body))).encode()
    await _send_as(scene, record, body)


async def _invalid_base64(scene: Scene) -> None:
    await _changed_json(scene, _broken, b"!! not a picture !!")


async def _empty_data(scene: Scene) -> None:
    await _changed_json(scene, _emptied, b"")


async def _cut_stream(scene: Scene) -> None:
    left = scene.fault.frames

    async def send(message: Message) -> None:
        nonlocal left
        if message["type"] == "http.response.start":
            await scene.send(message)
        elif left > 0:
            left -= 1
            await scene.send({**message, "more_body": True})
        if left == 0 and not scene.wire.lost:
            scene.wire.close()

    await scene.serve(scene.receive, send)
    await scene.gone()


_ACTS: Final[Mapping[FaultKind, Callable[[Scene], Awaitable[None]]]] = {
    FaultKind.LATENCY: _late,
    FaultKind.STATUS: _status,
    FaultKind.BAD_GATEWAY: _bad_gateway,
    FaultKind.RESET_BEFORE_READ: _reset_before_read,
    FaultKind.RESET_BEFORE_BILLED: _reset_before_billed,
    FaultKind.RESET_AFTER_BILLED: _reset_after_billed,
    FaultKind.TRUNCATED_BODY: _truncated,
    FaultKind.STALLED_BODY: _stalled,
    FaultKind.WRONG_CONTENT_TYPE: _wrong_content_type,
    FaultKind.GARBAGE_BODY: _garbage,
    FaultKind.OVERSIZE_BODY: _oversize,
    FaultKind.INVALID_BASE64: _invalid_base64,
    FaultKind.EMPTY_DATA: _empty_data,
    FaultKind.CUT_STREAM: _cut_stream,
}


def _is_picture(text: str) -> bool:
    if len(text) < _LONG_ENOUGH_FOR_A_PICTURE or not _BASE64.fullmatch(text):
        return False
    try:
        pybase64.b64decode(text.rpartition(",")[2], validate=True)
    except ValueError:
        return False
    return True


def _broken(value: Any) -> Any:
    if isinstance(value, str):
        return f"%%{value[3:-1]}" if _is_picture(value) else value
    if isinstance(value, list):
        return [_broken(item) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {name: _broken(item) for name, item in cast("dict[str, Any]", value).items()}
    return value


def _emptied(value: Any) -> Any:
    if isinstance(value, list):
        return []
    if isinstance(value, dict):
        return {name: _emptied(item) for name, item in cast("dict[str, Any]", value).items()}
    return value
