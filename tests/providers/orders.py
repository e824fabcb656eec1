"""Orders as the engine makes them: any request, fitted to any model of the real catalog."""

from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from limner.catalog.fit import fit
from limner.catalog.load import load
from limner.core.adapter import Order
from limner.core.errors import UserError
from limner.core.models import Model
from limner.core.operations import NEEDS, Need, Operation
from limner.core.pictures import Format, Margins, Mask, Picture, Reference, Role, Size
from limner.core.requests import Background, Request, Tier, check
from limner.providers import registry
from tests.providers.exchanges import MEDIA_TYPES, data, picture

FILES = {Format.PNG: "dot.png", Format.JPEG: "dot.jpg", Format.WEBP: "dot.webp"}
WORDS = st.text(st.characters(exclude_categories=("C",)), min_size=1, max_size=30).filter(str.strip)

PART = st.floats(0, 1)

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "moderation": st.sampled_from(["low", "auto"]),
    "input_fidelity": st.sampled_from(["low", "high"]),
    "complexity": st.sampled_from(["low", "medium", "high"]),
    "frame_count": st.integers(2, 16),
    "frame_duration_ms": st.integers(1, 700_000),
    "svg": st.just({"model": "any", "reasoning": {"effort": "none"}}) | st.just({"model": "any"}),
    "safety_identifier": WORDS,
    "user": WORDS,
    "grow_mask": st.floats(0, 20),
    "creativity": PART,
    "control_strength": PART,
    "composition_fidelity": PART,
    "foreground_prompt": WORDS,
    "preserve_original_subject": PART,
    "original_background_depth": PART,
    "light_source_direction": st.sampled_from(["left", "right", "above", "below"]),
    "light_source_strength": PART,
    "sampler": st.sampled_from(["k_euler", "k_dpmpp_2m", "ddim_v3"]),
    "noise_schedule": st.sampled_from(["native", "karras"]),
    "cfg_rescale": PART,
    "sm": st.booleans(),
    "sm_dyn": st.booleans(),
    "dynamic_thresholding": st.booleans(),
    "skip_cfg_above_sigma": st.floats(0, 100),
    "ucPreset": st.integers(0, 4),
    "qualityToggle": st.booleans(),
    "tag_hint_qt": st.integers(0, 4),
    "tag_hint_uc_preset": st.integers(0, 4),
    "characterPrompts": st.lists(st.fixed_dictionaries({"prompt": WORDS}), max_size=2),
    "noise": st.floats(0, 0.99),
    "extra_noise_seed": st.integers(0, 2**32 - 1),
    "color_correct": st.booleans(),
    "upscaled_enhance": st.booleans(),
    "information_extracted": st.floats(0.1, 1),
    "fidelity": PART,
    "emotion": st.sampled_from(["happy", "sad"]),
    "defry": st.integers(0, 5),
    "declared_blur_sigma": st.sampled_from([0.0, 0.3]),
    "lang": st.sampled_from(["en", "jp"]),
    "prompt_upsampling": st.booleans(),
    "safety_tolerance": st.integers(0, 6),
    "raw": st.booleans(),
    "prefer_wait": st.integers(1, 60),
    "cancel_after": st.sampled_from(["90s", "5m", "1h30m45s", "30"]),
    "disable_safety_checker": st.booleans(),
    "go_fast": st.booleans(),
    "megapixels": st.sampled_from(["1", "0.25"]),
    "safety_filter_level": st.sampled_from(["block_low_and_above", "block_only_high"]),
    "magic_prompt_option": st.sampled_from(["Auto", "On", "Off"]),
    "resolution": st.just("1024x1024"),
    "refine": st.sampled_from(["no_refiner", "expert_ensemble_refiner"]),
    "high_noise_frac": PART,
    "refine_steps": st.integers(1, 50),
    "apply_watermark": st.booleans(),
    "lora_scale": PART,
    "response_format": st.sampled_from(["base64", "url"]),
    "image_loras": st.just([{"path": "https://example.com/x.safetensors", "scale": 0.8}]),
    "safety_settings": st.just([{"type": "harassment", "threshold": "block_none"}]),
    "thinking_level": st.sampled_from(["minimal", "high"]),
    "temperature": PART,
    "top_p": PART,
    "background": st.booleans(),
    "store": st.booleans(),
    "replicate_weights": st.just("https://example.com/weights.tar"),
    "provider": st.just({"allow_fallbacks": False, "sort": "price"}),
    "session_id": st.just("s-1"),
    "true_cfg_scale": st.floats(0, 20),
    "vae_use_slicing": st.booleans(),
    "vae_use_tiling": st.booleans(),
    "enable_teacache": st.booleans(),
    "output_quality": st.just("default"),
    "generator_device": st.sampled_from(["cuda", "cpu"]),
    "diffusers_kwargs": st.just({"eta": 0.1}),
    "sampler_name": st.sampled_from(["Euler a", "DPM++ 2M"]),
    "scheduler": st.sampled_from(["Automatic", "Karras"]),
    "styles": st.just(["noir"]),
    "eta": PART,
    "subseed": st.integers(0, 2**32 - 1),
    "subseed_strength": PART,
    "tiling": st.booleans(),
    "restore_faces": st.booleans(),
    "mask_blur": st.integers(0, 64),
    "inpainting_fill": st.integers(0, 3),
    "inpaint_full_res_padding": st.integers(0, 256),
    "gfpgan_visibility": PART,
    "codeformer_visibility": PART,
    "codeformer_weight": PART,
    "safe_mode": st.booleans(),
    "hide_watermark": st.booleans(),
    "embed_exif_metadata": st.booleans(),
    "style_preset": st.just("Comic Book"),
    "lora_strength": st.integers(0, 100),
    "enable_sync_mode": st.booleans(),
    "enable_base64_output": st.booleans(),
    "enable_prompt_expansion": st.booleans(),
    "thinking_mode": st.booleans(),
    "prompt_optimizer": st.booleans(),
    "structured_prompt": st.just('{"subject": "a pear"}'),
    "shot_type": st.sampled_from(["customize", "intelligent"]),
    "target_resolution": st.sampled_from(["2k", "4k", "8k"]),
    "mode": st.sampled_from(["depth", "canny", "pose", "none"]),
    "chaos": st.integers(0, 100),
    "stylize": st.integers(0, 1000),
    "weird": st.integers(0, 3000),
    "niji": st.sampled_from(["0", "6", "close"]),
    "sref": st.just("123456"),
    "version": st.sampled_from(["6.1", "7", "8.1"]),
}
BACKGROUNDS: list[Background | None] = [None, "auto", "opaque", "transparent"]
ONLY_WITH = {"frame_count": Format.GIF, "frame_duration_ms": Format.GIF, "svg": Format.SVG}


def models(slug: str) -> list[Model]:
    """Everything the catalog knows of a provider, the dead too."""
    return [model for model in load().all() if model.provider == slug]


@st.composite
def orders(draw: st.DrawFn, slug: str, among: tuple[str, ...] | None = None) -> Order:
    """One call's worth of fitted work.

    Args:
        draw: Hypothesis'.
        slug: the provider.
        among: names of models. Absent: all of them.
    """
    model = draw(st.sampled_from([one for one in models(slug) if among is None or one.name in among]))
    request = draw(requests(model))
    try:
        check(request)
        fitted = fit(request, model, canvas=Size(1024, 1024) if request.images else None)
    except UserError:
        assume(False)
        raise AssertionError("unreachable") from None
    one = draw(st.sampled_from(fitted.orders))
    sent = one.replace(
        images=tuple(prepared(draw, model) for _ in one.images),
        references=tuple(
            Reference(prepared(draw, model), reference.role, reference.strength)
            for reference in one.references
        ),
        mask=None,
    )
    adapter = registry.get(slug)
    assert adapter
    return Order(
        sent,
        model,
        adapter.options(**draw(options(model, sent))),
        mask=data("hole.png") if takes_mask(model, one) else None,
        quality=fitted.quality,
        stream=one.partial_images > 0,
    )


def takes_mask(model: Model, order: Request) -> bool:
    """Whether one goes along: the caller's, or the one that outpainting through inpainting is given."""
    masked = order.mask is not None or NEEDS[order.operation].mask is Need.REQUIRED
    return model.mask is not None and masked


def prepared(draw: st.DrawFn, model: Model) -> Picture:
    """A picture as the model wants it."""
    name = FILES[draw(st.sampled_from(model.inputs.formats))]
    return Picture(data(name), MEDIA_TYPES[name.rpartition(".")[2]], Size(2, 2), name)


@st.composite
def requests(draw: st.DrawFn, model: Model) -> Request:
    """What somebody might ask of a model."""
    among = sorted(model.abilities)
    often = st.just(Operation.GENERATE) if Operation.GENERATE in among else st.nothing()
    operation = draw(often | st.sampled_from(among))
    least, most = NEEDS[operation].images
    least, most = (
        max(least, model.abilities[operation].images[0]),
        min(most, model.abilities[operation].images[1]),
    )
    masked = NEEDS[operation].mask is Need.REQUIRED or (
        NEEDS[operation].mask is Need.OPTIONAL and draw(st.booleans())
    )
    least_shown = model.limits.least_references
    many = draw(st.integers(least_shown, 3)) if operation is Operation.GENERATE or least_shown else 0
    roles = model.limits.roles or tuple(Role)
    return Request(
        operation,
        prompt=draw(WORDS),
        images=tuple(picture("dot.png") for _ in range(draw(st.integers(least, max(least, most))))),
        references=tuple(
            Reference(picture("dot.png"), role)
            for role in draw(st.lists(st.sampled_from(roles), min_size=least_shown, max_size=many))
        ),
        mask=Mask(picture("hole.png")) if masked else None,
        size=draw(st.none() | st.builds(Size, st.integers(64, 4000), st.integers(64, 4000))),
        aspect_ratio=draw(st.none() | st.sampled_from(["1:1", "16:9", "2:3"])),
        quality=draw(st.none() | st.sampled_from(Tier)),
        n=draw(st.integers(1, 25)),
        seed=draw(st.none() | st.integers(0, 9)),
        style=draw(st.none() | st.sampled_from(["vivid", "noir"])),
        format=draw(st.none() | st.sampled_from(Format)),
        compression=draw(st.none() | st.integers(0, 100)),
        background=draw(st.sampled_from(BACKGROUNDS)),
        margins=Margins(left=16) if operation is Operation.OUTPAINT else Margins(),
        tool=draw(st.sampled_from(model.limits.tools)) if operation is Operation.TOOL else None,
        search="the hat" if operation in {Operation.SEARCH_REPLACE, Operation.RECOLOR} else None,
        partial_images=draw(st.integers(0, 4)),
        user=draw(st.none() | WORDS),
    )


@st.composite
def options(draw: st.DrawFn, model: Model, request: Request) -> dict[str, object]:
    """Options that the model takes and that go with the request."""
    own: Any = model.extras.get("operation_options", {})
    taken: Any = own.get(request.operation.value, model.extras.get("options", ()))
    fitting = [
        name
        for name in taken
        if ONLY_WITH.get(name, request.format) is request.format
        and (name != "input_fidelity" or request.images or request.references)
    ]
    chosen = draw(st.lists(st.sampled_from(fitting), unique=True)) if fitting else []
    able: Any = model.extras.get("values", {})
    return {name: draw(st.sampled_from(able[name]) if name in able else VALUES[name]) for name in chosen}
