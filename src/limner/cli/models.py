"""`limner models`: which models there are, what they can do, and what they cost."""

from pathlib import Path
from typing import Annotated, Final

import typer
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from limner.assembly import Assembly, assemble
from limner.catalog.bands import band
from limner.catalog.radar import SOON
from limner.catalog.typical import typical_price
from limner.cli import check as checks
from limner.cli import matrix as matrices
from limner.cli import radar
from limner.cli.exits import Exit
from limner.cli.groups import named, unknown
from limner.cli.migrate import migrate
from limner.cli.say import line, price, say, stdout
from limner.cli.verb import name_of, names
from limner.cli.where import regions
from limner.client import plain
from limner.core.models import Lifecycle, Model
from limner.core.operations import Operation

app = typer.Typer(add_completion=False, rich_markup_mode="rich")
app.command()(migrate)


@app.callback(invoke_without_command=True)
def models(
    context: typer.Context,
    *,
    operation: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only those that can do this: inpaint.")
    ] = None,
    provider: Annotated[str | None, typer.Option(metavar="NAME", help="Only this provider's.")] = None,
    all: Annotated[bool, typer.Option("--all", metavar="", help="Retired ones too.")] = False,  # noqa: A002 - the option's name
    retiring: Annotated[bool, typer.Option("--retiring", metavar="", help="Those that go away.")] = False,
    within: Annotated[int, typer.Option(metavar="DAYS", min=0, help="With --retiring: how soon.")] = SOON,
    check: Annotated[
        bool,
        typer.Option("--check", metavar="", help="What needs a look: days, facts, prices, lists."),
    ] = False,
    table: Annotated[
        Path | None, typer.Option(metavar="FILE", help="With --check: LiteLLM's table of prices.")
    ] = None,
    matrix: Annotated[
        bool,
        typer.Option("--matrix", metavar="", help="Who does what: natively, by other means, or why not."),
    ] = False,
    json: Annotated[bool, typer.Option("--json", metavar="", help="As JSON lines, with sources.")] = False,
) -> int:
    """List models: what they do, what one picture costs, and how long they will live.

    A model that cannot be used yet is dimmed; [bold]limner providers[/] says what is missing.
    """
    if context.invoked_subcommand:
        return Exit.OK
    limner = assemble()
    if check:
        return checks.check(limner, table=table, json=json)
    wanted = _operation(operation)
    slugs = limner.catalog.providers()
    if provider is not None and provider not in slugs:
        raise unknown("provider", provider, list(slugs))
    if matrix:
        return matrices.show(limner, provider=provider, operation=wanted, json=json)
    found = [
        model
        for model in limner.catalog.all()
        if (wanted is None or model.can(wanted))
        and provider in {None, model.provider}
        and (all or _alive(model, limner))
    ]
    if retiring:
        return radar.retiring(limner, found, within=within, gone=all, json=json)
    if json:
        for model in found:
            line(_plain(model, wanted, limner))
    elif found:
        _print(found, wanted, limner)
    else:
        say("No model is like that. Leave a filter out, or add --all for retired ones.")
    return Exit.OK


def _operation(name: str | None) -> Operation | None:
    if name is None:
        return None
    found = named(name)
    if found is None:
        raise unknown("operation", name, names())
    return found


def _alive(model: Model, limner: Assembly) -> bool:
    if model.lifecycle is Lifecycle.RETIRED:
        return False
    return model.shutdown_on is None or model.shutdown_on >= limner.clock.now().date()


def _priced_for(model: Model, wanted: Operation | None) -> Operation:
    """The operation a price is shown for: the one asked for, else the model's first."""
    return wanted or next(iter(model.abilities))


def _plain(model: Model, wanted: Operation | None, limner: Assembly) -> dict[str, object]:
    operation = _priced_for(model, wanted)
    found = typical_price(model, operation)
    return {
        **plain.model(model),
        "usable": limner.makers.usable(model.provider),
        "priced_for": operation.value,
        "price": None if found is None else plain.price(found),
        "band": band(found),
    }


def _print(found: list[Model], wanted: Operation | None, limner: Assembly) -> None:
    """One table, cut where more about a model stands below it; all pieces have the same columns."""
    rows = [_cells(model, wanted, limner) for model in found]
    heads = [Text(name, "bold") for name in ("model", "tier", "one picture")]
    widths = [max(row[column].cell_len for row in (heads, *rows)) for column in range(len(heads))]
    widths[0] = min(widths[0], max(stdout().width - sum(widths[1:]) - _GAP * len(widths), _LEAST))
    stdout().print(_row(widths, heads))
    for model, row in zip(found, rows, strict=True):
        stdout().print(_row(widths, row))
        for more in _below(model, wanted, limner):
            stdout().print(Padding(more, (0, 0, 0, _GAP)))


_GAP: Final = 2
_LEAST: Final = 20
"""Columns of a terminal for the longest ids, which are folded."""


def _row(widths: list[int], cells: list[Text]) -> Table:
    row = Table.grid(padding=(0, _GAP, 0, 0))
    for width in widths:
        row.add_column(width=width, overflow="fold")
    row.add_row(*cells)
    return row


def _cells(model: Model, wanted: Operation | None, limner: Assembly) -> list[Text]:
    dim = "" if limner.makers.usable(model.provider) else "dim"
    cost = typical_price(model, _priced_for(model, wanted))
    return [
        Text(model.id, dim or "bold green"),
        Text(model.tier.value, dim),
        Text("depends" if cost is None else price(cost, short=True), dim),
    ]


def _below(model: Model, wanted: Operation | None, limner: Assembly) -> list[Text]:
    """How long it lives, its price band, what it does, and where pictures go."""
    more: list[Text] = []
    if not _alive(model, limner):
        more.append(Text(f"retired; use {model.successor}" if model.successor else "retired", "red"))
    elif model.shutdown_on is not None:
        more.append(Text(f"until {model.shutdown_on.isoformat()}", "yellow"))
    elif model.lifecycle is Lifecycle.PREVIEW:
        more.append(Text("preview", "yellow"))
    facts = [band(typical_price(model, _priced_for(model, wanted))) or ""]
    if wanted is None:
        facts.append(", ".join(name_of(operation) for operation in model.abilities))
    facts.append(regions(model))
    if any(facts):
        more.append(Text(" · ".join(filter(None, facts)), "dim"))
    if model.data_terms:
        more.append(Text(model.data_terms, "dim"))
    return more
