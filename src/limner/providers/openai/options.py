"""OpenAI's own options, by its names (Images API reference, SDK 3.52.0, read 2026-11-21)."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from limner.providers._shared.options import VendorOptions


class Reasoning(BaseModel):
    """How hard the author of an SVG thinks."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None = None


class Svg(BaseModel):
    """Who writes an SVG. Its tokens are billed apart, at that model's own price."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    model: str
    """A text model of the account."""
    reasoning: Reasoning | None = None


class Options(VendorOptions):
    """What OpenAI takes besides the fields of every request."""

    moderation: Literal["low", "auto"] | None = None
    """How strictly pictures are filtered; `low` is less strict."""
    input_fidelity: Literal["high", "low"] | None = None
    """How closely an edit keeps to faces and style."""
    complexity: Literal["low", "medium", "high"] | None = None
    """How much is planned before painting."""
    frame_count: Annotated[int, Field(ge=2, le=16)] | None = None
    """Frames of an animated GIF."""
    frame_duration_ms: Annotated[int, Field(ge=1)] | None = None
    """How long each frame shows; rounded to 10 ms, at most 655,350."""
    svg: Svg | None = None
    safety_identifier: Annotated[str, Field(max_length=128)] | None = None
    """A stable, opaque name of the end user. Absent: the request's `user`."""
    user: str | None = None
    """The older field for the same, used when `safety_identifier` is empty."""
