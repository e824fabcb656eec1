"""Stability's own options, by its names (v2beta OpenAPI document, 2026-09-22)."""

from typing import Annotated, Literal

from pydantic import Field

from limner.providers._shared.options import VendorOptions

Part = Annotated[float, Field(ge=0, le=1)]


class Options(VendorOptions):
    """What Stability takes besides the fields of every request. Each service takes a few of them."""

    grow_mask: Annotated[float, Field(ge=0, le=100)] | None = None
    """How many pixels the mask grows outwards: up to 100 to inpaint, else up to 20."""
    creativity: Part | None = None
    """How freely outpainting invents."""
    control_strength: Part | None = None
    """How closely a sketch or structure is kept to."""
    composition_fidelity: Part | None = None
    """How closely the composition is kept to."""
    foreground_prompt: Annotated[str, Field(max_length=10_000)] | None = None
    """Describes the subject, so that the background does not bleed into it."""
    preserve_original_subject: Part | None = None
    """How much of the subject's own pixels is kept."""
    original_background_depth: Part | None = None
    """How closely the new background keeps to the old one's depth."""
    light_source_direction: Literal["left", "right", "above", "below"] | None = None
    """Where the light comes from."""
    light_source_strength: Part | None = None
    """How strong it is. It needs a direction, or a picture of light as a style reference."""
