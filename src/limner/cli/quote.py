"""`limner quote`: what an operation would cost, without sending anything."""

import typer

from limner.catalog.quote import together
from limner.cli import verb
from limner.cli.asks import Ask, Task, tasks
from limner.cli.desk import Desk
from limner.cli.exits import Exit
from limner.cli.groups import Command, Operations, named
from limner.cli.say import failure, line, price, say, tell
from limner.client import plain
from limner.core.errors import Error
from limner.engine.run import Quote


class Quotes(Operations):
    """The commands of the operations, for their price."""

    def build(self, name: str) -> Command | None:
        """The same command without what only spending needs."""
        operation = named(name)
        return None if operation is None else verb.command(operation, quote, spends=False)


app = typer.Typer(cls=Quotes, add_completion=False, rich_markup_mode="rich")


@app.callback(no_args_is_help=True, subcommand_metavar="OPERATION …")
def _quotes() -> None:
    """Say what an operation would cost. Nothing is sent to a provider, and no key is needed.

    [dim]limner quote erase photo.jpg --mask mask.png --model openai/gpt-image-2[/]
    """


def quote(ask: Ask) -> Exit:
    """Print the price of each request.

    Args:
        ask: the command.

    Raises:
        Error: the only request cannot be carried out.
    """
    todo = tasks(ask)
    with Desk(ask) as desk:
        quotes = desk.wait(desk.quotes(todo))
    if len(quotes) == 1 and isinstance(quotes[0], Error):
        raise quotes[0]
    for task, found in zip(todo, quotes, strict=True):
        _print(task, found, several=len(todo) > 1, json=ask.flag("json"))
    good = [found for found in quotes if isinstance(found, Quote)]
    if len(good) > 1 and not ask.flag("json"):
        say(f"{price(together([found.price for found in good]))} for {len(good)} requests", "bold")
    return Exit.OK if len(good) == len(quotes) else Exit.SOME_FAILED


def _print(task: Task, found: Quote | Error, *, several: bool, json: bool) -> None:
    about = ", ".join(task.names) if several else ""
    if isinstance(found, Error):
        failure(found, about=about)
        if json:
            line({"inputs": task.names, "error": plain.error(found)})
        return
    if json:
        line({"inputs": task.names, **plain.quote(found)})
        return
    head = f"{about}: " if about else ""
    tell(f"{head}{price(found.price)} on {found.model.id}")
    if found.price.arithmetic and not found.price.free:
        say(f"  {found.price.arithmetic}")
    if found.calls > 1:
        say(f"  in {found.calls} calls")
    for note in found.notes:
        say(f"  note: {note.text}", "dim")
