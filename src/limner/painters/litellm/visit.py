"""What one order sends through LiteLLM, and hears: written down at the door, read when it goes wrong."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

SUCCESS: Final = range(200, 300)
"""Statuses of answers that say that the work is done."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes = field(repr=False)


@dataclass(slots=True)
class Visit:
    """What one order sent, and heard."""

    watched: bool = True
    """Whether all that is sent is written down here."""
    sent: set[str] = field(default_factory=set[str])
    """Addresses of calls that may cost money."""
    reply: Reply | None = None
    """The last answer to such a call. Absent: none came."""

    @property
    def delivered(self) -> bool:
        """Whether the last such call was answered with success."""
        return self.reply is not None and self.reply.status in SUCCESS


class Broken(BaseException):
    """A call that got no whole answer. It is no `Exception`, so that nobody on the way tries again."""

    def __init__(self, why: str, *, sent: bool, status: int | None = None) -> None:
        """Say how far it came.

        Args:
            why: for a person.
            sent: whether it may have arrived.
            status: of the answer that broke off. Absent: none had begun.
        """
        super().__init__(why)
        self.why = why
        self.sent = sent
        self.status = status


VISIT: Final[ContextVar[Visit | None]] = ContextVar("visit", default=None)
"""The visit under way in this thread."""


@contextmanager
def visit() -> Generator[Visit]:
    """Write down what is sent while the block lasts."""
    here = Visit()
    token = VISIT.set(here)
    try:
        yield here
    finally:
        VISIT.reset(token)
