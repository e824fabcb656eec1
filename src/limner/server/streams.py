"""Server-sent events: what a run says while it goes on."""

from collections.abc import AsyncIterator
from typing import Final

from starlette.responses import StreamingResponse

ALIVE: Final = b": still painting\n\n"
"""A comment, which clients skip; it keeps proxies from closing a silent connection."""


def event(name: str, data: bytes) -> bytes:
    """One event.

    Args:
        name: what happened.
        data: JSON on one line.
    """
    return b"".join((b"event: ", name.encode(), b"\ndata: ", data, b"\n\n"))


def answer(events: AsyncIterator[bytes]) -> StreamingResponse:
    """An answer that is written as events come."""
    return StreamingResponse(
        events,
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )
