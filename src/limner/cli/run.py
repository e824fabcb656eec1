"""`limner run`: any operation by name."""

import typer

from limner.cli.groups import Operations

app = typer.Typer(cls=Operations, add_completion=False, rich_markup_mode="rich")


@app.callback(no_args_is_help=True, subcommand_metavar="OPERATION …")
def run() -> None:
    """Carry out an operation by its name; the same as the command of that name."""
