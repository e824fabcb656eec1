"""`limner serve`: the HTTP gateway and the studio."""

import asyncio
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import Annotated

import typer
import uvicorn

from limner.cli.exits import Exit
from limner.cli.home import opened, settled
from limner.cli.listen import check_port
from limner.cli.say import say
from limner.core.errors import UserError
from limner.providers import registry
from limner.sandbox.app import VENDORS
from limner.sandbox.server import RunningSandbox, running_sandbox
from limner.server.app import create_app
from limner.server.guard import is_loopback
from limner.server.log import write_lines
from limner.settings import Settings

app = typer.Typer(add_completion=False, rich_markup_mode="rich")


@app.command()
def serve(
    host: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="An address of this machine; 127.0.0.1.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(metavar="PORT", help="8000; 0 takes any free one.", min=0, max=65535)
    ] = None,
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help="Every provider is emulated: no key is used, nothing is billed.")
    ] = False,
    no_store: Annotated[
        bool, typer.Option("--no-store", help="Remember nothing after the end; budgets are not kept.")
    ] = False,
) -> int:
    """Serve the studio, the native API and the OpenAI dialect on this machine, until Ctrl-C."""
    settings = settled(remember=not (no_store or sandbox))
    host = settings.host if host is None else host
    port = settings.port if port is None else port
    _check_host(host)
    check_port(host, port)
    write_lines()
    with ExitStack() as stack:
        if sandbox:
            settings = stack.enter_context(_emulated(settings))
        config = uvicorn.Config(
            create_app(opened(settings, server=True), settings),
            host,
            port,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=30,
        )
        with suppress(KeyboardInterrupt):  # which is how it is stopped
            asyncio.run(_Server(config).serve())
    return Exit.OK


def _check_host(host: str) -> None:
    if not is_loopback(host):
        raise UserError(
            f"Limner does not listen on {host!r}: there are no logins, and whoever reaches it can spend.",
            code="not_loopback",
            field="host",
            remedy="Use 127.0.0.1, and a tunnel or a reverse proxy with a login to reach it from elsewhere.",
        )


class _Server(uvicorn.Server):
    """Says where it listens, once it does."""

    async def startup(self, sockets: object = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)  # pyright: ignore[reportArgumentType]
        if self.started:
            say(f"Limner is on {self._root()}", "bold")
            say(f"  OpenAI clients: base_url={self._root()}/v1\n  Ctrl-C stops it.")

    def _root(self) -> str:
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"


@contextmanager
def _emulated(settings: Settings) -> Generator[Settings]:
    """Settings under which every provider is the sandbox. No key of the person's is in them."""
    with running_sandbox() as sandbox:
        say(f"Every provider is emulated; the bill is at {sandbox.url('_sandbox', '/bill')}", "bold yellow")
        yield settings.model_copy(
            update={
                "environ": _emulated_environ(sandbox),
                "private_hosts": settings.private_hosts | {sandbox.root.removeprefix("http://")},
                "config": settings.config_file(),
            }
        )


def _emulated_environ(sandbox: RunningSandbox) -> Mapping[str, str]:
    environ: dict[str, str] = {}
    emulated = {vendor.slug for vendor in VENDORS}
    for slug, adapter in registry.load_all().items():
        profile = adapter.profile
        if slug not in emulated or profile.base_url_name is None:
            environ[Settings.flag(slug)] = "false"
            continue
        environ[profile.base_url_name] = sandbox.url(slug)
        environ |= dict.fromkeys(profile.key_names[:1], sandbox.key(slug))
    return environ
