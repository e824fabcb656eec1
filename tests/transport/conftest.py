import socket
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from limner.core.clock import SystemClock
from limner.transport.httpx_sender import HttpxSender
from limner.transport.port import Sender, WireRequest
from limner.transport.pyreqwest_sender import PyreqwestSender
from limner.transport.timeouts import Seconds
from limner.transport.urls import Url
from tests.transport.upstream import Upstream

PATIENT = Seconds(connect=5, head=5, silence=5, total=10)
# Only what never comes in the test is waited for briefly, so that a busy machine changes nothing.
NO_HEAD = Seconds(connect=5, head=0.5, silence=5, total=10)
NO_BODY = Seconds(connect=5, head=5, silence=0.3, total=10)


def wire(
    method: str,
    url: str,
    body: bytes | None = None,
    *,
    headers: tuple[tuple[str, str], ...] = (),
    seconds: Seconds = PATIENT,
    most_bytes: int = 16 * 1024 * 1024,
    pin: str | None = None,
) -> WireRequest:
    return WireRequest(method, Url.parse(url), seconds, headers, body, most_bytes, pin)


class Names:
    """A resolver with a book of its own: for each name its answers, one after the other."""

    def __init__(self, book: dict[str, list[tuple[str, ...] | OSError]]) -> None:
        self.book = book
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> tuple[str, ...]:
        self.asked.append(host)
        found = self.book[host].pop(0)
        if isinstance(found, OSError):
            raise found
        return found


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with Upstream() as server:
        yield server


@pytest.fixture(params=[PyreqwestSender, HttpxSender], ids=["pyreqwest", "httpx2"])
async def sender(request: pytest.FixtureRequest, upstream: Upstream) -> AsyncIterator[Sender]:
    """Each implementation, trusting the test's certificates."""
    make: Callable[..., Sender] = request.param
    made = make(SystemClock(), upstream.roots)
    yield made
    await made.aclose()


@pytest.fixture
def nobody_listens() -> Iterator[int]:
    """A port that refuses connections."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]
