"""From the validated shapes of our own interface to `core.requests.Request`."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from starlette.requests import Request as HttpRequest

from limner.catalog.sizes import USUAL
from limner.core.errors import UserError
from limner.core.operations import ALIASES, Operation, implied, parse_operation
from limner.core.pictures import NO_MARGINS, Box, Format, Margins, Mask, Picture, Reference, Role, Size
from limner.core.requests import (
    Classification,
    Mode,
    Request,
    Strategy,
    Tier,
    parse_regions,
    parse_tier,
)
from limner.server.incoming import Form, is_form, read_form, read_json, structured, validated
from limner.server.pictures import Fetch, take_in
from limner.server.schema import (
    CompareIn,
    LineupIn,
    Pictured,
    QuoteIn,
    ReferenceSizeIn,
    RouteIn,
    RunIn,
    Wanted,
)

_Shape = TypeVar("_Shape", bound=Pictured)

_FILES = {"image": "images", "images": "images", "mask": "mask", "reference": "references"}


async def run_request(http: HttpRequest, fetch: Fetch) -> tuple[Request, RunIn]:
    """Read a request with its pictures.

    Args:
        http: JSON, or a form whose files are named `image`, `mask` and `reference`.
        fetch: for pictures given by address.

    Raises:
        UserError: it cannot be read.
    """
    return await _taken_in(RunIn, http, fetch)


async def compare_request(http: HttpRequest, fetch: Fetch) -> tuple[Request, CompareIn]:
    """Read a request for several models, as `run_request` reads one.

    Raises:
        UserError: it cannot be read.
    """
    return await _taken_in(CompareIn, http, fetch)


async def lineup_request(http: HttpRequest) -> tuple[Request, LineupIn]:
    """Read a comparison to be priced.

    Raises:
        UserError: it cannot be read.
    """
    shape = validated(LineupIn, await read_json(http))
    return _without_pictures(shape), shape


async def _taken_in(kind: type[_Shape], http: HttpRequest, fetch: Fetch) -> tuple[Request, _Shape]:
    if is_form(http):
        form = await read_form(http)
        shape = validated(kind, structured(form.fields))
        pictures = await _pictures(shape, fetch, form)
    else:
        shape = validated(kind, await read_json(http))
        pictures = await _pictures(shape, fetch, None)
    return _request(shape, _key(shape, http)).replace(**pictures), shape


async def quote_request(http: HttpRequest) -> Request:
    """Read a request to be priced: sizes stand for its pictures.

    Raises:
        UserError: it cannot be read.
    """
    return _without_pictures(validated(QuoteIn, await read_json(http)))


async def route_request(http: HttpRequest) -> Request:
    """Read a request to be routed, which may leave the operation open.

    Raises:
        UserError: it cannot be read.
    """
    shape = validated(RouteIn, await read_json(http))
    operation = shape.operation or implied(len(shape.image_sizes), masked=shape.mask_box is not None).value
    fields = shape.model_dump(exclude_unset=True) | {"operation": operation}
    return _without_pictures(validated(QuoteIn, fields))


def recommendation_request(fields: Mapping[str, object]) -> Request:
    """Read a request for advice, from a query.

    Args:
        fields: those of `QuoteIn`.

    Raises:
        UserError: it cannot be read.
    """
    return _without_pictures(validated(QuoteIn, fields))


def _without_pictures(shape: QuoteIn) -> Request:
    blank = Picture(b"", size=USUAL)
    images = tuple(Picture(b"", size=Size.parse(size)) for size in shape.image_sizes)
    over = next(iter(images), blank)
    return _request(shape, None).replace(
        images=images,
        references=tuple(_blank_reference(each, place) for place, each in enumerate(shape.references)),
        mask=None if shape.mask_box is None else _blank_mask(shape, over, Box(*shape.mask_box)),
    )


def _blank_reference(given: ReferenceSizeIn, place: int) -> Reference:
    other = str(place).encode()  # no two are the same picture: some are paid for by the picture
    return Reference(Picture(other, size=Size.parse(given.size)), Role(given.role), given.strength)


def _blank_mask(shape: QuoteIn, over: Picture, box: Box) -> Mask:
    size = over.size or USUAL
    corners = f"{box.left},{box.top},{box.right},{box.bottom}"
    if not (0 <= box.left < box.right <= size.width and 0 <= box.top < box.bottom <= size.height):
        raise UserError(
            f"The mask's box {corners} does not lie in the picture, which is {size}.",
            code="invalid_box",
            field="mask_box",
            remedy="Give left, top, right and bottom in pixels of the picture, and its size too.",
        )
    return replace(_mask(shape, over), box=box)


async def _pictures(shape: Pictured, fetch: Fetch, form: Form | None) -> dict[str, object]:
    files = _by_field(form.files if form else {})
    images = [await take_in(text, f"images[{place}]", fetch) for place, text in enumerate(shape.images)]
    references = [
        Reference(await take_in(given.image, f"references[{place}]", fetch), Role(given.role), given.strength)
        for place, given in enumerate(shape.references)
    ]
    masks = [await take_in(shape.mask, "mask", fetch)] if shape.mask else []
    masks += files["mask"]
    if len(masks) > 1:
        raise UserError(
            f"{len(masks)} masks came.", code="too_many_masks", field="mask", remedy="Send one mask."
        )
    return {
        "images": (*images, *files["images"]),
        "references": (*references, *(Reference(picture) for picture in files["references"])),
        "mask": _mask(shape, masks[0]) if masks else None,
    }


def _by_field(files: Mapping[str, Sequence[Picture]]) -> dict[str, list[Picture]]:
    found: dict[str, list[Picture]] = {"images": [], "references": [], "mask": []}
    for name, pictures in files.items():
        if name not in _FILES:
            raise UserError(
                f"There is no file field `{name}`.",
                code="unknown_field",
                field=name,
                remedy="Name files `image`, `mask` or `reference`.",
            )
        found[_FILES[name]] += pictures
    return found


def _mask(shape: Wanted, picture: Picture) -> Mask:
    return Mask(picture, shape.mask_kind, shape.feather, shape.invert_mask)


def _key(shape: Wanted, http: HttpRequest) -> str | None:
    return shape.idempotency_key or http.headers.get("idempotency-key") or None


def _request(shape: Wanted, key: str | None) -> Request:
    margins = shape.margins
    return Request(
        operation=operation_named(shape.operation),
        prompt=shape.prompt,
        negative_prompt=shape.negative_prompt,
        model=shape.model,
        provider=shape.provider,
        size=None if shape.size is None else Size.parse(shape.size),
        aspect_ratio=shape.aspect_ratio,
        quality=None if shape.quality is None else tier(shape.quality),
        n=shape.n,
        seed=shape.seed,
        strength=shape.strength,
        guidance=shape.guidance,
        steps=shape.steps,
        style=shape.style,
        format=None if shape.format is None else Format(shape.format),
        compression=shape.compression,
        background=shape.background,
        embed_settings=shape.embed_settings,
        margins=NO_MARGINS if margins is None else Margins(**margins.model_dump()),
        search=shape.search,
        scale=shape.scale,
        tool=shape.tool,
        options=shape.options,
        partial_images=shape.partial_images,
        mode=Mode(shape.mode),
        allow_fallback=shape.allow_fallback,
        fallback_on_refusal=shape.fallback_on_refusal,
        max_cost=shape.max_cost,
        strategy=None if shape.strategy is None else Strategy(shape.strategy),
        regions=parse_regions(" ".join(shape.regions)),
        classification=None if shape.classification is None else Classification(shape.classification),
        deadline=shape.deadline,
        user=shape.user,
        idempotency_key=key,
    )


def operation_named(name: str) -> Operation:
    """Find an operation by name.

    Raises:
        UserError: there is none of that name; similar ones are suggested.
    """
    operation = parse_operation(name)
    if operation is None:
        known = [*(each.value for each in Operation), *ALIASES]
        near = tuple(difflib.get_close_matches(name, known, n=3))
        raise UserError(
            f"There is no operation {name!r}.",
            code="unknown_operation",
            field="operation",
            remedy=f"Did you mean {' or '.join(near)}?" if near else f"There are: {', '.join(known)}.",
            suggestions=near,
        )
    return operation


def tier(name: str) -> Tier:
    """Find a tier by name.

    Raises:
        UserError: there is none of that name.
    """
    found = parse_tier(name)
    if found is None:
        raise UserError(
            f"There is no quality {name!r}.",
            code="unknown_quality",
            field="quality",
            remedy=f"There are: {', '.join(each.value for each in Tier)}.",
        )
    return found
