"""Which servers there are, and how each differs from the others."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.responses import JSONResponse, Response

from limner.sandbox.schema import Flaw

SOURCES: Final = (
    "stable-diffusion.cpp examples/server/api.md of 2026-08-19",
    "LocalAI image.go and inpainting.go of 2026-08-22",
    "vLLM-Omni image_generation_api.md of 2025-12-28",
    "SGLang diffusion protocol.py as of 2026-11",
    "facts sheet of 2026-11-21",
)

_MANY: Final = 10
_SIZE: Final = {"type": "string"}
_COMMON: Final[Mapping[str, Any]] = {
    "prompt": {"type": "string"},
    "model": {"type": ["string", "null"]},
    "n": {"type": ["integer", "null"], "minimum": 1, "maximum": _MANY},
    "seed": {"type": ["integer", "null"]},
    "size": {"type": ["string", "null"]},
    "negative_prompt": {"type": ["string", "null"]},
}


@dataclass(frozen=True, slots=True)
class Server:
    """One kind of server."""

    place: str
    """Where it stands below the emulator: empty, or `/localai`."""
    models: tuple[str, ...]
    default_size: str
    told: Callable[[int, str], Any]
    """Its error body, from status and message."""
    default_format: str = "b64_json"
    formats: tuple[str, ...] = ("b64_json",)
    """The values of `response_format` that it knows."""
    edits: bool = True
    inpainting: bool = False
    """Whether it has `/images/inpainting` and `/images/upscale`."""
    must_match: bool = False
    """Whether a model that it does not serve is an error."""
    default_seed: int | None = None
    """What it paints with where no seed is sent. Absent: at random."""
    piped: bool = False
    """Whether a pipe in the prompt begins what is not wanted."""
    lenient_size: bool = False
    """Whether a size that cannot be read is the default, not an error."""
    properties: Mapping[str, Any] = field(default_factory=lambda: dict(_COMMON))

    @property
    def schema(self) -> Mapping[str, Any]:
        """JSON Schema of a generation; what it does not know it ignores."""
        formats = {"type": ["string", "null"], "enum": [*self.formats, None]}
        named = {**self.properties, "response_format": formats}
        return {"type": "object", "required": ["prompt"], "properties": named}


def _text(status: int, message: str) -> Any:
    return {"error": message}


def _detail(status: int, message: str) -> Any:
    return {"detail": message}


def _local(status: int, message: str) -> Any:
    return {"error": {"code": status, "message": message, "type": ""}}


_STEPS: Final = {"type": ["integer", "null"], "minimum": 1, "maximum": 200}
_SCALE: Final = {"type": ["number", "null"], "minimum": 0, "maximum": 20}
_FORMS: Final = {"type": ["string", "null"], "enum": ["png", "jpeg", "webp", None]}

BARE: Final = Server(
    "",
    ("sd-cpp-local",),
    "512x512",
    _text,
    formats=("b64_json", "url"),  # it answers b64_json whatever is asked
    properties={**_COMMON, "output_format": _FORMS},
)
SERVERS: Final = (
    BARE,
    Server(
        "/localai",
        ("stablediffusion", "flux.1-dev"),
        "512x512",
        _local,
        default_format="url",
        formats=("b64_json", "url"),
        edits=False,
        inpainting=True,
        piped=True,
        lenient_size=True,
        properties={**_COMMON, "step": {"type": ["integer", "null"]}, "file": {"type": ["string", "null"]}},
    ),
    Server(
        "/vllm",
        ("Qwen/Qwen-Image",),
        "1024x1024",
        _detail,
        edits=False,
        must_match=True,
        properties={
            **_COMMON,
            "num_inference_steps": _STEPS,
            "guidance_scale": _SCALE,
            "true_cfg_scale": _SCALE,
        },
    ),
    Server(
        "/sglang",
        ("black-forest-labs/FLUX.1-dev",),
        "1024x1024",
        _detail,
        default_format="url",
        formats=("b64_json", "url"),
        default_seed=1024,
        properties={**_COMMON, "output_format": _FORMS},
    ),
)


def error(server: Server, status: int, message: str) -> Response:
    """An error in a server's own form."""
    return JSONResponse(server.told(status, message), status)


def invalid(server: Server, flaw: Flaw) -> Response:
    """A body that does not fit: FastAPI's list where it is built on that, else a 400."""
    if server.told is not _detail:
        return error(server, 400, f"{flaw.path} {flaw.reason}".strip())
    entry = {
        "type": flaw.rule,
        "loc": ["body", flaw.path],
        "msg": f"Input {flaw.reason}",
        "input": flaw.value,
    }
    return JSONResponse({"detail": [entry]}, 422)


def failure(status: int, message: str) -> Response:
    """An error of the bare server as a whole."""
    return error(BARE, status, message)
