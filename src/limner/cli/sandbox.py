"""`limner sandbox`: emulated providers, with faults on demand and a bill."""

from typing import Annotated

import typer

from limner.cli.exits import Exit
from limner.cli.listen import check_port
from limner.sandbox.server import require_loopback, serve

app = typer.Typer(add_completion=False, rich_markup_mode="rich")


@app.command()
def sandbox(
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="An address of this machine.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="PORT", help="0: any free one.", min=0, max=65535)] = 8790,
) -> int:
    """Run emulated providers: they paint, bill and fail like the real ones, and cost nothing."""
    require_loopback(host)
    check_port(host, port)
    serve(host, port)
    return Exit.OK
