"""What a prompt asks for, once it has been read."""

from dataclasses import dataclass

from limner.painters.embedded.colours import Colour


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody or something that should appear."""

    name: str
    """Its name in the table of subjects."""
    habitat: str = "land"
    """Where it belongs: `land`, `water`, `under` (water), `air`, `table`, `wall`, `space`."""
    count: int = 1
    colour: Colour | None = None
    """Absent: its own."""
    size: float = 1.0
    """1 is usual; `tiny` and `giant` change it."""


@dataclass(frozen=True, slots=True)
class Brief:
    """A scene to paint."""

    scene: str
    light: str = "day"
    """A table of lights.toml."""
    season: str = "summer"
    """A table of seasons.toml."""
    traits: frozenset[str] = frozenset()
    """Everything else that scenes know: weather (`fog`, `rain`, `snow`, `aurora`), trees (`birch`), things
    they draw themselves (`lighthouse`, `cabin`), moods (`calm`, `pastel`)."""
    subjects: tuple[Subject, ...] = ()
    hues: tuple[Colour, ...] = ()
    """Colours for the whole picture. Empty: the light's own."""
    style: str | None = None
    """An effect to paint it with. Absent: gouache on paper."""
    letter: str | None = None
    """The letter to adorn. Absent: none is asked for."""

    def has(self, *traits: str) -> bool:
        """Whether any of these is asked for."""
        return not self.traits.isdisjoint(traits)
