"""How long each kind of call may take: the one table of seconds."""

from dataclasses import dataclass
from typing import Final

from limner.core.http import Timeout


@dataclass(frozen=True, slots=True)
class Seconds:
    """The limits of one exchange, in seconds."""

    connect: float
    """Until the connection stands. Only what fails here is known not to have been sent."""
    head: float
    """Until the answer begins, connecting and sending included."""
    silence: float
    """Between two pieces of the answer."""
    total: float
    """For everything."""


# A picture may take minutes during which nothing is heard, and giving up early loses what was paid for.
SECONDS: Final[dict[Timeout, Seconds]] = {
    Timeout.QUICK: Seconds(connect=10, head=30, silence=15, total=60),
    Timeout.PAINT: Seconds(connect=10, head=900, silence=300, total=900),
    Timeout.TRANSFER: Seconds(connect=10, head=120, silence=30, total=600),
}
