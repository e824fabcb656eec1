"""Replicate's own options: its headers, and inputs of its models by their names (2026-11-21)."""

from typing import Annotated, Literal

from pydantic import Field

from limner.providers._shared.options import VendorOptions

Part = Annotated[float, Field(ge=0, le=1)]


class Options(VendorOptions):
    """What Replicate and its models take besides the fields of every request. Each model takes a few."""

    # Replicate's own; they go as headers.
    prefer_wait: Annotated[int, Field(ge=1, le=60)] | None = None
    """Have the picture in the answer itself if it is done in so many seconds. Absent: a ticket at once,
    from which a run that is killed goes on."""
    cancel_after: Annotated[str, Field(pattern=r"^(\d+h)?(\d+m)?(\d+s)?$|^\d+$", min_length=1)] | None = None
    """When Replicate stops it, such as `90s` or `5m`, counted from its creation."""

    disable_safety_checker: bool | None = None
    go_fast: bool | None = None
    """A faster variant, with a little less detail."""
    megapixels: Literal["1", "0.25"] | None = None
    prompt_upsampling: bool | None = None
    safety_tolerance: Annotated[int, Field(ge=0, le=6)] | None = None
    """From 0 or 1, the strictest."""
    safety_filter_level: (
        Literal["block_low_and_above", "block_medium_and_above", "block_only_high"] | None
    ) = None
    magic_prompt_option: Literal["Auto", "On", "Off"] | None = None
    resolution: str | None = None
    """Of Ideogram, as `WIDTHxHEIGHT`; it wins over the aspect ratio."""
    scheduler: str | None = None
    refine: Literal["no_refiner", "expert_ensemble_refiner", "base_image_refiner"] | None = None
    high_noise_frac: Part | None = None
    """Which part of the noise the base model takes before the refiner."""
    refine_steps: Annotated[int, Field(ge=1)] | None = None
    apply_watermark: bool | None = None
    lora_scale: Part | None = None
    replicate_weights: str | None = None
    """Weights to add, by their address."""
