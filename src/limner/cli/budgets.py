"""`limner budgets`: how much may be spent, by whom, and how much of it is."""

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from limner.cli.exits import Exit
from limner.cli.home import settled
from limner.cli.say import dollars, line, say, stdout
from limner.client import plain
from limner.client.sync import Limner
from limner.ledger.entries import Account, Period

app = typer.Typer(add_completion=False, rich_markup_mode="rich")
_HERE = "tenant:local"
"""Everything that is made on this machine counts against it."""

Owner = Annotated[str, typer.Option(metavar="OWNER", help="Whose: tenant:local is everything made here.")]
Each = Annotated[Period, typer.Option(metavar="PERIOD", help="hour, day, month or total, in UTC.")]


@app.callback(invoke_without_command=True)
def budgets(
    context: typer.Context,
    json: Annotated[bool, typer.Option("--json", metavar="", help="As JSON lines.")] = False,
) -> int:
    """List budgets, with what is used of each.

    What would exceed one is refused before anything is sent.
    """
    if context.invoked_subcommand:
        return Exit.OK
    with Limner(settings=settled()) as limner:
        accounts = limner.budgets.list()
    if json:
        for account in accounts:
            line(plain.account(account))
    elif accounts:
        _print(accounts)
    else:
        say("There are no budgets. limner budgets set --usd 10 sets one for each month.")
    return Exit.OK


@app.command("set")
def set_(
    usd: Annotated[str | None, typer.Option(metavar="DOLLARS", help="The most money.")] = None,
    images: Annotated[int | None, typer.Option(metavar="N", help="The most pictures.")] = None,
    each: Each = Period.MONTH,
    owner: Owner = _HERE,
    ceiling: Annotated[
        str | None,
        typer.Option(metavar="DOLLARS", help="Held where no price is published; absent: refused."),
    ] = None,
) -> int:
    """Set a budget; the one there was is replaced. What is spent already counts.

    [dim]limner budgets set --usd 10 --each month[/]
    """
    with Limner(settings=settled()) as limner:
        limner.budgets.set(owner, each.value, usd=usd, images=images, ceiling=ceiling)
        _print([one for one in limner.budgets.list(owner) if one.budget.period is each])
    return Exit.OK


@app.command()
def remove(each: Each = Period.MONTH, owner: Owner = _HERE) -> int:
    """Remove a budget; without one, nothing is limited."""
    with Limner(settings=settled()) as limner:
        limner.budgets.remove(owner, each.value)
    say("Removed.")
    return Exit.OK


def _print(accounts: list[Account]) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("owner", "each", "spent", "pictures", "without a price"):
        table.add_column(name, overflow="fold")
    for account in accounts:
        budget = account.budget
        ceiling = "refused" if budget.ceiling is None else f"{dollars(budget.ceiling)} held"
        table.add_row(
            Text(budget.owner, "bold"),
            budget.period.value,
            dollars(account.usd) + ("" if budget.usd is None else f" of {dollars(budget.usd)}"),
            str(account.images) + ("" if budget.images is None else f" of {budget.images}"),
            "" if budget.usd is None else ceiling,
        )
    stdout().print(table)
