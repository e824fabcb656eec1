"""What Limner's own interface takes: the request of `core.requests`, written flat."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from limner.core.requests import parse_regions

PictureText = Annotated[
    str,
    Field(
        description="Base64, a data URI, or an http address. Never a path.",
        json_schema_extra={"format": "byte"},
    ),
]


def _regions(value: object) -> object:
    """A form, and whoever has one region only, writes text."""
    return parse_regions(value) if isinstance(value, str) else value


RegionsIn = Annotated[
    tuple[str, ...],
    BeforeValidator(_regions),
    Field(description="Where pictures may be processed.", examples=[["eu"]]),
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Guiding(_Strict):
    role: Literal["subject", "style", "structure", "source"] = "source"
    strength: Annotated[float | None, Field(ge=0, le=1)] = None


class ReferenceIn(_Guiding):
    """A picture that guides the painting without being the one that is edited."""

    image: PictureText


class ReferenceSizeIn(_Guiding):
    """What stands for such a picture in a quote."""

    size: Annotated[str, Field(examples=["1024x768"])]


class MarginsIn(_Strict):
    """How many pixels outpainting adds at each side."""

    left: Annotated[int, Field(ge=0)] = 0
    right: Annotated[int, Field(ge=0)] = 0
    top: Annotated[int, Field(ge=0)] = 0
    bottom: Annotated[int, Field(ge=0)] = 0


class Wanted(_Strict):
    """Everything of a request that is not a picture. Absent always means: the model's own default."""

    operation: Annotated[str, Field(examples=["generate", "erase", "inpaint"])]
    prompt: str = ""
    negative_prompt: str | None = None
    model: Annotated[str | None, Field(description="`provider/model`, a bare name, or an alias.")] = None
    provider: str | None = None
    mask_kind: Literal["auto", "luma", "alpha"] = "auto"
    feather: Annotated[float, Field(ge=0, le=1000, description="Pixels.")] = 0
    invert_mask: bool = False
    size: Annotated[str | None, Field(examples=["1024x768"])] = None
    aspect_ratio: Annotated[str | None, Field(examples=["16:9"])] = None
    quality: Annotated[
        str | None, Field(description="draft (or fast), standard, high, ultra.", examples=["standard"])
    ] = None
    n: int = 1
    seed: int | None = None
    strength: float | None = None
    guidance: float | None = None
    steps: int | None = None
    style: str | None = None
    format: Literal["png", "jpeg", "webp", "avif", "gif", "svg"] | None = None
    compression: int | None = None
    background: Literal["auto", "opaque", "transparent"] | None = None
    embed_settings: Annotated[
        bool, Field(description="Write prompt, seed and model into the file, where other programs read them.")
    ] = False
    margins: MarginsIn | None = None
    search: str | None = None
    scale: float | None = None
    tool: str | None = None
    options: Annotated[dict[str, object], Field(description="The vendor's own options, by its names.")] = (
        Field(default_factory=dict)
    )
    partial_images: int = 0
    mode: Literal["strict", "adapt", "best_effort"] = "adapt"
    allow_fallback: bool = True
    fallback_on_refusal: bool = False
    max_cost: Annotated[Decimal | None, Field(description="US dollars, over all attempts.")] = None
    strategy: Annotated[
        Literal["priority", "cheapest", "fastest", "balanced"] | None,
        Field(description="By what Limner chooses, paid models too, where no model is named."),
    ] = None
    regions: RegionsIn = ()
    classification: Literal["public", "internal", "confidential", "secret"] | None = None
    deadline: Annotated[float, Field(description="Seconds.")] = 600
    user: str | None = None
    idempotency_key: Annotated[
        str | None, Field(max_length=255, description="Also taken from the Idempotency-Key header.")
    ] = None


class Pictured(Wanted):
    """A request with its pictures."""

    images: tuple[PictureText, ...] = ()
    references: tuple[ReferenceIn, ...] = ()
    mask: PictureText | None = None


class RunIn(Pictured):
    """A request with its pictures. In a form, the pictures are files of the same names."""

    response: Annotated[
        Literal["b64", "url"],
        Field(description="How pictures come: in the answer, or as addresses that end after a while."),
    ] = "b64"


def _numbers(value: object) -> object:
    """A query writes numbers as text."""
    return value.split(",") if isinstance(value, str) else value


MaskBox = Annotated[
    tuple[int, int, int, int] | None,
    BeforeValidator(_numbers),
    Field(
        description="The smallest box that holds all that the mask will cover: left, top, right, bottom in "
        "pixels of the first picture; in a query, separated by commas. Absent: no mask will come.",
        examples=[[100, 80, 400, 300]],
    ),
]


class QuoteIn(Wanted):
    """A request to be priced. Sizes stand for pictures and a box for the mask: nothing is uploaded."""

    image_sizes: Annotated[
        tuple[str, ...], Field(description="Of the source pictures.", examples=[["1024x768"]])
    ] = ()
    mask_box: MaskBox = None
    references: tuple[ReferenceSizeIn, ...] = ()


class RouteIn(QuoteIn):
    """A request to be routed: what it lacks is supplied as is usual."""

    operation: Annotated[  # pyright: ignore[reportIncompatibleVariableOverride] - a wider type, never assigned to
        str | None, Field(description="Absent: by what comes, inpaint, edit or generate.")
    ] = None


def _named(value: object) -> object:
    """A form writes names as text."""
    return tuple(value.split(",")) if isinstance(value, str) else value


ModelsIn = Annotated[
    tuple[str, ...],
    BeforeValidator(_named),
    Field(description="Two or more.", examples=[["provider/one", "provider/another"]]),
]


class CompareIn(Pictured):
    """A request for several models. `max_cost` is the most that all may cost together."""

    models: ModelsIn
    sheet: Annotated[bool, Field(description="Whether to add a contact sheet.")] = False
    report: Annotated[bool, Field(description="Whether to add a page of HTML.")] = False


class LineupIn(QuoteIn):
    """A comparison to be priced."""

    models: ModelsIn


class Extras(_Strict):
    """What OpenAI's dialect has no field for: the object `limner` in the body of a call."""

    operation: str | None = None
    provider: str | None = None
    negative_prompt: str | None = None
    seed: int | None = None
    strength: float | None = None
    guidance: float | None = None
    steps: int | None = None
    mask_kind: Literal["auto", "luma", "alpha"] = "auto"
    feather: Annotated[float, Field(ge=0, le=1000)] = 0
    invert_mask: bool = False
    embed_settings: bool = False
    options: dict[str, object] = Field(default_factory=dict)
    mode: Literal["strict", "adapt", "best_effort"] = "adapt"
    allow_fallback: bool = True
    fallback_on_refusal: bool = False
    max_cost: Decimal | None = None
    strategy: Literal["priority", "cheapest", "fastest", "balanced"] | None = None
    regions: RegionsIn = ()
    classification: Literal["public", "internal", "confidential", "secret"] | None = None
