"""The request: one shape for every operation on every model."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Final, Literal

from limner.core.errors import UserError
from limner.core.operations import NEEDS, Need, Operation
from limner.core.pictures import NO_MARGINS, Format, Margins, Mask, Picture, Reference, Size


class Tier(StrEnum):
    """How much effort a picture is worth."""

    DRAFT = "draft"
    STANDARD = "standard"
    HIGH = "high"
    ULTRA = "ultra"


def parse_tier(name: str) -> Tier | None:
    """Find a tier by name; `fast` is accepted wherever `draft` is.

    Example:
        >>> parse_tier("fast"), parse_tier("gold")
        (<Tier.DRAFT: 'draft'>, None)
    """
    return {"fast": Tier.DRAFT, **{tier.value: tier for tier in Tier}}.get(name.strip().lower())


class Strategy(StrEnum):
    """By what Limner chooses between models that would do."""

    PRIORITY = "priority"
    """In the catalog's order, the tier asked for first."""
    CHEAPEST = "cheapest"
    FASTEST = "fastest"
    """By the time measured here; what was never measured comes last."""
    BALANCED = "balanced"
    """Tier, price, time and fitness together."""


class Classification(StrEnum):
    """How confidential material is, from what anybody may see upwards."""

    PUBLIC = "public"
    """Anybody may see it: any model may."""
    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"
    SECRET = "secret"  # noqa: S105 - a word for material, no password

    def covers(self, other: "Classification") -> bool:
        """Whether what is cleared for this may be given the other.

        Example:
            >>> Classification.CONFIDENTIAL.covers(Classification.INTERNAL)
            True
        """
        ranks = list(Classification)
        return ranks.index(self) >= ranks.index(other)


def parse_regions(text: str) -> tuple[str, ...]:
    """Read names of regions, separated by commas or spaces.

    Example:
        >>> parse_regions("EU, ch eu")
        ('eu', 'ch')
    """
    return tuple(dict.fromkeys(text.replace(",", " ").lower().split()))


class Mode(StrEnum):
    """What to do when the model cannot do exactly what is asked."""

    STRICT = "strict"
    """Refuse, and say what would have to change."""
    ADAPT = "adapt"
    """Fit the request to the model and say so; refuse where the picture would be another one."""
    BEST_EFFORT = "best_effort"
    """Like `adapt`, and where a picture is possible at all, make it."""


Background = Literal["auto", "opaque", "transparent"]


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody wants. Absent always means: the model's own default.

    Example:
        >>> Request(Operation.GENERATE, prompt="a lighthouse at dawn").n
        1
    """

    operation: Operation
    prompt: str = ""
    negative_prompt: str | None = None
    """What should not appear."""
    model: str | None = None
    """`provider/model`, a bare model name, or an alias. Absent: Limner chooses."""
    provider: str | None = None
    """Choose among this provider's models only. Absent: among all."""
    images: tuple[Picture, ...] = ()
    """The pictures to work on; a mask lies over the first."""
    references: tuple[Reference, ...] = ()
    mask: Mask | None = None
    size: Size | None = None
    """The size to deliver, in pixels. Absent: the model's default, or the source's size."""
    aspect_ratio: str | None = None
    """`16:9`; used when `size` is absent."""
    quality: Tier | None = None
    n: int = 1
    """How many pictures, 1..100. More than the model makes at once becomes several calls."""
    seed: int | None = None
    strength: float | None = None
    """0..1: how far to move from the source; 0 keeps it."""
    guidance: float | None = None
    steps: int | None = None
    style: str | None = None
    format: Format | None = None
    """How to encode the result. Absent: PNG, or as the vendor sends where nothing is composed."""
    compression: int | None = None
    """Encoding quality of a lossy format, 0..100."""
    background: Background | None = None
    embed_settings: bool = False
    """Whether prompt, seed, model and the like are written into the file, where other programs read them.
    Absent: nobody learns from a picture what was asked for."""
    margins: Margins = NO_MARGINS
    """What outpainting adds."""
    search: str | None = None
    """What to look for, in `search_replace` and `recolor`."""
    scale: float | None = None
    """How many times larger, in `upscale`."""
    tool: str | None = None
    """The vendor's tool, as `provider/name`, in `tool`."""
    options: Mapping[str, object] = field(default_factory=dict[str, object])
    """Options of the vendor that serves, by the vendor's own names; checked strictly."""
    partial_images: int = 0
    """How many previews to stream, where the model can."""
    mode: Mode = Mode.ADAPT
    allow_fallback: bool = True
    """Whether another model may do it when the chosen one cannot."""
    fallback_on_refusal: bool = False
    """Whether another provider is asked also when one's moderation refused. Absent: a refusal is final."""
    max_cost: Decimal | None = None
    """The most it may cost, in US dollars, over all attempts."""
    strategy: Strategy | None = None
    """By what Limner chooses, where no model is named. Absent: the operator's, else what paints here."""
    regions: tuple[str, ...] = ()
    """Where the pictures may be processed, such as `eu`; see `parse_regions`. Empty: anywhere."""
    classification: Classification | None = None
    """How confidential prompt and pictures are. Absent: as public."""
    deadline: float = 600.0
    """Seconds until Limner stops waiting. What was accepted by then can be resumed."""
    user: str | None = None
    """A stable, opaque name of the end user, for the vendor's abuse detection."""
    idempotency_key: str | None = None
    """The same key again returns the first result instead of a second picture."""

    def replace(self, **changes: object) -> "Request":
        """A copy with some fields changed."""
        return dataclasses.replace(self, **changes)  # pyright: ignore[reportArgumentType]


MOST_IMAGES: Final = 100


def check(request: Request) -> None:
    """Refuse a request that makes no sense on any model.

    Args:
        request: as the caller made it.

    Raises:
        UserError: naming the field and what it must be.

    Example:
        >>> check(Request(Operation.GENERATE))
        Traceback (most recent call last):
        limner.core.errors.UserError: `generate` needs a prompt. Nothing was charged. Say what to paint.
    """
    needs = NEEDS[request.operation]
    name = request.operation.value
    if needs.prompt is Need.REQUIRED and not request.prompt.strip():
        raise UserError(
            f"`{name}` needs a prompt.", code="empty_prompt", field="prompt", remedy="Say what to paint."
        )
    _check_images(request, name, needs.images)
    if needs.mask is Need.REQUIRED and request.mask is None:
        raise UserError(
            f"`{name}` needs a mask.",
            code="missing_mask",
            field="mask",
            remedy="Give a picture that is white where the image may change and black elsewhere.",
        )
    if needs.mask is Need.UNUSED and request.mask is not None:
        raise UserError(
            f"`{name}` has no use for a mask.",
            code="unexpected_mask",
            field="mask",
            remedy="Leave it out, or use `inpaint`, `erase` or `edit`.",
        )
    _check_ranges(request)
    if request.operation is Operation.OUTPAINT and request.margins == NO_MARGINS and request.size is None:
        raise UserError(
            "`outpaint` needs to know how far.",
            code="missing_margins",
            field="margins",
            remedy="Give margins in pixels (left, right, top, bottom), or a larger size.",
        )
    if request.operation is Operation.TOOL and not request.tool:
        raise UserError(
            "`tool` needs the tool's name.",
            code="missing_tool",
            field="tool",
            remedy="Name it as provider/tool, such as novelai/lineart.",
        )


def _check_images(request: Request, name: str, bounds: tuple[int, int]) -> None:
    least, most = bounds
    count = len(request.images)
    if least <= count <= most:
        return
    wanted = "no image" if most == 0 else f"{least} to {most} images" if least != most else f"{least} image"
    raise UserError(
        f"`{name}` takes {wanted}; {count} came.",
        code="missing_image" if count < least else "too_many_images",
        field="images",
        remedy="Give the picture to work on." if count < least else "Leave the others out.",
    )


_RANGES: Final[tuple[tuple[str, float, float], ...]] = (
    ("n", 1, MOST_IMAGES),
    ("strength", 0, 1),
    ("steps", 1, 1000),
    ("guidance", 0, 100),
    ("scale", 1, 16),
    ("compression", 0, 100),
    ("partial_images", 0, 10),
    ("deadline", 0.001, 86_400),
    ("max_cost", 0, 1_000_000),
)


def _check_ranges(request: Request) -> None:
    for name, least, most in _RANGES:
        value = getattr(request, name)
        if value is None or least <= value <= most:
            continue
        raise UserError(
            f"`{name}` is {value}; it must be from {least:g} to {most:g}.",
            code="out_of_range",
            field=name,
            remedy=f"Choose a value from {least:g} to {most:g}, or leave it out.",
        )
    margins = request.margins
    if min(margins.left, margins.right, margins.top, margins.bottom) < 0:
        raise UserError(
            "A margin is negative.", code="out_of_range", field="margins", remedy="Margins only add pixels."
        )
