"""Notes: what was asked, what was sent instead, and why. Nothing is dropped silently."""

from dataclasses import dataclass
from enum import StrEnum


class NoteKind(StrEnum):
    """What a note tells of."""

    ADAPTED = "adapted"
    """A value was changed to one the model takes."""
    DROPPED = "dropped"
    """A field was left out, because the model has nothing like it."""
    EMULATED = "emulated"
    """The operation was carried out by other means than a call of that name."""
    SPLIT = "split"
    """The work went out as several calls."""
    PARTIAL = "partial"
    """Fewer pictures arrived than were asked for."""
    MEASURED = "measured"
    """The bytes that came back differ from what was asked or claimed."""
    CHOSEN = "chosen"
    """Limner chose something that was left open: a model, a seed."""
    FALLBACK = "fallback"
    """Another model did it than the one that was asked for, which could not be had."""
    LIFECYCLE = "lifecycle"
    """The model is going away."""
    PROVENANCE = "provenance"
    """What became of the origin's record."""
    WARNING = "warning"
    """Something the caller should know."""


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that is not as asked, or not obvious."""

    kind: NoteKind
    text: str
    """For a person: what, and why."""
    field: str | None = None
    """Which field of the request. Absent: it is not about one."""
    asked: str | None = None
    """The value in the request. Absent: none was given."""
    used: str | None = None
    """The value used instead. Absent: none."""
