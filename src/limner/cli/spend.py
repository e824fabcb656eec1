"""Before money is spent: the price is said, and above a dollar a person is asked."""

import sys
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

import typer

from limner.catalog.quote import together
from limner.cli.say import price, say, stderr
from limner.core.money import Certainty, Price
from limner.engine.run import Quote

ASK_ABOVE: Final = Decimal(1)
"""US dollars that are spent without a question."""


def agreed(quotes: Iterable[Quote], *, yes: bool) -> bool:
    """Say what it will cost; ask where that is much, or not known.

    A program is never asked: `--max-cost` is its guard.

    Args:
        quotes: of everything that will be sent.
        yes: do not ask.

    Returns:
        Whether to go on.
    """
    paid = [quote for quote in quotes if not quote.price.free]
    if not paid:
        return True
    sum_ = together(quote.price for quote in paid)
    models = ", ".join(sorted({quote.model.id for quote in paid}))
    requests = f" for {len(paid)} requests" if len(paid) > 1 else ""
    say(f"{price(sum_)} on {models}{requests}", "bold")
    if yes or not _much(sum_) or not _somebody_there():
        return True
    return typer.confirm("Send it?", default=False, err=True)


def _much(sum_: Price) -> bool:
    return sum_.kind is Certainty.UNKNOWN or sum_.most is None or sum_.most > ASK_ABOVE


def _somebody_there() -> bool:
    return sys.stdin.isatty() and stderr().is_terminal
