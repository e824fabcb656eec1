"""Exit codes: what a script can tell from how `limner` ended."""

from enum import IntEnum
from typing import Final

from limner.core.errors import (
    AllFailed,
    Billed,
    Cancelled,
    Error,
    ImageProcessing,
    OutcomeUnknown,
    ProviderError,
    Refused,
    StoreFailed,
    UserError,
)


class Exit(IntEnum):
    """How a command ended."""

    OK = 0
    SOME_FAILED = 1
    """A part is missing: of a batch, of the pictures asked for, or of what `doctor` looks for."""
    BAD_INPUT = 2
    """The request is wrong; nothing was sent and nothing was written."""
    REFUSED = 3
    """Moderation, a budget or another rule said no."""
    PROVIDER = 4
    """The provider answered without a picture, or could not be reached."""
    OUTCOME_UNKNOWN = 5
    """A paid request was sent and nobody knows what became of it; it is not repeated."""
    PIXELS = 6
    """The picture came and could not be finished or written; its bytes were kept."""
    ALL_FAILED = 7
    """Every model that was tried failed."""
    STORE = 8
    """Records could not be written; bytes in flight were kept."""
    BROKEN = 70
    """Limner itself has a fault."""
    INTERRUPTED = 130
    """Stopped with Ctrl-C."""


_CODES: Final[tuple[tuple[type[Error], Exit], ...]] = (
    (UserError, Exit.BAD_INPUT),
    (Refused, Exit.REFUSED),
    (ProviderError, Exit.PROVIDER),
    (OutcomeUnknown, Exit.OUTCOME_UNKNOWN),
    (ImageProcessing, Exit.PIXELS),
    (AllFailed, Exit.ALL_FAILED),
    (StoreFailed, Exit.STORE),
    (Cancelled, Exit.INTERRUPTED),
)


def code_of(error: Error) -> Exit:
    """The exit code for an error.

    Example:
        >>> code_of(UserError("No prompt.", code="empty_prompt", remedy="Say what to paint.")).value
        2
    """
    return next((code for kind, code in _CODES if isinstance(error, kind)), Exit.BROKEN)


def unexpected(error: Exception, *, billed: Billed) -> Error:
    """A fault of Limner's own, in the words of every other error.

    Args:
        error: what was raised. Its traceback belongs beside what this says.
        billed: whether money can have been spent.
    """
    return Error(
        f"Limner has a fault here: {type(error).__name__}: {error}",
        code="unexpected",
        remedy="Please report it, with what stands above.",
        billed=billed,
    )


EPILOG: Final = (
    "[bold]Exit codes:[/] 0 done · 1 a part failed · 2 wrong input, nothing sent · 3 refused by a rule"
    " · 4 the provider failed · 5 sent, outcome unknown · 6 the picture came but could not be finished;"
    " its bytes were kept · 7 every model failed · 8 the store failed · 70 Limner has a fault · 130 stopped"
    " with Ctrl-C."
)
"""For the end of help texts."""
