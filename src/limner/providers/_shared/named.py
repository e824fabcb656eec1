"""Parameters by the names that a model's data gives them: a table instead of code.

[models."core".wire.fields]       # field of the request = its name on the wire
prompt = "prompt"
style = "style_preset"
[models."core".wire.references]   # role = name on the wire; with [] it is a list
style = "style_image"
[models."core".wire.strengths]    # role = name of the reference's strength
style = "fidelity"
[models."core".wire.send]         # constants; what a request says wins over them
mode = "image-to-image"
[models."core".wire.relight.send] # laid over the rest for one operation
keep_original_background = "true"
"""

from collections.abc import Callable, Mapping
from typing import Final, cast

from limner.core.adapter import Order
from limner.core.errors import UserError
from limner.core.pictures import Format, Picture, Size
from limner.providers._shared.options import given
from limner.providers._shared.reading import mapping

_TABLES: Final = ("fields", "references", "strengths", "send")
_LIST: Final = "[]"
_MEDIA_TYPES: Final[Mapping[Format, str]] = {form: form.media_type for form in Format}


def mask(order: Order) -> Picture | None:
    """The mask as a picture. `None`: there is none."""
    if order.mask is None or order.model.mask is None:
        return None
    return Picture(order.mask, _MEDIA_TYPES[order.model.mask.format])


def _dimensions(size: Size | None) -> object:
    return size and {"width": size.width, "height": size.height}


def _source(order: Order) -> Size | None:
    return order.request.images[0].size if order.request.images else None


def _pair(size: Size | None) -> object:
    return size and [size.width, size.height]


def _pictures(order: Order) -> object:
    """The sources and then the references, for models that know no difference."""
    return (*order.request.images, *(one.picture for one in order.request.references)) or None


def _canvas(order: Order) -> object:
    """The size of the picture with its margins added."""
    source = _source(order)
    return source and _pair(order.request.margins.around(source))


_FIELDS: Final[Mapping[str, Callable[[Order], object]]] = {
    "prompt": lambda order: order.request.prompt or None,
    "negative_prompt": lambda order: order.request.negative_prompt,
    "n": lambda order: order.request.n,
    "seed": lambda order: order.request.seed,
    "strength": lambda order: order.request.strength,
    "guidance": lambda order: order.request.guidance,
    "steps": lambda order: order.request.steps,
    "style": lambda order: order.request.style,
    "quality": lambda order: order.quality,
    "format": lambda order: order.request.format and order.request.format.value,
    "compression": lambda order: order.request.compression,
    "background": lambda order: order.request.background,
    "aspect_ratio": lambda order: order.request.aspect_ratio,
    "size": lambda order: order.request.size and str(order.request.size),
    "dimensions": lambda order: _dimensions(order.request.size),
    "width": lambda order: order.request.size and order.request.size.width,
    "height": lambda order: order.request.size and order.request.size.height,
    "search": lambda order: order.request.search,
    "scale": lambda order: order.request.scale,
    "left": lambda order: order.request.margins.left or None,
    "right": lambda order: order.request.margins.right or None,
    "top": lambda order: order.request.margins.top or None,
    "bottom": lambda order: order.request.margins.bottom or None,
    "canvas": _canvas,
    "source_size": lambda order: _pair(_source(order)),
    "source_place": lambda order: [order.request.margins.left, order.request.margins.top],
    "image": lambda order: order.request.images[0] if order.request.images else None,
    "images": lambda order: order.request.images or None,
    "pictures": _pictures,
    "mask": mask,
    "user": lambda order: order.request.user,
}
"""What a table of names may name. `size` is `1024x768`, `dimensions` an object; `image` is the first of
`images`, and `pictures` are those and the references."""

FIELDS: Final = frozenset(_FIELDS)


def spoken(order: Order) -> Mapping[str, object]:
    """The model's wire names, with those of the order's operation laid over them."""
    return laid(order.model.wire, order.request.operation.value)


def laid(wire: Mapping[str, object], operation: str) -> Mapping[str, object]:
    """A model's wire names as they are for one operation.

    Example:
        >>> wire = {"path": "a", "send": {"x": 1}, "relight": {"send": {"y": 2}}}
        >>> laid(wire, "relight")["send"]
        {'x': 1, 'y': 2}
    """
    over = mapping(wire.get(operation))
    under: Mapping[str, object] = {} if over.get("alone") else wire
    merged = {name: {**mapping(under.get(name)), **mapping(over.get(name))} for name in _TABLES}
    return {**wire, **over, **merged}


def values(order: Order) -> dict[str, object]:
    """The parameters of an order, by their names on the wire. What is absent is not sent.

    Args:
        order: its model's `wire` has the tables.

    Returns:
        Constants, then fields, then options; a picture is a `Picture`, a list of them a tuple.

    Raises:
        UserError: an option does not go with the model, or two references with one place.
    """
    wire = spoken(order)
    found: dict[str, object] = dict(mapping(wire["send"]))
    for field, name in mapping(wire["fields"]).items():
        value = _FIELDS[field](order)
        if value is not None:
            found[str(name)] = value
    for role, name in mapping(wire["references"]).items():
        shown = tuple(one.picture for one in order.request.references if one.role == role)
        found |= _placed(shown, str(name), order)
    for role, name in mapping(wire["strengths"]).items():
        told = [one.strength for one in order.request.references if one.role == role]
        found |= {str(name): strength for strength in told[:1] if strength is not None}
    return found | given(order)


def _placed(shown: tuple[Picture, ...], name: str, order: Order) -> dict[str, object]:
    if name.endswith(_LIST):
        return {name.removesuffix(_LIST): shown} if shown else {}
    if len(shown) > 1:
        raise UserError(
            f"{order.model.label} takes one reference of each role; {len(shown)} of one came.",
            code="too_many_references",
            field="references",
            remedy="Leave the others out, or give them another role.",
        )
    return {name: shown[0]} if shown else {}


def text_of(value: object) -> str:
    """A value as a form has it.

    Example:
        >>> text_of(True), text_of(0.5), text_of("a")
        ('true', '0.5', 'a')
    """
    return str(value).lower() if isinstance(value, bool) else str(value)


def many(value: object) -> tuple[Picture, ...]:
    """The pictures of a value: itself, or those in it. Empty: it holds none."""
    if isinstance(value, Picture):
        return (value,)
    if not isinstance(value, tuple):
        return ()
    parts = cast("tuple[object, ...]", value)
    return tuple(part for part in parts if isinstance(part, Picture))
