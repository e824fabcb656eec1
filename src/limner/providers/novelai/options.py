"""NovelAI's own options, by its names (schemas assembled from public clients, 2026-11-21)."""

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from limner.providers._shared.options import VendorOptions

Part = Annotated[float, Field(ge=0, le=1)]
Mood = Literal[
    "neutral", "happy", "sad", "angry", "scared", "surprised", "tired", "excited", "nervous", "thinking",
    "confused", "shy", "disgusted", "smug", "bored", "laughing", "irritated", "aroused", "embarrassed",
    "worried", "love", "determined", "hurt", "playful",
]  # fmt: skip
Sampler = Literal[
    "k_euler", "k_euler_ancestral", "k_dpmpp_2s_ancestral", "k_dpmpp_2m", "k_dpmpp_2m_sde", "k_dpmpp_sde",
    "ddim_v3",
]  # fmt: skip
_BLURS: Final = (0.0, 0.3, 0.35, 0.4, 0.45, 0.5)


def _listed(blur: float) -> float:
    if blur not in _BLURS:
        raise ValueError(f"it is one of {', '.join(map(str, _BLURS))}")
    return blur


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Center(_Strict):
    """Where a character stands, from the left and from the top."""

    x: Part
    y: Part


class Character(_Strict):
    """One of several characters, with words of its own."""

    prompt: str
    uc: str = ""
    """What should not appear of it."""
    center: Center | None = None
    """Absent: the model decides."""
    enabled: bool = True


class Options(VendorOptions):
    """What NovelAI takes besides the fields of every request."""

    sampler: Sampler | None = None
    noise_schedule: Literal["native", "karras", "exponential", "polyexponential"] | None = None
    cfg_rescale: Part | None = None
    sm: bool | None = None
    sm_dyn: bool | None = None
    dynamic_thresholding: bool | None = None
    skip_cfg_above_sigma: Annotated[float, Field(ge=0)] | None = None
    ucPreset: Annotated[int, Field(ge=0, le=4)] | None = None  # noqa: N815 - the vendor's name
    qualityToggle: bool | None = None  # noqa: N815 - the vendor's name
    tag_hint_qt: int | None = None
    tag_hint_uc_preset: int | None = None
    characterPrompts: list[Character] | None = None  # noqa: N815 - the vendor's name
    noise: Annotated[float, Field(ge=0, le=0.99)] | None = None
    extra_noise_seed: Annotated[int, Field(ge=0, le=4_294_967_295)] | None = None
    color_correct: bool | None = None
    upscaled_enhance: bool | None = None
    information_extracted: Annotated[float, Field(gt=0, le=1)] | None = None
    """How much of a style reference is taken over."""
    fidelity: Part | None = None
    """How closely a precise reference is kept to."""
    emotion: Mood | None = None
    defry: Annotated[int, Field(ge=0, le=5)] | None = None
    """How weakly a director tool works."""
    declared_blur_sigma: Annotated[float, AfterValidator(_listed)] | None = None
    """How blurred a picture is that is enlarged."""
    lang: Literal["en", "jp"] | None = None
    """Of the words that tags are suggested for."""
