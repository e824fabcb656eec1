"""WaveSpeed's own options: inputs of its models by their names (catalogue of 2026-06-12)."""

from typing import Annotated, Literal

from pydantic import Field

from limner.providers._shared.options import VendorOptions


class Options(VendorOptions):
    """What WaveSpeed's models take besides the fields of every request. Each takes a few."""

    enable_sync_mode: bool | None = None
    """Have the picture in the answer itself if it is done within about two minutes. Absent: a ticket at once,
    from which a run that is killed goes on."""
    enable_base64_output: bool | None = None
    """Have the picture's bytes in the answer, and not its address."""
    enable_prompt_expansion: bool | None = None
    """Have the prompt written out before it is painted."""
    thinking_mode: bool | None = None
    """Let the model think before it paints; slower. Absent: it does."""
    prompt_optimizer: bool | None = None
    structured_prompt: str | None = None
    """A prompt as JSON, which some models write and read back."""
    shot_type: Literal["customize", "intelligent"] | None = None
    creativity: Literal["raw", "low", "medium", "high"] | None = None
    safety_tolerance: Literal["1", "2", "3", "4", "5"] | None = None
    """From 1, the strictest."""
    raw: bool | None = None
    """Less processed, more natural."""
    mode: Literal["depth", "canny", "pose", "none"] | None = None
    """What of the picture guides the painting."""
    target_resolution: Literal["2k", "4k", "8k"] | None = None
    """How large an enlargement becomes."""
    chaos: Annotated[int, Field(ge=0, le=100)] | None = None
    """How different the pictures of one call are."""
    stylize: Annotated[int, Field(ge=0, le=1000)] | None = None
    weird: Annotated[int, Field(ge=0, le=3000)] | None = None
    niji: Literal["0", "5", "6", "7", "close"] | None = None
    sref: str | None = None
    """A style by its code, or by the address of a picture."""
    version: Literal["6", "6.1", "7", "8.1"] | None = None
    """Of Midjourney."""
