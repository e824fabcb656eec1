"""Together's own options, by its names (OpenAPI document, 2026-04-28). Each model takes a few."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from limner.providers._shared.options import VendorOptions


class Lora(BaseModel):
    """Weights to add."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    path: str
    """At Hugging Face, CivitAI or Replicate, or any address that ends in `.safetensors`."""
    scale: float
    """How strongly; 0.3 to 1.2 is advised."""


class Options(VendorOptions):
    """What Together takes besides the fields of every request."""

    response_format: Literal["base64", "url"] | None = None
    """Whether pictures come in the answer, or lie at addresses for a short time. Absent: in the answer."""
    prompt_upsampling: bool | None = None
    """Have the prompt written out before it is painted. Absent: yes."""
    disable_safety_checker: bool | None = None
    image_loras: Annotated[list[Lora], Field(max_length=2)] | None = None
