"""The sandbox on a real socket, on this machine only."""

import ipaddress
import socket
import sys
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress

import uvicorn

from limner.core.clock import Clock
from limner.core.errors import UserError
from limner.sandbox.app import VENDORS, Sandbox
from limner.sandbox.wire import WiredProtocol

_LOOPBACK = "127.0.0.1"


class RunningSandbox(Sandbox):
    """A sandbox that listens. Its bill, faults and requests may be used from any thread."""

    root: str = ""
    """Where it listens: `http://127.0.0.1:41234`."""

    def url(self, slug: str, path: str | None = None) -> str:
        """The address of an emulator.

        Args:
            slug: which one: `openai`; or `_sandbox`, the admin API.
            path: below the slug. Absent: the base URL its clients want, such as `/v1`.
        """
        bases = {vendor.slug: vendor.base for vendor in VENDORS} | {"_sandbox": ""}
        return f"{self.root}/{slug}{bases[slug] if path is None else path}"

    def key(self, slug: str) -> str:
        """A key that an emulator accepts.

        Args:
            slug: which one: `openai`.
        """
        return next(vendor.key for vendor in VENDORS if vendor.slug == slug)


class _Server(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config, on_listening: Callable[[], object]) -> None:
        super().__init__(config)
        self._on_listening = on_listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        self._on_listening()

    @property
    def root(self) -> str:
        """Where it listens."""
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _config(app: Sandbox, host: str, port: int) -> uvicorn.Config:
    require_loopback(host)
    return uvicorn.Config(
        app,
        host,
        port,
        http=WiredProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        timeout_graceful_shutdown=0,
    )


def require_loopback(host: str) -> None:
    """Refuse to listen where another machine could reach the sandbox.

    Raises:
        UserError: the host is not this machine.

    Example:
        >>> require_loopback("::1")
    """
    try:
        local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        raise UserError(
            f"The sandbox does not listen on {host!r}.",
            code="not_loopback",
            field="host",
            remedy="Use 127.0.0.1.",
        )


@contextmanager
def running_sandbox(
    clock: Clock | None = None,
    *,
    port: int = 0,
    seed: int = 0,
    rates: Mapping[str, int] | None = None,
    polls: int = 2,
) -> Generator[RunningSandbox, None, None]:
    """Run the sandbox in a thread of its own while the block lasts.

    Args:
        clock: see `Sandbox`.
        port: where to listen. 0: on any free one.
        seed: see `Sandbox`.
        rates: see `Sandbox`.
        polls: see `Sandbox`.

    Raises:
        RuntimeError: it could not listen, most likely because the port is taken.
    """
    sandbox = RunningSandbox(clock, seed=seed, rates=rates, polls=polls)
    listening = threading.Event()
    server = _Server(_config(sandbox, _LOOPBACK, port), listening.set)

    def run() -> None:
        with suppress(SystemExit):  # uvicorn's way to say that the port is taken
            server.run()
        listening.set()

    thread = threading.Thread(target=run, name="sandbox", daemon=True)
    thread.start()
    listening.wait()
    if not server.started:
        raise RuntimeError(f"the sandbox could not listen on port {port}")
    sandbox.root = server.root
    try:
        yield sandbox
    finally:
        server.should_exit = True
        thread.join()


def describe(root: str) -> str:
    """What is where, for people.

    Args:
        root: where the sandbox listens.
    """
    width = max(len(vendor.slug) for vendor in VENDORS)
    emulators = "\n".join(
        f"  {vendor.slug:<{width}}  {root}/{vendor.slug}{vendor.base}  key {vendor.key}" for vendor in VENDORS
    )
    hints = "\n".join(f"  {vendor.slug:<{width}}  {hint}" for vendor in VENDORS for hint in vendor.hints)
    return (
        f"Limner's sandbox: emulated providers, emulated money.\n{emulators}\n\n"
        f"  bill      GET  {root}/_sandbox/bill\n"
        f"  requests  GET  {root}/_sandbox/requests\n"
        f'  faults    POST {root}/_sandbox/faults  {{"kind": "reset-after-billed", "provider": "openai"}}\n'
        f"  reset     POST {root}/_sandbox/reset\n\n"
        "Any key of the vendor's form works. One that contains invalid, empty or forbidden is treated so.\n"
        "A prompt with forbidden-violence is refused; with forbidden-output-violence, after painting.\n"
        f"{hints}\n"
    )


def serve(
    host: str = _LOOPBACK, port: int = 8790, *, announce: Callable[[str], object] | None = None
) -> None:
    """Run the sandbox until it is interrupted.

    Args:
        host: an address of this machine.
        port: where to listen. 0: on any free one.
        announce: is given what is where, once it listens. Absent: standard output.

    Raises:
        UserError: the host is not this machine.
        SystemExit: it could not listen.
    """
    say = announce or _say
    server = _Server(_config(Sandbox(), host, port), lambda: say(describe(server.root)))
    with suppress(KeyboardInterrupt):
        server.run()


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
