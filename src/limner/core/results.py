"""What comes back: pictures, what they cost, and everything that is not as asked."""

from dataclasses import dataclass, field
from enum import StrEnum

from limner.core.adapter import Usage
from limner.core.errors import Error
from limner.core.money import Cost, Price
from limner.core.notes import Note
from limner.core.pictures import Picture, Size
from limner.core.requests import Request


@dataclass(frozen=True, slots=True)
class Measured:
    """What was found in the bytes themselves, after the last change to them."""

    size: Size
    media_type: str
    bytes: int
    changed_outside_mask: int | None = None
    """Pixels whose RGBA differs from the original's where the mask says keep. Absent: no mask."""
    outside_mask: int | None = None
    """How many pixels that is out of."""
    seam: float | None = None
    """Mean step in colour across the mask's edge, 0..255, less what the original had there.
    Near 0: invisible. Absent: no mask, or it has no edge."""
    blank: bool = False
    """Every pixel is nearly the same: perhaps a refusal in disguise."""


@dataclass(frozen=True, slots=True)
class Image:
    """One finished picture."""

    picture: Picture
    measured: Measured
    seed: int | None = None
    """The seed that makes it again. Absent: the vendor does not tell."""
    attempt: int = 0
    """Index into `Result.attempts` of the call that made it."""
    revised_prompt: str | None = None
    """The prompt the vendor painted instead. Absent: it did not say."""


class AttemptState(StrEnum):
    """The states of an attempt, in the order it passes through them."""

    SENDING = "sending"
    """Written before the bytes leave. Found later, it means unknown."""
    SENT = "sent"
    """The provider has it; a ticket may be there to poll."""
    KEPT = "kept"
    """The raw bytes are stored."""
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call to one provider."""

    id: str
    provider: str
    model: str
    state: AttemptState
    cost: Cost
    seconds: float
    """From sending to the last byte kept, or to the failure."""
    request_id: str | None = None
    """The provider's. Absent: it gave none."""
    error: Error | None = None
    """Absent: it delivered."""
    usage: Usage | None = None
    """What the provider metered. Absent: it did not say."""
    sent: dict[str, object] = field(default_factory=dict[str, object])
    """What went over the wire, without bytes and secrets."""


@dataclass(frozen=True, slots=True)
class Result:
    """The whole answer to one request."""

    id: str
    """The run's."""
    provider: str
    model: str
    """`provider/name` of the model that delivered."""
    images: tuple[Image, ...]
    cost: Cost
    quote: Price
    """What was quoted before."""
    notes: tuple[Note, ...]
    attempts: tuple[Attempt, ...]
    request: Request
    """As asked."""
    fallback_used: bool = False
    tags: tuple[str, ...] = ()
    """The answer of `suggest_tags`."""
