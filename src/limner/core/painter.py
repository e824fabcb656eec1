"""The contract of what paints in this process."""

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from limner.core.adapter import Done, Order, Profile
from limner.core.secret import Secret

Progress = Callable[[float], None]
"""Called with 0..1 as the work proceeds."""
Cancelled = Callable[[], bool]
"""Whether to stop; asked now and then."""
Keys = Callable[[str], Secret | None]
"""The key that goes by a name, such as `RECRAFT_API_KEY`. `None`: whoever asks has none."""


class Painter(Protocol):
    """Paints on this machine. It may take long and use the processor: the engine gives it a thread."""

    slug: str
    title: str
    options: type[object]
    """A frozen dataclass of its own options; built with keywords."""
    needs: tuple[str, ...]
    """Modules it cannot work without; the extra named like its slug brings them. Empty: always there."""
    at_once: int
    """How many orders it works on side by side; others wait for their turn."""
    charges: bool
    """Whether its work may cost money: then it is not begun again while its outcome is not known."""

    def paint(self, order: Order, progress: Progress, cancelled: Cancelled) -> Done:
        """Do the work.

        Args:
            order: prepared like a vendor's order. Its pictures are lossless and oriented. Of one that
                charges, `request.deadline` is what is left.
            progress: tell how far it is.
            cancelled: when it answers yes, stop and raise `limner.core.errors.Cancelled`.

        Raises:
            UserError: it cannot do this.
            ImageProcessing: the pixels could not be handled.
            ProviderError: whoever did the work for it failed, with the facts.
            Refused: whoever did the work for it said no.
            OutcomeUnknown: it was sent and nobody knows what became of it.
        """
        ...


@runtime_checkable
class Hires(Protocol):
    """A painter that has others do the work: it is given the keys of whoever asks."""

    profile: Profile
    """By which it is switched off."""

    def with_keys(self, keys: Keys) -> Painter:
        """The painter that works with these keys, and with no others.

        Args:
            keys: the operator's, or a tenant's.
        """
        ...
