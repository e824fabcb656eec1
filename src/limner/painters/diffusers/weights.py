"""Where a model's weights lie, and whether they may be loaded: safetensors only, and no code but our own.

The operator names a folder, or a model of a hub at one commit: by its hash, what was looked at is what is
loaded. A pipeline may name parts that are code of its own, and weights may be pickles, which run code when
they are read; both are refused before anything is loaded.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from limner.core.errors import UserError
from limner.core.models import Model

_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
_HUB_ID: Final = re.compile(r"\w[\w.-]*/\w[\w.-]*")
_LIBRARIES: Final = frozenset({"diffusers", "transformers"})
_INDEX: Final = "model_index.json"


@dataclass(frozen=True, slots=True)
class Weights:
    """What to load."""

    source: str
    """A folder, or the id of a model at a hub."""
    revision: str | None
    """The commit at the hub. Absent: it is a folder."""
    variant: str | None = None
    """Which files of several, such as `fp16`. Absent: the plain ones."""


def weights_of(model: Model) -> Weights:
    """Say what a model's data name.

    Raises:
        UserError: they name no folder, or a hub's model without its commit; or what lies in the folder may
            not be loaded.
    """
    folder, hub, variant = (model.wire.get(name) for name in ("folder", "hub", "variant"))
    which = str(variant) if variant else None
    if folder:
        path = Path(str(folder)).expanduser()
        check_folder(path, model.id)
        return Weights(str(path), None, which)
    if not hub:
        raise _wrong(model.id, "names no weights", "Set wire.folder, or wire.hub with wire.revision.")
    revision = str(model.wire.get("revision") or "")
    if not _HUB_ID.fullmatch(str(hub)) or not _COMMIT.fullmatch(revision):
        raise _wrong(
            model.id,
            "names a model of a hub, but not at one commit",
            'Set wire.hub = "owner/name" and wire.revision to the commit\'s 40 digits.',
        )
    return Weights(str(hub), revision, which)


def check_folder(folder: Path, model: str) -> None:
    """Refuse a folder that is no pipeline, or has parts that are code of its own.

    Args:
        folder: where a pipeline was saved.
        model: whose it is, for messages.

    Raises:
        UserError: saying what is wrong.
    """
    try:
        index: object = json.loads((folder / _INDEX).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise _wrong(
            model, f"has no pipeline at {folder}: {_INDEX} cannot be read", "Save one there."
        ) from error
    for name, part in cast("Mapping[str, object]", index).items() if isinstance(index, Mapping) else ():
        library = cast("list[object]", part)[0] if isinstance(part, list) and part else None
        if library is not None and library not in _LIBRARIES:
            raise _wrong(
                model,
                f"has a part, {name}, that is code of its own: {library}",
                "Limner runs no code that comes with weights.",
            )
    if not any(folder.rglob("*.safetensors")):
        raise _wrong(
            model,
            f"has no safetensors at {folder}",
            "Convert it: `pipeline.save_pretrained(folder, safe_serialization=True)`.",
        )


def _wrong(model: str, what: str, remedy: str) -> UserError:
    return UserError(f"{model} {what}.", code="invalid_catalog", field="model", remedy=remedy)
