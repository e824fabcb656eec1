"""Price rules as data: how a vendor bills. The arithmetic is `catalog`'s."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType

from limner.core.money import USD
from limner.core.operations import Operation
from limner.core.pictures import Format, Role


@dataclass(frozen=True, slots=True)
class Tariff:
    """One row of a table of prices or of token counts."""

    amount: Decimal
    quality: str | None = None
    """The wire's word for quality. Absent: any."""
    size: str | None = None
    """`WIDTHxHEIGHT`. Absent: any."""


@dataclass(frozen=True, slots=True)
class PerImage:
    """So much for each picture, perhaps by quality and size."""

    tariffs: tuple[Tariff, ...]
    """The first row that fits counts."""
    picture_in: Decimal = Decimal(0)
    """What each picture sent adds to a call, beyond those included."""
    pictures_included: int = 0


@dataclass(frozen=True, slots=True)
class TokenCurve:
    """Image tokens of one picture as OpenAI's price calculator counts them.

    With `f` the factor of the quality: `f × round(f × shorter / longer) × (offset + pixels) / per`,
    rounded up.
    """

    factors: Mapping[str, int]
    """By the wire's word for quality, for the estimate."""
    most: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """For the bound. A quality that is absent is bounded by its own factor."""
    offset: int = 2_000_000
    per: int = 4_000_000
    longest_edge: int | None = None
    """Of a picture whose size is left to the vendor: the bound counts its square. Absent: it is as usual."""


@dataclass(frozen=True, slots=True)
class PerToken:
    """Rates for a million tokens, metered afterwards; an estimate needs the tables."""

    text_in: Decimal
    image_in: Decimal
    image_out: Decimal
    text_out: Decimal | None = None
    """Absent: text that comes back is not billed."""
    most_text_out: int | None = None
    """The most text that comes back with one picture. Absent: nothing bounds it."""
    output_tokens: tuple[Tariff, ...] = ()
    """Image tokens of one picture by quality and size, as published or observed."""
    curve: TokenCurve | None = None
    """For the sizes that `output_tokens` does not name. Absent: only those are known."""
    most_output_tokens: int | None = None
    """The most one picture takes, where neither table nor curve says. Absent: nothing bounds it."""
    input_image_tokens: int = 0
    """What one input picture usually counts for."""
    most_input_image_tokens: int | None = None
    """The most it can count for. Absent: never more than usual."""
    partial_tokens: int = 0
    """Image tokens that each streamed preview adds."""


@dataclass(frozen=True, slots=True)
class PerMegapixel:
    """So much for each megapixel of a result."""

    amount: Decimal
    first: Decimal | None = None
    """Another price for the first one. Absent: the same."""
    whole_first: bool = False
    """Whether the first one of a result is paid whole, however small the result."""
    round_up: bool = True
    """Whether a started step counts whole."""
    step: Decimal = Decimal(1)
    """In how many megapixels it is counted."""
    counts_input: bool = False
    """Whether the pictures sent count too."""
    megapixel: int = 1_000_000
    """How many pixels count as one; some vendors mean 1024 × 1024."""
    included_steps: int | None = None
    """Denoising steps beyond so many cost in proportion; fewer cost the same. Absent: none cost more."""
    most: Decimal | None = None
    """Megapixels of the largest result whose size is left to the vendor. Absent: as the model's sizes say."""
    smallest: Decimal | None = None
    """The vendor states what a call costs in multiples of this, so the bound is rounded up to one. Absent: as
    it is."""


@dataclass(frozen=True, slots=True)
class PerStep:
    """So much for each denoising step, perhaps times megapixels."""

    amount: Decimal
    default_steps: int
    """Steps of a request that names none."""
    times_megapixels: bool = False
    base: Decimal = Decimal(0)
    """What a call costs before the first step."""


@dataclass(frozen=True, slots=True)
class PerArea:
    """So much for each pixel and for each step of each pixel, rounded up, as NovelAI's client counts.

    One picture costs `base = ceil(pixels × (pixel + step × steps))`, times the factors and rounded up
    again, but at least `least`; to that comes `plus`.
    """

    pixel: Decimal
    step: Decimal
    steps: int
    """Of a request that names none."""
    factor: Decimal = Decimal(1)
    options: tuple[tuple[str, Decimal], ...] = ()
    """Factors by the names of options that are switched on. Of several, the first counts."""
    by_strength: bool = False
    """Whether the strength is a factor. A request without one counts whole."""
    least: Decimal = Decimal(0)
    plus: Decimal = Decimal(0)
    least_pixels: int = 0
    """Smaller pictures count as this large."""
    most_pixels: int | None = None
    """Larger pictures count as this large. Absent: as they are."""
    references: Mapping[Role, Decimal] = field(default_factory=lambda: MappingProxyType({}))
    """What each reference of a role adds to each picture."""
    crowd: tuple[Role, int, Decimal] | None = None
    """What each reference of a role beyond so many adds to a call. Absent: nothing."""
    included: str = ""
    """What an account may have for nothing, for people. Absent: nothing."""


@dataclass(frozen=True, slots=True)
class Free:
    """It costs nothing: it runs here."""


@dataclass(frozen=True, slots=True)
class Unpublished:
    """It costs something nobody has published."""


PriceRule = PerImage | PerToken | PerMegapixel | PerStep | PerArea | Free | Unpublished


@dataclass(frozen=True, slots=True)
class Tariffed:
    """A rule, for which operations, in which unit, from which page."""

    rule: PriceRule
    operations: frozenset[Operation] = frozenset()
    """Empty: all that no earlier entry names."""
    formats: frozenset[Format] = frozenset()
    """Of results that were asked for in one of these. Empty: in any, or none."""
    tools: frozenset[str] = frozenset()
    """Of the vendor's own tools, these. Empty: all."""
    styles: frozenset[str] = frozenset()
    """Of results that were asked for in one of these styles. Empty: in any, or none."""
    scales: frozenset[float] = frozenset()
    """Of enlargements by one of these factors. Empty: by any, or by the model's own."""
    unit: str = USD
    """What the amounts count."""
    usd_per_unit: Decimal | None = Decimal(1)
    """Absent: the unit has no published rate."""
    most_usd_per_unit: Decimal | None = None
    """What a unit may cost at most, where it is sold at several prices: dollars are then an estimate."""
    uncertain: bool = False
    """Whether nobody has confirmed the figures: they are an estimate."""
    preparing: Decimal | None = None
    """What each paid call before the call costs; see `Limits.prepared`. Absent: nobody has published it."""
    source: str = ""
    """Where the figures were read, and when."""
