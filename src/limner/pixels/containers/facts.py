"""What a container's headers say, as far as the container alone can tell."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, TypeVar

from limner.core.pictures import Size
from limner.pixels import faults

T = TypeVar("T")
MOST_PIECES: Final = 200_000
"""Chunks, segments or blocks that a file may have. Real ones have thousands at most; a file of
millions of empty ones only keeps a machine busy."""


def counted(pieces: Iterable[T], name: str | None = None) -> Iterator[T]:
    """Pass pieces on, up to `MOST_PIECES` of them.

    Args:
        pieces: as a container's walk yields them.
        name: what the caller calls the file. Absent: it has no name.

    Raises:
        ImageProcessing: `damaged_image` when there are more.
    """
    for count, piece in enumerate(pieces):
        if count == MOST_PIECES:
            raise faults.damaged(name, f"it has more than {MOST_PIECES:,} pieces")
        yield piece


@dataclass(frozen=True, slots=True)
class Facts:
    """What was found. Absent: the container does not say, or Pillow says it better."""

    size: Size | None = None
    """As stored."""
    orientation: int = 0
    """0: not found here."""
    bits: int | None = None
    """Of one sample."""
    frames: int | None = None
    mode: str | None = None
    """Pillow's name for how samples are stored. Found: nothing is left for Pillow to say of a still, opaque
    picture."""
    has_icc: bool = False
    has_metadata: bool = False
    """Whether `strip` would leave something out."""
