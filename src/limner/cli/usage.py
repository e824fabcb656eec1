"""`limner usage`: what was spent, by day, owner, model, provider or operation."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer
from rich.table import Table

from limner.cli.exits import Exit
from limner.cli.home import settled
from limner.cli.say import dollars, line, say, stdout
from limner.client.books import grouping
from limner.client.sync import Limner
from limner.ledger.usage import Usage, as_csv, as_rows

app = typer.Typer(add_completion=False, rich_markup_mode="rich")


class Form(StrEnum):
    """How it is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


@app.command()
def usage(  # noqa: PLR0917 - typer counts options by position
    by: Annotated[
        str, typer.Option(metavar="WORDS", help="day, owner, model, provider, operation; with commas.")
    ] = "day,model",
    since: Annotated[str | None, typer.Option(metavar="DAY", help="From 2026-11-21 on, in UTC.")] = None,
    until: Annotated[str | None, typer.Option(metavar="DAY", help="Up to, not including.")] = None,
    owner: Annotated[
        str | None, typer.Option(metavar="OWNER", help="Only what counts against one, as user:ada.")
    ] = None,
    form: Annotated[Form, typer.Option("--format", metavar="FORM", help="table, csv or json.")] = Form.TABLE,
    json: Annotated[bool, typer.Option("--json", metavar="", help="As JSON lines.")] = False,
) -> int:
    """Say what was spent.

    [dim]limner usage --by provider --since 2026-11-01[/]
    """
    names = tuple(name.strip() for name in by.split(",") if name.strip())
    groups = grouping(names)
    with Limner(settings=settled()) as limner:
        lines = limner.usage(*names, since=since, until=until, owner=owner)
    if json or form is Form.JSON:
        for row in as_rows(groups, lines):
            line(row)
    elif form is Form.CSV:
        print(as_csv(groups, lines), end="")
    elif lines:
        _print(names, lines)
    else:
        say("Nothing was made then.")
    return Exit.OK


def _print(names: Sequence[str], lines: Sequence[Usage]) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in names:
        table.add_column(name, overflow="fold")
    for name in ("calls", "failed", "pictures", "spent", "unknown"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in lines:
        table.add_row(
            *one.group, str(one.calls), str(one.failed), str(one.images), _spent(one), _unknown(one)
        )
    stdout().print(table)


def _spent(one: Usage) -> str:
    """An amount, marked where calls are in it whose dollars nobody knows; below it, vendors' own units."""
    known = dollars(one.usd) + (" + ?" if one.unpriced else "")
    return "\n".join((known, *map(str, one.native)))


def _unknown(one: Usage) -> str:
    return f"up to {dollars(one.unknown_usd)}" if one.unknown_usd else ""
