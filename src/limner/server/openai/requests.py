"""From OpenAI's fields to `core.requests.Request`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request as HttpRequest

from limner.core.errors import UserError
from limner.core.notes import Note
from limner.core.operations import Operation
from limner.core.pictures import Format, Mask, Picture, Size
from limner.core.requests import Classification, Mode, Request, Strategy, Tier, parse_regions
from limner.server.incoming import is_form, read_form, read_json
from limner.server.openai.fields import Edit, EditJson, Generation, ImageRef, validated
from limner.server.pictures import Fetch, take_in
from limner.server.requests import operation_named
from limner.server.schema import Extras

_TIERS: Final[Mapping[str, Tier]] = {
    "low": Tier.DRAFT,
    "medium": Tier.STANDARD,
    "standard": Tier.STANDARD,
    "high": Tier.HIGH,
    "hd": Tier.HIGH,
    "xhigh": Tier.ULTRA,
    "max": Tier.ULTRA,
}
_MOST_IMAGES: Final = 16


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client of the dialect wants."""

    request: Request
    fields: Generation | Edit
    notes: tuple[Note, ...]


async def generation(http: HttpRequest) -> Asked:
    """Read the body of a generation.

    Raises:
        UserError: it does not fit.
    """
    fields = validated(Generation, await read_json(http), strict=True)
    return _asked(fields, Operation.GENERATE, (), None, http)


async def edit(http: HttpRequest, fetch: Fetch) -> Asked:
    """Read the body of an edit: a form with files, or JSON with addresses.

    Raises:
        UserError: it does not fit, or a picture cannot be had.
    """
    return await (_edit_form(http) if is_form(http) else _edit_json(http, fetch))


async def _edit_form(http: HttpRequest) -> Asked:
    form = await read_form(http)
    for name in form.files:
        if name not in {"image", "mask", "markup"}:
            raise _unknown(name)
    fields = validated(Edit, _flat(form.fields), strict=False)
    images = form.files.get("image", ())
    masks = form.files.get("mask", ())
    if len(masks) > 1:
        raise UserError(
            f"Invalid 'mask': one mask is taken; {len(masks)} came.",
            code="array_above_max_length",
            field="mask",
            remedy="Send one.",
        )
    if form.files.get("markup"):
        raise _no_markup()
    return _edit(fields, images, masks[0] if masks else None, http)


async def _edit_json(http: HttpRequest, fetch: Fetch) -> Asked:
    fields = validated(EditJson, await read_json(http), strict=True)
    if fields.markup is not None:
        raise _no_markup()
    images = [await _picture(ref, f"images[{place}]", fetch) for place, ref in enumerate(fields.images)]
    mask = None if fields.mask is None else await _picture(fields.mask, "mask", fetch)
    return _edit(fields, tuple(images), mask, http)


async def _picture(ref: ImageRef, name: str, fetch: Fetch) -> Picture:
    if ref.file_id is not None:
        raise UserError(
            "Limner keeps no uploaded files, so a file_id names nothing here.",
            code="unsupported_file_id",
            field=f"{name}.file_id",
            remedy="Send the picture as `image_url` with a data URL, or as a file in a form.",
        )
    if ref.image_url is None:
        raise UserError(
            f"Missing required parameter: '{name}.image_url'.",
            code="missing_required_parameter",
            field=f"{name}.image_url",
            remedy="Add it.",
        )
    return await take_in(ref.image_url, f"{name}.image_url", fetch)


def _edit(fields: Edit, images: tuple[Picture, ...], mask: Picture | None, http: HttpRequest) -> Asked:
    if not images:
        raise UserError(
            "Missing required parameter: 'image'.",
            code="missing_required_parameter",
            field="image",
            remedy="Send one to 16 pictures.",
        )
    if len(images) > _MOST_IMAGES:
        raise UserError(
            f"Invalid 'image': at most {_MOST_IMAGES} pictures are taken; {len(images)} came.",
            code="array_above_max_length",
            field="image",
            remedy="Send fewer.",
        )
    # With one picture, a mask means repainting inside it; among several it is part of an instruction.
    inpaints = mask is not None and len(images) == 1
    return _asked(fields, Operation.INPAINT if inpaints else Operation.EDIT, images, mask, http)


def _asked(
    fields: Generation | Edit,
    operation: Operation,
    images: tuple[Picture, ...],
    mask: Picture | None,
    http: HttpRequest,
) -> Asked:
    extras = fields.limner or Extras()
    wanted = operation_named(extras.operation) if extras.operation else operation
    request = Request(
        operation=wanted,
        prompt=fields.prompt,
        negative_prompt=extras.negative_prompt,
        model=fields.model or None,
        provider=extras.provider,
        images=images,
        mask=None if mask is None else Mask(mask, extras.mask_kind, extras.feather, extras.invert_mask),
        size=None if fields.size in {None, "auto"} else Size.parse(str(fields.size)),
        quality=_TIERS.get(fields.quality or "auto"),
        n=fields.n or 1,
        seed=extras.seed,
        strength=extras.strength,
        guidance=extras.guidance,
        steps=extras.steps,
        style=getattr(fields, "style", None),
        format=None if fields.output_format is None else Format(fields.output_format),
        compression=fields.output_compression,
        background=None if fields.background == "auto" else fields.background,
        options=dict(extras.options),
        partial_images=(fields.partial_images or 0) if fields.stream else 0,
        mode=Mode(extras.mode),
        embed_settings=extras.embed_settings,
        allow_fallback=extras.allow_fallback,
        fallback_on_refusal=extras.fallback_on_refusal,
        max_cost=extras.max_cost,
        strategy=None if extras.strategy is None else Strategy(extras.strategy),
        regions=parse_regions(" ".join(extras.regions)),
        classification=None if extras.classification is None else Classification(extras.classification),
        user=fields.safety_identifier or fields.user,
        idempotency_key=http.headers.get("idempotency-key") or None,
    )
    return Asked(request, fields, ())


def _flat(fields: Mapping[str, str]) -> dict[str, object]:
    """A form's fields; the SDK writes what is inside an object as `limner[seed]`."""
    flat: dict[str, object] = {}
    inner: dict[str, object] = {}
    for name, value in fields.items():
        if name.startswith("limner[") and name.endswith("]"):
            inner[name[7:-1]] = value
        else:
            flat[name] = value
    return {**flat, "limner": inner} if inner else flat


def _unknown(name: str) -> UserError:
    return UserError(
        f"Unknown parameter: '{name}'.", code="unknown_parameter", field=name, remedy="Leave it out."
    )


def _no_markup() -> UserError:
    return UserError(
        "Limner does not pass a markup on.",
        code="unsupported_parameter",
        field="markup",
        remedy="Draw on the picture itself, or send a mask.",
    )
