"""The nodes that are installed: what each takes, and what it puts out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

CHECKPOINTS: Final = ("model.safetensors", "sd_xl_base_1.0.safetensors", "inpainting.safetensors")
UPSCALERS: Final = ("4x-UltraSharp.pth", "RealESRGAN_x4plus.pth")
FOLDERS: Final[Mapping[str, tuple[str, ...]]] = {
    "checkpoints": CHECKPOINTS,
    "upscale_models": UPSCALERS,
    "loras": (),
    "vae": (),
}

Input = tuple[Any, Mapping[str, Any]]
"""A type and its limits; a tuple of choices in place of the type."""


@dataclass(frozen=True, slots=True)
class Node:
    """One class of nodes."""

    name: str
    category: str
    inputs: Mapping[str, Input]
    outputs: tuple[str, ...]
    saves: bool = False
    """Whether a graph may end in it."""

    def shown(self, pictures: list[str]) -> dict[str, Any]:
        """The node as `/object_info` shows it.

        Args:
            pictures: the files that may be loaded now.
        """
        required = {
            name: [_choices(kind, pictures), dict(limits)] for name, (kind, limits) in self.inputs.items()
        }
        return {
            "input": {"required": required},
            "input_order": {"required": list(self.inputs)},
            "output": list(self.outputs),
            "output_is_list": [False] * len(self.outputs),
            "output_name": list(self.outputs),
            "name": self.name,
            "display_name": self.name,
            "description": "",
            "python_module": "nodes",
            "category": self.category,
            "output_node": self.saves,
        }


PICTURES: Final = "(pictures)"
"""Stands for the files that may be loaded now."""


def _choices(kind: Any, pictures: list[str]) -> Any:
    if kind == PICTURES:
        return pictures
    return list(cast("tuple[str, ...]", kind)) if isinstance(kind, tuple) else kind


def _link(kind: str) -> Input:
    return kind, {}


def _whole(default: int, least: int, most: int, step: int = 1) -> Input:
    return "INT", {"default": default, "min": least, "max": most, "step": step}


def _share(default: float, most: float) -> Input:
    return "FLOAT", {"default": default, "min": 0.0, "max": most, "step": 0.01}


def _one_of(*choices: str) -> Input:
    return choices, {}


_SIDE: Final = _whole(512, 16, 16384, 8)
_PAD: Final = _whole(0, 0, 16384, 8)
_SAMPLERS: Final = _one_of("euler", "euler_ancestral", "heun", "dpmpp_2m", "dpmpp_sde", "ddim", "uni_pc")
_SCHEDULERS: Final = _one_of("normal", "karras", "exponential", "sgm_uniform", "simple", "beta")
_METHODS: Final = _one_of("nearest-exact", "bilinear", "area", "bicubic", "lanczos")
_CHANNELS: Final = _one_of("alpha", "red", "green", "blue")

_ALL: Final = (
    Node("CheckpointLoaderSimple", "loaders", {"ckpt_name": _one_of(*CHECKPOINTS)}, ("MODEL", "CLIP", "VAE")),
    Node(
        "CLIPTextEncode", "conditioning", {"text": ("STRING", {}), "clip": _link("CLIP")}, ("CONDITIONING",)
    ),
    Node(
        "EmptyLatentImage",
        "latent",
        {"width": _SIDE, "height": _SIDE, "batch_size": _whole(1, 1, 4096)},
        ("LATENT",),
    ),
    Node(
        "KSampler",
        "sampling",
        {
            "model": _link("MODEL"),
            "seed": _whole(0, 0, 2**64 - 1),
            "steps": _whole(20, 1, 10000),
            "cfg": _share(8.0, 100.0),
            "sampler_name": _SAMPLERS,
            "scheduler": _SCHEDULERS,
            "positive": _link("CONDITIONING"),
            "negative": _link("CONDITIONING"),
            "latent_image": _link("LATENT"),
            "denoise": _share(1.0, 1.0),
        },
        ("LATENT",),
    ),
    Node("VAEDecode", "latent", {"samples": _link("LATENT"), "vae": _link("VAE")}, ("IMAGE",)),
    Node("VAEEncode", "latent", {"pixels": _link("IMAGE"), "vae": _link("VAE")}, ("LATENT",)),
    Node(
        "VAEEncodeForInpaint",
        "latent/inpaint",
        {
            "pixels": _link("IMAGE"),
            "vae": _link("VAE"),
            "mask": _link("MASK"),
            "grow_mask_by": _whole(6, 0, 64),
        },
        ("LATENT",),
    ),
    Node(
        "SetLatentNoiseMask",
        "latent/inpaint",
        {"samples": _link("LATENT"), "mask": _link("MASK")},
        ("LATENT",),
    ),
    Node("LoadImage", "image", {"image": (PICTURES, {"image_upload": True})}, ("IMAGE", "MASK")),
    Node("LoadImageMask", "mask", {"image": (PICTURES, {}), "channel": _CHANNELS}, ("MASK",)),
    Node("ImageToMask", "mask", {"image": _link("IMAGE"), "channel": _CHANNELS}, ("MASK",)),
    Node(
        "ImageScale",
        "image/upscaling",
        {
            "image": _link("IMAGE"),
            "upscale_method": _METHODS,
            "width": _whole(512, 0, 16384),
            "height": _whole(512, 0, 16384),
            "crop": _one_of("disabled", "center"),
        },
        ("IMAGE",),
    ),
    Node(
        "ImagePadForOutpaint",
        "image",
        {
            "image": _link("IMAGE"),
            **dict.fromkeys(("left", "top", "right", "bottom"), _PAD),
            "feathering": _whole(40, 0, 16384),
        },
        ("IMAGE", "MASK"),
    ),
    Node("UpscaleModelLoader", "loaders", {"model_name": _one_of(*UPSCALERS)}, ("UPSCALE_MODEL",)),
    Node(
        "ImageUpscaleWithModel",
        "image/upscaling",
        {"upscale_model": _link("UPSCALE_MODEL"), "image": _link("IMAGE")},
        ("IMAGE",),
    ),
    Node(
        "SaveImage",
        "image",
        {"images": _link("IMAGE"), "filename_prefix": ("STRING", {"default": "ComfyUI"})},
        (),
        saves=True,
    ),
    Node("PreviewImage", "image", {"images": _link("IMAGE")}, (), saves=True),
)

NODES: Final[Mapping[str, Node]] = {node.name: node for node in _ALL}
"""Every class by name."""
