"""The loaded pipelines: one model at a time, its three ways of painting share the weights."""

import gc
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from threading import Lock
from types import MappingProxyType
from typing import Any, Final

from limner.core.errors import UserError
from limner.core.models import Model
from limner.core.operations import Operation
from limner.painters.diffusers.weights import Weights, weights_of

_WAYS: Final[Mapping[Operation, str]] = MappingProxyType(
    {
        Operation.GENERATE: "AutoPipelineForText2Image",
        Operation.IMG2IMG: "AutoPipelineForImage2Image",
        Operation.EDIT: "AutoPipelineForImage2Image",
        Operation.RESTYLE: "AutoPipelineForImage2Image",
        Operation.INPAINT: "AutoPipelineForInpainting",
        Operation.ERASE: "AutoPipelineForInpainting",
    }
)


@dataclass(frozen=True, slots=True)
class Setup:
    """What is loaded, and how. Models that agree in this share what is loaded."""

    weights: Weights
    device: str
    """Such as `cpu`, `cuda` or `cuda:1`."""
    precision: str
    """The name of a number type of torch's."""


class Pipelines:
    """Loads pipelines when they are asked for, and lets go of those of another model.

    Only one thread paints at a time, so the lock is held while one is loaded, and not while one paints.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._setup: Setup | None = None
        self._loaded: dict[str, Any] = {}

    def get(self, model: Model, operation: Operation) -> Any:
        """The pipeline that carries an operation out.

        Raises:
            UserError: the model's data are wrong, its weights cannot be loaded, or it has no such way.
        """
        way = _WAYS.get(operation)
        if way is None:
            raise UserError(
                f"Diffusers has no pipeline for `{operation.value}`.",
                code="unsupported_operation",
                field="operation",
                remedy="Take it out of the model's abilities in limner.toml.",
            )
        with self._lock:
            setup = setup_of(model)
            if self._setup != setup:
                self._let_go()
                self._setup = setup
            if way not in self._loaded:
                self._loaded[way] = self._load(model, way, setup)
            return self._loaded[way]

    def _let_go(self) -> None:
        self._loaded.clear()
        gc.collect()
        torch = import_module("torch")
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _load(self, model: Model, way: str, setup: Setup) -> Any:
        library: Any = import_module("diffusers")
        try:
            if self._loaded:
                return _quiet(getattr(library, way).from_pipe(next(iter(self._loaded.values()))))
            return _fresh(library, way, setup)
        except (OSError, ValueError) as error:
            raise UserError(
                f"The weights of {model.id} cannot be loaded: {str(error).partition(chr(10))[0]}",
                code="invalid_catalog",
                field="model",
                remedy="Check what wire names in limner.toml: a whole pipeline, saved as safetensors.",
            ) from error


def setup_of(model: Model) -> Setup:
    """Say what is loaded for a model, and how.

    Raises:
        UserError: the model's data are wrong.
    """
    torch: Any = import_module("torch")
    device = str(model.wire.get("device") or ("cuda" if torch.cuda.is_available() else "cpu"))
    precision = str(model.wire.get("dtype") or ("float32" if device == "cpu" else "float16"))
    return Setup(weights_of(model), device, precision)


def _fresh(library: Any, way: str, setup: Setup) -> Any:
    torch, weights = import_module("torch"), setup.weights
    pipeline = getattr(library, way).from_pretrained(
        weights.source,
        revision=weights.revision,
        variant=weights.variant,
        dtype=getattr(torch, setup.precision),
        local_files_only=weights.revision is None,
        use_safetensors=True,
        trust_remote_code=False,
    )
    return _quiet(pipeline.to(setup.device))


def _quiet(pipeline: Any) -> Any:
    pipeline.set_progress_bar_config(disable=True)
    return pipeline
