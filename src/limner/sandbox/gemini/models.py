"""Which models there are, until when, what each paints and costs (facts sheet of 2026-11-21).

Not published, and the emulator's own: tokens of input pictures but Nano Banana Pro's, of thoughts and of
words, the pixels of all ratios but 1:1 and 16:9, and what 4K costs on Nano Banana 2.1. `usage` in an answer
always agrees with the bill.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Final

from limner.sandbox.sizes import Size

SOURCES: Final = ("PyPI google-genai 3.4.0 (types, built 2026-11-16)", "facts sheet of 2026-11-21")

_MILLION: Final = Decimal(1_000_000)
_SCALES: Final = {"512": 0.5, "1K": 1, "2K": 2, "4K": 4}
_USUAL: Final[Mapping[str, Size]] = {
    "1:1": (1024, 1024),
    "2:3": (848, 1264),
    "3:2": (1264, 848),
    "3:4": (896, 1200),
    "4:3": (1200, 896),
    "4:5": (928, 1152),
    "5:4": (1152, 928),
    "9:16": (768, 1376),
    "16:9": (1376, 768),
    "21:9": (1584, 672),
}
_LONG: Final[Mapping[str, Size]] = {
    "1:4": (512, 2048),
    "4:1": (2048, 512),
    "1:8": (384, 3072),
    "8:1": (3072, 384),
}


@dataclass(frozen=True, slots=True)
class Rates:
    """US dollars per million tokens, and by search."""

    input: Decimal
    text: Decimal
    image: Decimal
    search: Decimal = Decimal("0.014")


@dataclass(frozen=True, slots=True)
class Model:
    """One model."""

    id: str
    title: str
    rates: Rates
    tokens: Mapping[str, int]
    """Tokens of a picture, by size: `1K`. The first is what it paints unasked."""
    input_image: int
    """Tokens of a picture it is given."""
    ends: date | None = None
    """When it is gone."""
    long: bool = False
    """Whether it paints the very long ratios."""
    sized: bool = True
    """Whether a size may be asked for."""
    levels: Mapping[str, int] | None = None
    """Tokens of thoughts by thinking level, the first unasked. Absent: it does not think."""
    form: str = "png"

    @property
    def ratios(self) -> Mapping[str, Size]:
        """Its ratios, with their pixels at 1K."""
        return {**_USUAL, **_LONG} if self.long else _USUAL

    def pixels(self, ratio: str, size: str) -> Size:
        """The pixels of a picture.

        Args:
            ratio: one of its ratios.
            size: one of its sizes.
        """
        width, height = self.ratios[ratio]
        return round(width * _SCALES[size]), round(height * _SCALES[size])

    def nearest(self, size: Size) -> str:
        """The ratio that is nearest to a picture's."""
        wanted = size[0] / size[1]
        return min(
            self.ratios, key=lambda name: abs(self.ratios[name][0] / self.ratios[name][1] / wanted - 1)
        )


def _rates(given: str, text: str, image: str, search: str = "0.014") -> Rates:
    return Rates(Decimal(given), Decimal(text), Decimal(image), Decimal(search))


_ALL: Final = (
    Model(
        "gemini-nano-banana-2.1",
        "Nano Banana 2.1",
        _rates("1.50", "7.50", "30"),
        {"1K": 1120, "2K": 1680, "4K": 2520},
        1120,
        long=True,
        levels={"MEDIUM": 210, "MINIMAL": 60, "HIGH": 840},
        form="jpeg",
    ),
    Model(
        "gemini-3-pro-image",
        "Nano Banana Pro",
        _rates("2.00", "12.00", "120"),
        {"1K": 1120, "2K": 1120, "4K": 2000},
        560,
        levels={"HIGH": 150, "LOW": 50},
    ),
    Model(
        "gemini-3.1-flash-lite-image",
        "Nano Banana 2 Lite",
        _rates("0.25", "1.50", "30"),
        {"1K": 1120},
        1120,
    ),
    Model(
        "gemini-3.1-flash-image",
        "Nano Banana 2",
        _rates("0.50", "3.00", "60"),
        {"1K": 1120, "512": 750, "2K": 1680, "4K": 2520},
        1120,
        ends=date(2026, 10, 29),
        long=True,
        levels={"MINIMAL": 60, "HIGH": 840},
    ),
    Model(
        "gemini-2.5-flash-image",
        "Nano Banana",
        _rates("0.30", "2.50", "30", "0.035"),
        {"1K": 1290},
        258,
        ends=date(2027, 3, 15),
        sized=False,
    ),
)


@cache
def models() -> Mapping[str, Model]:
    """Every model by id, those that are gone included; the previews and Imagen are no more."""
    return {one.id: one for one in _ALL}


@cache
def schema(name: str) -> Mapping[str, Any]:
    """A published schema: `generatecontent` or `interactions`."""
    path = files("limner.sandbox.gemini").joinpath(f"{name}.schema.json")
    return json.loads(path.read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call."""

    text_in: int
    image_in: int = 0
    text_out: int = 0
    image_out: int = 0
    thoughts: int = 0
    searches: int = 0

    @property
    def given(self) -> int:
        """All that went in."""
        return self.text_in + self.image_in

    @property
    def made(self) -> int:
        """All that came out, thoughts apart."""
        return self.text_out + self.image_out

    @property
    def total(self) -> int:
        """All of them."""
        return self.given + self.made + self.thoughts


def price(model: Model, usage: Usage) -> Decimal:
    """What a call costs in US dollars; thoughts are text.

    Example:
        >>> price(models()["gemini-nano-banana-2.1"], Usage(0, image_out=1120))
        Decimal('0.0336')
    """
    rates = model.rates
    words = usage.text_out + usage.thoughts
    dollars = usage.given * rates.input + words * rates.text + usage.image_out * rates.image
    return (dollars / _MILLION + usage.searches * rates.search).normalize()
