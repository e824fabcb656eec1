"""The real server on a real socket of this machine, for as long as a block lasts."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from limner.assembly import Assembly, assemble
from limner.core.clock import Clock
from limner.server.app import create_app
from limner.server.bodies import Limits
from limner.settings import Settings


@dataclass(frozen=True)
class Live:
    """A server that listens."""

    root: str
    """`http://127.0.0.1:41234`."""
    assembly: Assembly


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, listening: threading.Event) -> None:
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: object = None) -> None:
        await super().startup(sockets)  # pyright: ignore[reportArgumentType]
        self._listening.set()


@contextmanager
def running_gateway(
    settings: Settings, *, clock: Clock | None = None, limits: Limits | None = None, port: int = 0
) -> Iterator[Live]:
    """Serve in a thread of its own."""
    assembly = assemble(settings, clock=clock)
    listening = threading.Event()
    app = create_app(assembly, settings, limits=limits)
    config = uvicorn.Config(app, "127.0.0.1", port, log_level="critical", timeout_graceful_shutdown=5)
    server = _Server(config, listening)
    thread = threading.Thread(target=server.run, name="gateway", daemon=True)
    thread.start()
    listening.wait()
    host, port = server.servers[0].sockets[0].getsockname()[:2]
    try:
        yield Live(f"http://{host}:{port}", assembly)
    finally:
        server.should_exit = True
        thread.join()
