"""Carrying an operation out: price, question, work, table."""

from collections.abc import Sequence
from dataclasses import replace

from limner.cli import batch
from limner.cli.asks import Ask, tasks
from limner.cli.desk import Desk
from limner.cli.exits import Exit
from limner.cli.home import settled
from limner.cli.outputs import Outputs, parse
from limner.cli.say import say
from limner.cli.spend import agreed
from limner.cli.work import Ended, Work
from limner.core.errors import Error, UserError
from limner.engine.run import Quote


def paint(ask: Ask) -> Exit:
    """Carry an operation out.

    Args:
        ask: the command.

    Raises:
        Error: nothing was sent.
    """
    todo = tasks(ask)
    outputs = parse(ask, todo)
    outputs.check()
    with Desk(_with_format(ask, outputs), settled(remember=not ask.flag("no_store"))) as desk:
        quotes = desk.wait(desk.quotes(todo))
        _refuse(desk, quotes)
        if not agreed([quote for quote in quotes if isinstance(quote, Quote)], yes=ask.flag("yes")):
            say("Nothing was sent; nothing was charged.")
            return Exit.INTERRUPTED
        work = Work(desk, outputs, several=len(todo) > 1)
        ended = desk.wait(work.all(todo, quotes))
    if len(todo) > 1 and not ask.flag("json"):
        batch.table(ended)
    return _exit(ended, stopped=work.stop.requested)


def _with_format(ask: Ask, outputs: Outputs) -> Ask:
    """The ending of the output decides the format, where no option does."""
    given, ending = ask.text("format"), outputs.format
    if ending is None:
        return ask
    if given is None:
        return replace(ask, values={**ask.values, "format": ending.value})
    if given.lower().lstrip(".").replace("jpg", "jpeg") == ending.value:
        return ask
    raise UserError(
        f"--format says {given}, and --output ends in {outputs.ending}.",
        code="invalid_output",
        field="output",
        remedy="Leave --format out, or let both say the same.",
    )


def _refuse(desk: Desk, quotes: Sequence[Quote | Error]) -> None:
    """Before a price is said: what cannot be sent at all."""
    errors = [quote for quote in quotes if isinstance(quote, Error)]
    if len(errors) == len(quotes) and len({str(error) for error in errors}) == 1:
        raise errors[0]
    for quote in quotes:
        if isinstance(quote, Quote):
            desk.limner.makers.of(quote.model.provider)


def _exit(ended: Sequence[Ended], *, stopped: bool) -> Exit:
    if stopped:
        return Exit.INTERRUPTED
    if len(ended) == 1:
        return ended[0].code
    return Exit.SOME_FAILED if any(one.code is not Exit.OK for one in ended) else Exit.OK
