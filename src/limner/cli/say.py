"""What the command line says: results on stdout, everything else on stderr."""

import json
import sys
from collections.abc import Mapping
from functools import cache

from rich.console import Console

from limner.client import plain
from limner.core.errors import AllFailed, Error
from limner.core.money import Certainty, Cost, Money, Price, dollars


@cache
def stderr() -> Console:
    """The console for people. It does not wrap: a log keeps its lines whole."""
    return Console(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)


@cache
def stdout() -> Console:
    """The console for tables."""
    return Console(highlight=False, markup=False, emoji=False)


def say(text: str, style: str | None = None) -> None:
    """Tell a person something."""
    stderr().print(text, style=style)


def tell(text: str) -> None:
    """Say a result, on stdout. Where both are one terminal, it goes above the moving progress."""
    if sys.stdout.isatty() and stderr().is_terminal:
        say(text)
    else:
        print(text, flush=True)


def line(value: Mapping[str, object]) -> None:
    """Print a value as one line of JSON."""
    tell(json.dumps(value, ensure_ascii=False, default=str))


def failure(error: Error, *, about: str = "") -> None:
    """Say what happened, what was billed, and what to do.

    Args:
        error: what went wrong.
        about: which file it was about. Empty: it is clear.
    """
    head = f"{about}: {error.message}" if about else error.message
    stderr().print(f"Error: {head}", style="bold red")
    if isinstance(error, AllFailed):
        for one in error.errors:
            say(f"  · {one.message}")
    say(f"  {error.billed.sentence}", "yellow" if error.billed.value != "no" else None)
    if error.remedy:
        say(f"  {error.remedy}")
    if error.request_id and error.billed.value != "no":
        say(f"  Reference: {error.request_id}", "dim")


def failure_json(error: Error, **about: object) -> None:
    """The same, for programs, on stdout."""
    line({**about, "error": plain.error(error)})


def price(value: Price, *, short: bool = False) -> str:
    """A price in few words.

    Args:
        value: the price.
        short: in a list.

    Example:
        >>> from decimal import Decimal
        >>> price(Price(Certainty.ESTIMATED, Money(Decimal("0.0512")), Decimal("0.0512"), Decimal("0.07")))
        'about $0.051, at most $0.07'
    """
    if value.free:
        return "free"
    amount = _amount(value.native, value)
    if value.kind is Certainty.UNKNOWN or amount is None:
        return "price not published"
    if value.kind is Certainty.EXACT:
        return amount
    if value.most is None:
        return f"about {amount}"
    most = dollars(value.most)
    return f"about {amount} (≤ {most})" if short else f"about {amount}, at most {most}"


def cost(value: Cost) -> str:
    """A cost in few words."""
    if value.native is not None and value.native.amount == 0 and value.kind is Certainty.EXACT:
        return "free"
    amount = _amount(value.native, value)
    if value.kind is Certainty.UNKNOWN or amount is None:
        return "cost unknown"
    return amount if value.kind is Certainty.EXACT else f"about {amount}"


def _amount(native: Money | None, value: Price | Cost) -> str | None:
    """Dollars, with the vendor's own unit before them where it is another."""
    usd = None if value.usd is None else dollars(value.usd)
    if native is None or native.unit == "USD":
        return usd
    return f"{native} ({usd})" if usd else str(native)


def size(count: int) -> str:
    """A number of bytes in few figures.

    Example:
        >>> size(1_234_567)
        '1.2 MB'
    """
    for unit, of in (("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000)):
        if count >= of:
            return f"{count / of:.1f} {unit}"
    return f"{count} bytes"
