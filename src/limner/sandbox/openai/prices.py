"""Prices and token counts (facts sheet of 2026-11-21).

Published: dollars per million tokens for every family, dollars per image for the older ones. Not
published: tokens of 2.5 and 2.6, of free sizes, of input pictures and of text; for these the emulator
has rules of its own, said where they stand. `usage` in a reply always agrees with the bill.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

_MILLION: Final = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Rates:
    """US dollars per million tokens."""

    text_in: Decimal
    image_in: Decimal
    image_out: Decimal


RATES: Final = {
    "gpt-image-2.6": Rates(Decimal("5.00"), Decimal("8.00"), Decimal("30.00")),
    "gpt-image-2.5": Rates(Decimal("5.00"), Decimal("8.00"), Decimal("30.00")),
    "gpt-image-2": Rates(Decimal("5.00"), Decimal("8.00"), Decimal("30.00")),
    "gpt-image-1.5": Rates(Decimal("5.00"), Decimal("8.00"), Decimal("32.00")),
    "gpt-image-1": Rates(Decimal("5.00"), Decimal("10.00"), Decimal("40.00")),
    "gpt-image-1-mini": Rates(Decimal("2.00"), Decimal("2.50"), Decimal("8.00")),
}

_SQUARE, _OBLONG = 1024 * 1024, 1024 * 1536

# Dollars per image, output only: quality → (1024x1024, either oblong).
_PER_IMAGE: Final = {
    "gpt-image-2": {"low": (".006", ".005"), "medium": (".053", ".041"), "high": (".211", ".165")},
    "gpt-image-1-mini": {"low": (".005", ".006"), "medium": (".011", ".015"), "high": (".036", ".052")},
}

# Output tokens: quality → (1024x1024, 1024x1536, 1536x1024).
_COUNTED: Final = {"low": (272, 408, 400), "medium": (1056, 1584, 1568), "high": (4160, 6240, 6208)}

# Observed for 2.6: low 664 and high 1353 at 1536x1024, high 3337 at 3840x2160; low and medium are 3 to 4
# times those of 2.5. The rest is the emulator's own.
_OBSERVED: Final = {
    "gpt-image-2.6": {"low": 664, "medium": 1008, "high": 1353, "xhigh": 2706, "max": 5412},
    "gpt-image-2.5": {"low": 190, "medium": 288, "high": 1353, "xhigh": 2706, "max": 5412},
}

_WIDE: Final = 3840 * 2160
_GROWTH: Final = Decimal(3337 - 1353) / 1353
"""What tokens grow by from 1536x1024 to 3840x2160, as observed."""

PARTIAL_TOKENS: Final = 100
"""Each partial picture of a stream costs this many image output tokens more."""

_SVG_RATES: Final = (Decimal("2.50"), Decimal("15.00"))  # text model, in and out: the emulator's own
_PATCH, _MOST_PATCHES = 32, 1536  # tokens of an input picture: the emulator's own
_LETTERS_A_TOKEN: Final = 4  # tokens of a prompt: the emulator's own


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call."""

    text_in: int
    image_in: int
    image_out: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.text_in + self.image_in + self.image_out


def output_tokens(family: str, quality: str, width: int, height: int) -> int:
    """Tokens of one finished picture.

    A size outside the tables counts by its area, as observed, from the table's size of the same orientation.

    Args:
        family: `gpt-image-2`.
        quality: never `auto`.
        width: in pixels.
        height: in pixels.

    Example:
        >>> output_tokens("gpt-image-2", "low", 1024, 1024)
        200
        >>> output_tokens("gpt-image-1.5", "medium", 1024, 1536)
        1584
        >>> output_tokens("gpt-image-2.6", "high", 3840, 2160)
        3337
    """
    if family in _OBSERVED:
        return _scaled(Decimal(_OBSERVED[family][quality]), width * height, _OBLONG)
    if family in _PER_IMAGE:
        square, oblong = (Decimal(price) for price in _PER_IMAGE[family][quality])
        price, area = (square, _SQUARE) if width == height else (oblong, _OBLONG)
        return _scaled(price * _MILLION / RATES[family].image_out, width * height, area)
    return _COUNTED[quality][0 if width == height else 1 if height > width else 2]


def _scaled(tokens: Decimal, area: int, known_area: int) -> int:
    grown = tokens * (1 + _GROWTH * (area - known_area) / (_WIDE - _OBLONG))
    return int(grown.quantize(Decimal(1), ROUND_HALF_UP))


def prompt_tokens(prompt: str) -> int:
    """Tokens of a prompt: one for every four letters begun.

    Example:
        >>> prompt_tokens("a kite")
        2
    """
    return -(-len(prompt) // _LETTERS_A_TOKEN)


def input_tokens(width: int, height: int) -> int:
    """Tokens of an input picture: one for every 32 × 32 pixels begun, 1536 at most.

    Example:
        >>> input_tokens(1024, 1024)
        1024
    """
    return min(_MOST_PATCHES, -(-width // _PATCH) * -(-height // _PATCH))


def amount(rates: Rates, usage: Usage) -> Decimal:
    """What a call costs in US dollars.

    Example:
        >>> amount(RATES["gpt-image-2"], Usage(text_in=2, image_in=0, image_out=200))
        Decimal('0.00601')
    """
    dollars = (
        usage.text_in * rates.text_in + usage.image_in * rates.image_in + usage.image_out * rates.image_out
    )
    return (dollars / _MILLION).normalize()


def svg_amount(tokens_in: int, tokens_out: int) -> Decimal:
    """What the text model that writes an SVG costs in US dollars."""
    return (tokens_in * _SVG_RATES[0] + tokens_out * _SVG_RATES[1]) / _MILLION
