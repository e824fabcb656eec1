"""OpenAI's own fields, for the vendors that know them by name; a note where the vendor does not."""

import dataclasses
from typing import Final, cast

from pydantic import BaseModel

from limner.core.models import Model
from limner.core.notes import Note, NoteKind
from limner.engine.makers import Vendor
from limner.server.gateway import Gateway
from limner.server.openai.requests import Asked

_FIELDS: Final = ("moderation", "complexity", "frame_count", "frame_duration_ms", "svg", "input_fidelity")
"""Those with no equal in Limner's vocabulary."""


def with_options(asked: Asked, here: Gateway) -> Asked:
    """Pass the fields on where the vendor that serves knows them, and say where it does not.

    Args:
        asked: what the client wants.
        here: finds the model and its vendor.

    Raises:
        UserError: there is no such model, or its provider is not set up.
    """
    given = {
        name: value for name in _FIELDS if (value := getattr(asked.fields, name, None)) not in {None, "auto"}
    }
    if not given:
        return asked
    model = _model(asked, here)
    known = _known(model, here)
    who = model.label if model else "what paints on this machine"
    dropped = tuple(
        Note(NoteKind.DROPPED, f"{who} has nothing like `{name}`.", field=name, asked=str(value))
        for name, value in given.items()
        if name not in known
    )
    passed = {name: value for name, value in given.items() if name in known}
    return dataclasses.replace(
        asked,
        request=asked.request.replace(options={**passed, **asked.request.options}),
        notes=(*asked.notes, *dropped),
    )


def _model(asked: Asked, here: Gateway) -> Model | None:
    name = asked.request.model or here.settings.default_model
    if name is None:
        return None
    return here.assembly.catalog.find(
        name,
        provider=asked.request.provider,
        operation=asked.request.operation,
        today=here.assembly.clock.now().date(),
    )


def _known(model: Model | None, here: Gateway) -> frozenset[str]:
    """The names of the options that a model takes."""
    if model is None:
        return frozenset()
    maker = here.assembly.makers.of(model.provider)
    kind = maker.adapter.options if isinstance(maker, Vendor) else maker.options
    if dataclasses.is_dataclass(kind):
        names = {field.name for field in dataclasses.fields(kind)}
    else:
        names = set(kind.model_fields) if issubclass(kind, BaseModel) else set[str]()
    listed = model.extras.get("options")
    if isinstance(listed, list | tuple):
        names &= {str(name) for name in cast("list[object]", listed)}
    return frozenset(names)
