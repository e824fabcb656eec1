"""A picture of flat tiles in sixteen colours: what every encoder here can write quickly and exactly."""

from dataclasses import dataclass

Colour = tuple[int, int, int, int]
"""Red, green, blue, alpha: 0..255 each."""

COLOURS = 16


@dataclass(frozen=True, slots=True)
class Painting:
    """Tiles of one colour each, from the top left; the last column and row may be cut off."""

    width: int
    height: int
    tile: int
    """Edge of a tile in pixels, a multiple of 8, so that tiles fall on the blocks of a JPEG."""
    palette: tuple[Colour, ...]
    """Sixteen colours."""
    rows: tuple[bytes, ...]
    """One row of tiles each: indices into the palette."""

    @property
    def transparent(self) -> bool:
        """Whether any colour is not opaque."""
        return any(colour[3] < 255 for colour in self.palette)  # noqa: PLR2004 - the largest alpha

    def lines_of(self, row: int) -> int:
        """How many pixel lines a row of tiles covers."""
        return min(self.tile, self.height - row * self.tile)
