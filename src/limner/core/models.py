"""What a model is: facts that the catalog loads from data. No model id stands in code."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Final, Literal

from limner.core.operations import Need, Operation
from limner.core.pictures import Format, Role, Size
from limner.core.prices import Tariffed
from limner.core.requests import Classification, Tier


class Lifecycle(StrEnum):
    """Where a model stands in its life."""

    LIVE = "live"
    PREVIEW = "preview"
    RETIRING = "retiring"
    """It still answers, and its last day is known."""
    RETIRED = "retired"
    """It no longer answers; see `Model.successor`."""


class Retired(StrEnum):
    """What becomes of a request that names a model which no longer answers."""

    REFUSE = "refuse"
    """An error that names the successor."""
    SUBSTITUTE = "substitute"
    """The successor does it, with a note that says so and what that does to the price."""


class Hosting(StrEnum):
    """Where the pixels are sent."""

    HERE = "here"
    """Nowhere: it paints in this process."""
    OWN = "own"
    """To a server the operator runs."""
    VENDOR = "vendor"
    """To the vendor's cloud."""


@dataclass(frozen=True, slots=True)
class FreeSizes:
    """Any size within bounds."""

    multiple: int = 1
    """Both sides are multiples of it."""
    least_edge: int = 1
    most_edge: int = 1 << 16
    least_pixels: int = 1
    most_pixels: int = 1 << 32
    widest: Fraction = Fraction(1 << 16)
    """The longer side is at most so many times the shorter."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Which result sizes a model makes. All empty: it decides alone."""

    fixed: tuple[Size, ...] = ()
    free: FreeSizes | None = None
    """Absent: only the fixed ones."""
    ratios: tuple[str, ...] = ()
    """Aspect ratios it takes by name, when it takes no pixels."""
    default: Size | None = None
    """What it makes when nothing is asked. Absent: it is not known beforehand."""
    follows_source: bool = False
    """An edit comes back in the size of the picture sent."""
    follows_shape: bool = False
    """An edit comes back in the shape of the picture sent, in a size of the model's own."""


@dataclass(frozen=True, slots=True)
class MaskNeeds:
    """In which form a model wants a mask."""

    encoding: Literal["alpha", "luma"] = "luma"
    """`alpha`: an RGBA PNG whose transparency marks the place. `luma`: black and white."""
    polarity: Literal["repaint_white", "repaint_black"] = "repaint_white"
    """Of `luma`. With `alpha`, transparent is repainted."""
    grid: int = 1
    """The mask is constant on squares of so many pixels."""
    rgba: bool = False
    """Of `luma`: written in four opaque channels rather than in grey."""
    format: Format = Format.PNG
    most_bytes: int | None = None
    """Absent: no published limit."""


@dataclass(frozen=True, slots=True)
class InputNeeds:
    """Which pictures a model takes."""

    formats: tuple[Format, ...] = (Format.PNG, Format.JPEG, Format.WEBP)
    """In order of preference when a picture has to be encoded anew."""
    most_bytes: int | None = None
    """Of one picture. Absent: no published limit."""
    least_edge: int = 1
    most_edge: int | None = None
    least_pixels: int = 1
    most_pixels: int | None = None
    multiple: int = 1
    """Both sides are multiples of it."""
    widest: Fraction | None = None
    """Longer side over shorter. Absent: any."""
    same_size_as_result: bool = False
    """The picture must have the size that is asked for."""
    letterbox: Size | None = None
    """The picture is put on black of exactly this size. Absent: it is sent in its own."""


Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Ability:
    """How a model carries out one operation."""

    prompt: Need = Need.REQUIRED
    images: tuple[int, int] = (0, 0)
    """Fewest and most source pictures."""
    mask: Need = Need.UNUSED
    """`unused`: it has no mask parameter; Limner crops, edits and composites instead."""
    through: Operation | None = None
    """Carried out as this operation, which the model does natively. Absent: natively."""
    instruction: str | None = None
    """A sentence that says what to do. With `through` it goes before the caller's prompt; natively
    it is sent when the caller gives none and the model needs one. `{search}` stands for
    `Request.search`."""
    size: bool = True
    """Whether a result size can be asked for."""
    strength: float | None = None
    """Sent when the request names none, to a model that must be told. Absent: it decides itself."""
    without: tuple[str, ...] = ()
    """Fields of the request that the model takes elsewhere, not here. Without `format`, Limner encodes."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a model takes in each field. Absent: it has no such field."""

    prompt: int | None = None
    """Characters. Absent: no published limit."""
    negative_prompt: int | None = None
    n: int = 1
    """Pictures in one call."""
    seed: tuple[int, int] | None = None
    seeded: bool = False
    """Every call carries a seed: where the request names none, Limner draws one."""
    strength: Range | None = None
    guidance: Range | None = None
    steps: tuple[int, int] | None = None
    styles: tuple[str, ...] = ()
    qualities: Mapping[Tier, str] = field(default_factory=lambda: MappingProxyType({}))
    """The wire's word for each tier. Empty: it has no such field."""
    default_quality: str | None = None
    """The wire's word it uses when none is sent. Absent: it decides picture by picture."""
    backgrounds: tuple[str, ...] = ()
    formats: tuple[Format, ...] = ()
    """It can be asked for. Empty: it decides."""
    single: tuple[Format, ...] = ()
    """Of those, the ones it makes one at a time and without previews, such as SVG."""
    compression: bool = False
    partial_images: int | None = None
    """Most previews in a stream. Absent: it does not stream."""
    references: int = 0
    """Most reference pictures."""
    least_references: int = 0
    """Fewest, of the first of `roles`."""
    pictures: int | None = None
    """Most source and reference pictures together. Absent: only the separate limits count."""
    roles: tuple[Role, ...] = ()
    prepared: tuple[Role, ...] = ()
    """References of these roles each take a paid call before the call."""
    reference_strength: bool = False
    margins: int | None = None
    """Most pixels that outpainting adds at one side. Absent: no published limit."""
    even_margins: bool = False
    """Opposite sides are extended alike: it is told how large the whole is, not where the picture lies."""
    scales: tuple[float, ...] = ()
    """Factors of enlargement. Empty: any."""
    usual_scale: float | None = None
    """What it enlarges by when nobody says. Absent: the first of `scales`, or nobody knows."""
    tools: tuple[str, ...] = ()


NATIVE: Final = Ability()


@dataclass(frozen=True, slots=True)
class Model:
    """One model of one provider.

    Example:
        >>> model = Model(
        ...     "openai/x", "openai", "x", {Operation.GENERATE: NATIVE}, "a page", date(2026, 11, 21)
        ... )
        >>> model.lifecycle
        <Lifecycle.LIVE: 'live'>
    """

    id: str
    """`provider/name`."""
    provider: str
    name: str
    abilities: Mapping[Operation, Ability]
    source: str
    """Where these facts were read."""
    checked_on: date
    title: str = ""
    """For people. Absent: the name."""
    description: str = ""
    aliases: tuple[str, ...] = ()
    snapshots: tuple[str, ...] = ()
    """Pinned versions the vendor serves under names of their own. Asked for by such a name, that
    very version is used."""
    priority: int = 100
    """Between models that would do equally well, the lower number is tried first."""
    tier: Tier = Tier.STANDARD
    lifecycle: Lifecycle = Lifecycle.LIVE
    shutdown_on: date | None = None
    """The last day. Absent: none announced."""
    successor: str | None = None
    """The id of the model that takes its place. Absent: the vendor names none."""
    hosting: Hosting = Hosting.VENDOR
    regions: tuple[str, ...] = ()
    """Where the vendor may process the pixels, such as `eu`. Empty: it does not say."""
    addresses: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Base URLs at which its provider keeps the pixels in one region, by region. Empty: it has none."""
    classification: Classification | None = None
    """The most confidential material that the operator lets it see. Absent: nobody has cleared it."""
    data_terms: str = ""
    """What the vendor says becomes of what it is sent, for people. Absent: it does not say."""
    licence: str | None = None
    """Of the weights. Absent: closed, or not stated."""
    sizes: Sizes = Sizes()
    inputs: InputNeeds = InputNeeds()
    reference_inputs: Mapping[Role, InputNeeds] = field(default_factory=lambda: MappingProxyType({}))
    """Which references it takes, by role. A role that is absent: as `inputs`."""
    mask: MaskNeeds | None = None
    """Absent: it takes no mask anywhere."""
    limits: Limits = field(default_factory=Limits)
    prices: tuple[Tariffed, ...] = ()
    """The first entry that names the operation, or names none, counts. Empty: unknown."""
    wire: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    """Names on the wire that differ by model: the model's own name, path, parameter names."""
    extras: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    """Facts only the vendor's own adapter reads."""

    @property
    def procedural(self) -> bool:
        """Whether it draws by rules, and nothing trained takes part."""
        return self.extras.get("procedural") is True

    def can(self, operation: Operation) -> bool:
        """Whether it carries the operation out, natively or by other means."""
        return operation in self.abilities

    @property
    def label(self) -> str:
        """What people call it."""
        return self.title or self.name

    def address(self, wished: Collection[str]) -> str | None:
        """The base URL to call so that the pixels stay where they should.

        Args:
            wished: the regions they may be processed in. Empty: anywhere.

        Returns:
            A regional address. `None`: the usual one, because it will do or because no other would.
        """
        if not wished or (self.regions and set(self.regions) <= set(wished)):
            return None
        return next((url for region, url in self.addresses.items() if region in wished), None)

    def processed_in(self, wished: Collection[str]) -> tuple[str, ...]:
        """The regions in which it would process the pixels. Empty: it is not known.

        Args:
            wished: as `address` has it.
        """
        url = self.address(wished)
        return self.regions if url is None else tuple(r for r, at in self.addresses.items() if at == url)
