"""What a record of origin is about, and whether a file carries one. The C2PA library is loaded only then."""

from dataclasses import dataclass, field
from typing import Final

from limner.core.operations import Operation
from limner.pixels.provenance.source import DigitalSource

SIGNABLE: Final = frozenset({"image/png", "image/jpeg", "image/webp", "image/avif"})
"""What can carry a manifest here."""


@dataclass(frozen=True, slots=True)
class Origin:
    """How a picture came about."""

    source: DigitalSource
    operation: Operation
    model: str
    """Who painted: `provider/name`."""
    parent: bytes | None = field(default=None, repr=False)
    """The picture that was changed, as it was given. Absent: none was."""
    painted: bytes | None = field(default=None, repr=False)
    """What the provider delivered, when it is not the result itself. Absent: it is."""
    inputs: tuple[bytes, ...] = field(default=(), repr=False)
    """The other pictures that the painter looked at: references, and all but the first of several."""


def embedded(data: bytes, media_type: str) -> bool:
    """Whether a file carries a manifest, valid or not. Files that cannot be read carry none."""
    if b"c2pa" not in data:  # every manifest store is labelled so; most files are done with here
        return False
    from limner.pixels.provenance.library import C2paError, open_reader  # noqa: PLC0415 - a tenth of a second

    try:
        reader = open_reader(data, media_type)
    except C2paError:
        return True  # something is there, and it is broken or elsewhere: `explain` tells
    if reader is None:
        return False
    reader.close()
    return True
