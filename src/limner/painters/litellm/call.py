"""From an order to the arguments of LiteLLM's functions. What differs by model is data: docs/litellm.md."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, cast

from limner.core.adapter import Order
from limner.core.errors import UserError
from limner.core.operations import Operation
from limner.core.painter import Keys
from limner.core.pictures import Picture
from limner.core.secret import Secret
from limner.painters.litellm.options import LiteLLMOptions

_EDITS: Final = frozenset(
    {Operation.EDIT, Operation.IMG2IMG, Operation.INPAINT, Operation.OUTPAINT, Operation.ERASE}
    | {Operation.SEARCH_REPLACE, Operation.RECOLOR, Operation.RELIGHT, Operation.RESTYLE}
    | {Operation.STRUCTURE, Operation.REMOVE_BACKGROUND, Operation.REPLACE_BACKGROUND}
)
_NAMES: Final[Mapping[str, str]] = {
    "negative_prompt": "negative_prompt",
    "seed": "seed",
    "strength": "strength",
    "guidance": "guidance_scale",
    "steps": "steps",
    "style": "style",
    "format": "output_format",
    "compression": "output_compression",
    "background": "background",
    "user": "user",
}
"""Field of the request → argument. `wire.names` says otherwise for a model."""
_NO_KEY: Final = "none"
"""For a server that wants no key: told nothing, LiteLLM would look for one in the environment."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of one of its functions."""

    function: str
    arguments: Mapping[str, object] = field(repr=False)
    """Without keys."""
    keys: Mapping[str, Secret]
    """Argument → key."""


def describe(order: Order, keys: Keys) -> Call:
    """Say which function is called, and with what.

    Args:
        order: the order.
        keys: where keys are found by name.

    Raises:
        UserError: LiteLLM has no function for it, the model's data lack its name, or a key is missing.
    """
    request, wire = order.request, order.model.wire
    name = str(wire["model"])
    if "/" not in name:
        raise UserError(
            f"The model {order.model.id} does not say what LiteLLM calls it.",
            code="invalid_catalog",
            field="model",
            remedy='Set wire.model = "provider/model" in limner.toml.',
        )
    found = _keys(name, wire, keys)
    shared: dict[str, object] = {"model": name, "timeout": request.deadline, **_table(wire, "arguments")}
    where = {"api_base": wire.get("base"), "api_version": wire.get("api_version")}
    shared |= {argument: value for argument, value in where.items() if value is not None}
    if request.operation is Operation.VARIATION:
        # It sends the picture and nothing else (1.103.7): not even the model's name.
        return Call("image_variation", shared | {"image": _file(request.images[0])}, found)
    shared |= {"prompt": request.prompt, **_fields(order)}
    if request.operation is Operation.GENERATE:
        return Call("image_generation", shared, found)
    if request.operation not in _EDITS:
        raise UserError(
            f"LiteLLM has no function for `{request.operation.value}`.",
            code="unsupported_operation",
            field="operation",
            remedy="Take it out of the model's abilities in limner.toml.",
        )
    pictures = [*request.images, *(reference.picture for reference in request.references)]
    shared["image"] = [_file(picture) for picture in pictures]
    if order.mask is not None:
        shared["mask"] = io.BytesIO(order.mask)
    return Call("image_edit", shared, found)


def _fields(order: Order) -> dict[str, object]:
    """What the caller asked for and the model takes, by LiteLLM's names; unknown ones it passes on."""
    request, wire = order.request, order.model.wire
    names = _NAMES | {name: str(value) for name, value in _table(wire, "names").items()}
    fields: dict[str, object] = {"n": request.n} if order.model.limits.n > 1 else {}
    if request.size is not None:
        fields["size"] = str(request.size)
    elif request.aspect_ratio is not None:
        fields["aspect_ratio"] = request.aspect_ratio
    if order.quality is not None:
        fields["quality"] = order.quality
    for name, argument in names.items():
        value = getattr(request, name)
        if value is not None:
            fields[argument] = str(value) if name == "format" else value
    if isinstance(order.options, LiteLLMOptions):
        fields |= order.options.extra
    return fields


def _keys(name: str, wire: Mapping[str, object], keys: Keys) -> dict[str, Secret]:
    """The keys that the model's data name; where they name none, the provider's usual one."""
    wanted = (
        _table(wire, "keys") if "keys" in wire else {"api_key": f"{name.partition('/')[0].upper()}_API_KEY"}
    )
    found: dict[str, Secret] = {}
    for argument, variable in wanted.items():
        key = keys(str(variable))
        if key is None:
            raise UserError(
                f"{name} needs a key, and {variable} is not set.",
                code="missing_key",
                field="provider",
                remedy=f"Set {variable} in the environment, or name another in wire.keys in limner.toml.",
            )
        found[argument] = key
    return found or {"api_key": Secret(_NO_KEY)}


def _table(wire: Mapping[str, object], name: str) -> dict[str, object]:
    table = wire.get(name, {})
    return dict(cast("Mapping[str, object]", table)) if isinstance(table, Mapping) else {}


def _file(picture: Picture) -> io.BytesIO:
    return io.BytesIO(picture.data)
