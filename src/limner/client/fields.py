"""The fields every verb takes by name, and how they become a request."""

import difflib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Literal, TypedDict, cast, get_args

from limner.client.inputs import ImageInput, Images, is_url, picture
from limner.core.errors import UserError
from limner.core.operations import Operation, parse_operation
from limner.core.pictures import (
    Format,
    Margins,
    Mask,
    MaskKind,
    Picture,
    Reference,
    Role,
    Size,
)
from limner.core.requests import (
    Background,
    Classification,
    Mode,
    Request,
    Strategy,
    Tier,
    parse_regions,
    parse_tier,
)

if TYPE_CHECKING:
    from limner.engine.events import Event

Fetch = Callable[[str], Awaitable[bytes]]
"""Fetches a URL safely."""


class Fields(TypedDict, total=False):
    """See `limner.core.requests.Request`: absent always means the model's own default."""

    negative_prompt: str
    model: str
    provider: str
    references: Sequence["ImageInput | Reference"]
    mask_kind: MaskKind
    feather: float
    invert: bool
    size: "str | tuple[int, int] | Size"
    width: int
    height: int
    aspect_ratio: str
    quality: "str | Tier"
    n: int
    seed: int
    strength: float
    guidance: float
    steps: int
    style: str
    format: "str | Format"
    compression: int
    background: Background
    embed_settings: bool
    margins: "int | tuple[int, int, int, int] | Margins"
    search: str
    scale: float
    tool: str
    options: Mapping[str, object]
    partial_images: int
    mode: "Literal['strict', 'adapt', 'best_effort'] | Mode"
    allow_fallback: bool
    fallback_on_refusal: bool
    max_cost: "Decimal | float | str"
    strategy: "Literal['priority', 'cheapest', 'fastest', 'balanced'] | Strategy"
    regions: "str | Sequence[str]"
    classification: "Literal['public', 'internal', 'confidential', 'secret'] | Classification"
    deadline: float
    user: str
    idempotency_key: str
    on_event: "Callable[[Event], None]"
    """Called with what a run tells while it goes on: prices, progress, previews."""


class MaskedFields(Fields, total=False):
    """With a mask, for the verbs where it may be left out."""

    mask: "ImageInput | Mask"


_KNOWN: Final = frozenset(MaskedFields.__annotations__) - {"on_event"}


async def build(
    operation: str | Operation, image: Images | None, prompt: str, fields: MaskedFields, fetch: Fetch
) -> Request:
    """Make a request of what a caller wrote.

    Args:
        operation: its name, or an alias.
        image: one, several or none.
        prompt: perhaps empty.
        fields: the rest. One that is `None` is absent.
        fetch: gets pictures given by URL.

    Raises:
        UserError: a name or a value is not one there is.
    """
    rest: dict[str, object] = {name: value for name, value in fields.items() if value is not None}
    unknown = [name for name in rest if name not in _KNOWN]
    if unknown:
        near = tuple(difflib.get_close_matches(unknown[0], _KNOWN, n=3))
        raise UserError(
            f"There is no field {unknown[0]!r}.",
            code="unknown_field",
            field=unknown[0],
            remedy=f"Did you mean {' or '.join(near)}?"
            if near
            else "Vendors' own options go into `options`.",
            suggestions=near,
        )
    for name in rest.keys() & _WHOLE.keys():
        _numeric(name, rest[name], int, _WHOLE[name])
    for name in rest.keys() & _NUMBERS.keys():
        _numeric(name, rest[name], (int, float), _NUMBERS[name])
    values: dict[str, object] = {
        "operation": operation_named(operation),
        "prompt": prompt,
        "images": tuple([await given(one, fetch) for one in _several(image)]),
        "mask": await _mask(rest, fetch),
        "references": tuple(
            [
                await _reference(one, fetch)
                for one in cast("list[ImageInput | Reference]", rest.pop("references", ()))
            ]
        ),
        "size": _size(rest),
    }
    for name, read in _READERS.items():
        if name in rest:
            values[name] = read(rest.pop(name))
    return Request(**values, **rest)  # pyright: ignore[reportArgumentType]


def _several(image: Images | None) -> Sequence[ImageInput]:
    if image is None:
        return ()
    return (
        cast("Sequence[ImageInput]", image)
        if isinstance(image, list | tuple)
        else (cast("ImageInput", image),)
    )


async def given(value: ImageInput, fetch: Fetch) -> Picture:
    """Read a picture from whatever a person has at hand; a URL is fetched.

    Raises:
        UserError: it cannot be read.
    """
    if is_url(value):
        return Picture(await fetch(value.strip()), name=value.partition("?")[0].rpartition("/")[2] or None)
    return picture(value)


async def _mask(rest: dict[str, object], fetch: Fetch) -> Mask | None:
    value = rest.pop("mask", None)
    kind = cast("MaskKind", _mask_kind(rest.pop("mask_kind", "auto")))
    feather = cast("float", rest.pop("feather", 0.0))
    invert = cast("bool", rest.pop("invert", False))
    if value is None or isinstance(value, Mask):
        return value
    return Mask(await given(cast("ImageInput", value), fetch), kind, feather, invert)


async def _reference(value: ImageInput | Reference, fetch: Fetch) -> Reference:
    if isinstance(value, Reference):
        return value
    return Reference(await given(value, fetch), Role.SOURCE)


def _size(rest: dict[str, object]) -> Size | None:
    size = rest.pop("size", None)
    width, height = rest.pop("width", None), rest.pop("height", None)
    if size is None and width is not None and height is not None:
        return Size.parse(f"{width}x{height}")
    if (width is None) != (height is None):
        raise UserError(
            "Width and height go together.",
            code="invalid_size",
            field="width" if width is None else "height",
            remedy="Give both, or `aspect_ratio`.",
        )
    if size is None or isinstance(size, Size):
        return size
    if isinstance(size, tuple):
        return Size.parse("x".join(map(str, cast("tuple[int, int]", size))))
    return None if size == "auto" else Size.parse(str(size))


def operation_named(name: str | Operation) -> Operation:
    """Find an operation by its name, or by an alias.

    Raises:
        UserError: there is none of that name; the nearest are suggested.
    """
    found = parse_operation(name)
    if found is None:
        names = [operation.value for operation in Operation]
        near = tuple(difflib.get_close_matches(name, names, n=3))
        raise UserError(
            f"There is no operation {name!r}.",
            code="unknown_operation",
            field="operation",
            remedy=f"Choose one of: {', '.join(near or names)}.",
            suggestions=near,
        )
    return found


def _one_of(field: str, value: object, found: object, names: Sequence[str]) -> object:
    if found is None:
        raise UserError(
            f"{value!r} is no {field}.",
            code="invalid_value",
            field=field,
            remedy=f"Choose one of: {', '.join(names)}.",
            suggestions=tuple(difflib.get_close_matches(str(value), names, n=3)),
        )
    return found


def _quality(value: object) -> object:
    return _one_of("quality", value, parse_tier(str(value)), [tier.value for tier in Tier])


def _format(value: object) -> object:
    name = str(value).lower().lstrip(".")
    found = {"jpg": Format.JPEG, **{known.value: known for known in Format}}.get(name)
    return _one_of("format", value, found, [known.value for known in Format])


def _mode(value: object) -> object:
    found = {mode.value: mode for mode in Mode}.get(str(value).replace("-", "_"))
    return _one_of("mode", value, found, [mode.value for mode in Mode])


def _strategy(value: object) -> object:
    found = {strategy.value: strategy for strategy in Strategy}.get(str(value))
    return _one_of("strategy", value, found, [strategy.value for strategy in Strategy])


def _classification(value: object) -> object:
    found = {each.value: each for each in Classification}.get(str(value))
    return _one_of("classification", value, found, [each.value for each in Classification])


def _regions(value: object) -> tuple[str, ...]:
    names = value if isinstance(value, str) else " ".join(map(str, cast("Sequence[object]", value)))
    return parse_regions(names)


def _margins(value: object) -> Margins:
    if isinstance(value, Margins):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Margins(value, value, value, value)
    return Margins(*_margin_sides(value))


def _margin_sides(value: object) -> tuple[int, int, int, int]:
    sides = cast("Sequence[object]", value if isinstance(value, list | tuple) else ())
    if len(sides) != len(_SIDES) or not all(isinstance(side, int) for side in sides):
        raise UserError(
            f"The margins {value!r} cannot be read.",
            code="invalid_value",
            field="margins",
            remedy="Give one number of pixels for all sides, or four: left, right, top, bottom.",
        )
    return cast("tuple[int, int, int, int]", tuple(sides))


def _money(value: object) -> Decimal:
    try:
        amount = Decimal(str(value).strip().removeprefix("$"))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite():
        raise UserError(
            f"{value!r} is no amount of US dollars.",
            code="invalid_value",
            field="max_cost",
            remedy="Write it as 0.05.",
        )
    return amount


def _background(value: object) -> object:
    names = get_args(Background)
    return _one_of("background", value, value if value in names else None, names)


def _mask_kind(value: object) -> object:
    names = get_args(MaskKind)
    return _one_of("mask_kind", value, value if value in names else None, names)


def _numeric(name: str, value: object, kind: type | tuple[type, ...], example: str) -> None:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise UserError(
            f"`{name}` is {value!r}, which is no {'whole ' if kind is int else ''}number.",
            code="invalid_value",
            field=name,
            remedy=f"Give a number, such as {example}.",
        )


def _ratio(value: object) -> str:
    text = str(value).strip()
    width, colon, height = text.partition(":")
    try:
        usable = bool(colon) and Fraction(width) > 0 and Fraction(height) > 0
    except (ValueError, ZeroDivisionError):
        usable = False
    if not usable:
        raise UserError(
            f"The aspect ratio {text!r} cannot be read.",
            code="invalid_aspect_ratio",
            field="aspect_ratio",
            remedy="Write it as WIDTH:HEIGHT, such as 16:9.",
        )
    return text


_SIDES: Final = ("left", "right", "top", "bottom")
_WHOLE: Final = {
    "n": "4",
    "seed": "7",
    "steps": "30",
    "compression": "85",
    "partial_images": "2",
    "width": "1024",
    "height": "1024",
}
"""Whole numbers, each with an example."""
_NUMBERS: Final = {
    "feather": "8",
    "strength": "0.6",
    "guidance": "7.5",
    "scale": "2",
    "deadline": "600",
}
_READERS: Final[Mapping[str, Callable[[object], object]]] = {
    "background": _background,
    "quality": _quality,
    "format": _format,
    "mode": _mode,
    "margins": _margins,
    "max_cost": _money,
    "strategy": _strategy,
    "regions": _regions,
    "classification": _classification,
    "aspect_ratio": _ratio,
}
