"""Pictures, masks and sizes as the request carries them: encoded bytes, never decoded here."""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Final, Literal

from limner.core.errors import UserError


@dataclass(frozen=True, slots=True, order=True)
class Size:
    """Width and height in pixels.

    Example:
        >>> Size.parse("1536x1024").ratio
        Fraction(3, 2)
    """

    width: int
    height: int

    @classmethod
    def parse(cls, text: str) -> "Size":
        """Read `1024x768` (also `1024X768`, `1024×768`).

        Args:
            text: width and height in pixels.

        Raises:
            UserError: it has another form, or a side is not positive.
        """
        width, cross, height = text.strip().lower().replace("×", "x").partition("x")
        if not (cross and width.isascii() and width.isdigit() and height.isascii() and height.isdigit()):
            raise UserError(
                f"The size {text!r} cannot be read.",
                code="invalid_size",
                field="size",
                remedy="Write it as WIDTHxHEIGHT in pixels, such as 1024x768, or leave it out.",
            )
        if int(width) == 0 or int(height) == 0:
            raise UserError(
                f"The size {text!r} has no area.",
                code="invalid_size",
                field="size",
                remedy="Both sides must be at least one pixel.",
            )
        return cls(int(width), int(height))

    @property
    def pixels(self) -> int:
        """Width times height."""
        return self.width * self.height

    @property
    def ratio(self) -> Fraction:
        """Width over height."""
        return Fraction(self.width, self.height)

    def __str__(self) -> str:
        """Write it as vendors do: `1024x768`."""
        return f"{self.width}x{self.height}"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of whole pixels: from `left`, `top` up to, not including, `right`, `bottom`.

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

    def __str__(self) -> str:
        """Write its size and where its upper left corner lies.

        Example:
            >>> str(Box(10, 20, 40, 60))
            '30x40 at 10, 20'
        """
        return f"{self.size} at {self.left}, {self.top}"


class Format(StrEnum):
    """How a result is encoded."""

    PNG = "png"
    JPEG = "jpeg"
    WEBP = "webp"
    AVIF = "avif"
    GIF = "gif"
    SVG = "svg"

    @property
    def media_type(self) -> str:
        """The MIME type."""
        return "image/svg+xml" if self is Format.SVG else f"image/{self.value}"

    @property
    def lossless(self) -> bool:
        """Whether every decoded pixel equals the one encoded, as Limner writes it.

        WebP counts: Limner writes it lossless where a promise about pixels is made.
        """
        return self in {Format.PNG, Format.WEBP}


@dataclass(frozen=True, slots=True)
class Picture:
    """An encoded picture as it came in or goes out.

    Example:
        >>> Picture(b"not shown", "image/png")
        Picture(9 bytes, image/png)
    """

    data: bytes = field(repr=False)
    media_type: str | None = None
    """What the bytes are. Absent: nobody has probed them yet; a caller's claim is never trusted."""
    size: Size | None = None
    """As displayed, EXIF orientation applied. Absent: not probed yet."""
    name: str | None = None
    """What the caller calls it, for messages. Absent: it came without a name."""

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes, in hexadecimal: its name in stores and rows."""
        return hashlib.sha256(self.data).hexdigest()

    def __repr__(self) -> str:
        """Never shows the bytes."""
        shape = f", {self.size}" if self.size else ""
        return f"Picture({len(self.data)} bytes, {self.media_type or 'unprobed'}{shape})"


MaskKind = Literal["auto", "luma", "alpha"]


@dataclass(frozen=True, slots=True)
class Mask:
    """Which part of the first picture may change: white = repaint, black = keep."""

    picture: Picture
    """Any size: it is scaled to the picture's, with a note (refused in `strict`)."""
    kind: MaskKind = "auto"
    """`luma`: white repaints. `alpha`: transparent repaints, as OpenAI's clients send it.
    `auto`: `alpha` when any pixel is not opaque, else `luma`."""
    feather: float = 0.0
    """How far the edge fades inwards, in pixels of the picture. It never reaches outside the mask."""
    invert: bool = False
    """Swap the meaning: black (or opaque) repaints."""
    box: Box | None = None
    """The smallest that holds all it covers, in pixels of the picture as displayed. Absent: nobody has read
    the mask yet, and it may cover all of the picture; a caller's claim is never trusted for a run."""


class Role(StrEnum):
    """What a reference picture is for."""

    SUBJECT = "subject"
    """Who or what should appear."""
    STYLE = "style"
    """How it should look."""
    STRUCTURE = "structure"
    """Where things should be."""
    SOURCE = "source"
    """Material to combine, with no role of its own."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A picture that guides the painting without being the one that is edited."""

    picture: Picture
    role: Role = Role.SOURCE
    strength: float | None = None
    """0..1. Absent: the model's default."""


@dataclass(frozen=True, slots=True)
class Margins:
    """How many pixels outpainting adds at each side."""

    left: int = 0
    right: int = 0
    top: int = 0
    bottom: int = 0

    def around(self, size: Size) -> Size:
        """The size of a picture with these margins added.

        Example:
            >>> str(Margins(left=10, bottom=5).around(Size(100, 50)))
            '110x55'
        """
        return Size(size.width + self.left + self.right, size.height + self.top + self.bottom)

    @classmethod
    def to(cls, size: Size, wanted: Size) -> "Margins":
        """What brings a picture to a larger size, the same on opposite sides.

        Args:
            size: the picture's.
            wanted: the result's; a side that is shorter than the picture's adds nothing.

        Example:
            >>> str(Margins.to(Size(100, 50), Size(103, 50)))
            'left 1, top 0, right 2, bottom 0'
        """
        across, down = max(0, wanted.width - size.width), max(0, wanted.height - size.height)
        return cls(across // 2, across - across // 2, down // 2, down - down // 2)

    def room(self, size: Size) -> Box | None:
        """The smallest box, in the picture with these margins, that holds all that they add.

        Args:
            size: the picture's without them.

        Returns:
            The box. `None`: they add nothing.

        Example:
            >>> Margins(right=10).room(Size(100, 50))
            Box(left=100, top=0, right=110, bottom=50)
        """
        if self == NO_MARGINS:
            return None
        whole = self.around(size)
        across, down = self.left or self.right, self.top or self.bottom
        return Box(
            left=0 if self.left or down else size.width,
            top=0 if self.top or across else size.height,
            right=whole.width if self.right or down else self.left,
            bottom=whole.height if self.bottom or across else self.top,
        )

    def even(self) -> "Margins":
        """The least margins that hold these and keep the picture in the middle.

        Example:
            >>> Margins(left=10, bottom=5).even()
            Margins(left=10, right=10, top=5, bottom=5)
        """
        across, down = max(self.left, self.right), max(self.top, self.bottom)
        return Margins(across, across, down, down)

    def __str__(self) -> str:
        """Write them clockwise from the left.

        Example:
            >>> str(Margins(left=10, bottom=5))
            'left 10, top 0, right 0, bottom 5'
        """
        return f"left {self.left}, top {self.top}, right {self.right}, bottom {self.bottom}"


NO_MARGINS: Final = Margins()
