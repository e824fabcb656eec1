"""A rectangle of whole pixels."""

from dataclasses import dataclass

from limner.core.pictures import Size


@dataclass(frozen=True, slots=True)
class Box:
    """From `left`, `top` up to, not including, `right`, `bottom`.

    Example:
        >>> str(Box(10, 20, 40, 60).size)
        '30x40'
    """

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def of(cls, size: Size) -> "Box":
        """The whole of a picture."""
        return cls(0, 0, size.width, size.height)

    @property
    def width(self) -> int:
        """In pixels."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """In pixels."""
        return self.bottom - self.top

    @property
    def size(self) -> Size:
        """Width and height."""
        return Size(self.width, self.height)

    @property
    def slices(self) -> tuple[slice, slice]:
        """To index an array with: rows, then columns."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def contains(self, other: "Box") -> bool:
        """Whether `other` lies fully inside."""
        return (
            self.left <= other.left
            and self.top <= other.top
            and self.right >= other.right
            and self.bottom >= other.bottom
        )

    def moved(self, right: int, down: int) -> "Box":
        """The same rectangle elsewhere."""
        return Box(self.left + right, self.top + down, self.right + right, self.bottom + down)
