"""fal's own options, by its names (client types 1.10.1, read 2026-11-21). Each endpoint takes a few."""

from typing import Annotated, Any, Literal

from pydantic import Field

from limner.providers._shared.options import VendorOptions

Part = Annotated[float, Field(ge=0, le=1)]


class Options(VendorOptions):
    """What fal's queue and its endpoints take besides the fields of every request."""

    # The queue's own; they go as headers.
    queue_priority: Literal["normal", "low"] | None = None
    store_io: bool | None = None
    """Whether fal keeps what was sent and made in its history."""
    expiration_duration_seconds: Annotated[int, Field(ge=1)] | None = None
    """How long fal keeps the files."""

    sync_mode: bool | None = None
    """Have pictures in the answer itself, and none of it in fal's history."""
    acceleration: Literal["none", "regular", "high"] | None = None
    enable_safety_checker: bool | None = None
    safety_tolerance: Literal["1", "2", "3", "4", "5", "6"] | None = None
    """From 1, the strictest; some endpoints end at 5."""
    enhance_prompt: bool | None = None
    expand_prompt: bool | None = None
    raw: bool | None = None
    """Less processed, more natural."""
    limit_generations: bool | None = None
    """One picture for each that is asked for, whatever the prompt says."""
    enable_web_search: bool | None = None
    colors: list[dict[str, int]] | None = None
    """Preferred colours, as `{r, g, b}`."""
    color_palette: dict[str, Any] | None = None
    style_id: str | None = None
    """A style of the account's own."""
    style_codes: list[str] | None = None
    style_preset: str | None = None
    loras: list[dict[str, Any]] | None = None
    """Weights to add, as `{path, scale}`."""
    use_turbo: bool | None = None
    model: str | None = None
    """Which of the endpoint's own models cuts the subject out."""
    operating_resolution: Literal["1024x1024", "2048x2048"] | None = None
    output_mask: bool | None = None
    """Have the mask too, as a second picture."""
    refine_foreground: bool | None = None
    resemblance: Part | None = None
    """How closely an enlargement keeps to the original."""
