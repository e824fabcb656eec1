"""What single servers take besides, by their names (2026-08). Which one runs, its model's `extras` say."""

from typing import Annotated, Any, Literal

from pydantic import Field

from limner.providers._shared.options import VendorOptions


class Options(VendorOptions):
    """Options of vLLM-Omni and SGLang."""

    true_cfg_scale: Annotated[float, Field(ge=0, le=20)] | None = None
    """Guidance of models that have two kinds."""
    vae_use_slicing: bool | None = None
    vae_use_tiling: bool | None = None
    """Less memory, more time."""
    enable_teacache: bool | None = None
    output_quality: str | None = None
    generator_device: Literal["cuda", "cpu"] | None = None
    diffusers_kwargs: dict[str, Any] | None = None
    """Passed on to the pipeline."""
