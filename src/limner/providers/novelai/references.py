"""Pictures to go by: vibes, which newer models want encoded first, and precise references."""

from typing import Final

from limner.core.adapter import Order
from limner.core.errors import UserError
from limner.core.http import HttpCall, Inline, JsonBody, Timeout
from limner.core.pictures import Reference, Role
from limner.providers._shared.options import given
from limner.providers.novelai.options import Character, Options

ENCODE: Final = "/ai/encode-vibe"
ENCODED: Final = "application/octet-stream"
"""What stands in the place of a picture that is encoded."""
_STRENGTH: Final = 0.6
_EXTRACTED: Final = 0.7
_CAPTIONS: Final = {Role.SUBJECT: "character", Role.SOURCE: "character&style"}
"""What a precise reference is for, in NovelAI's words."""


def vibes(order: Order) -> tuple[Reference, ...]:
    """The references whose mood and style are taken over."""
    return tuple(one for one in order.request.references if one.role is Role.STYLE)


def encodings(order: Order) -> tuple[HttpCall, ...]:
    """The paid calls that encode what is not encoded yet; older models take pictures as they are."""
    if not order.model.limits.prepared:
        return ()
    name = str(order.model.wire["model"])
    extracted = given(order).get("information_extracted", _EXTRACTED)
    return tuple(
        HttpCall(
            "POST",
            ENCODE,
            body=JsonBody(
                {"image": Inline(one.picture.data), "model": name, "information_extracted": extracted}
            ),
            timeout=Timeout.PAINT,
        )
        for one in vibes(order)
        if one.picture.media_type != ENCODED
    )


def parameters(order: Order) -> dict[str, object]:
    """What a generation is told about its references.

    Raises:
        UserError: both kinds of them came.
    """
    styles = vibes(order)
    precise = tuple(one for one in order.request.references if one.role is not Role.STYLE)
    if styles and precise:
        raise UserError(
            f"{order.model.label} takes style references or others, not both.",
            code="unsupported_references",
            field="references",
            remedy="Leave one kind out.",
        )
    options = given(order)
    if styles:
        extracted = options.get("information_extracted", _EXTRACTED)
        return {
            "reference_image_multiple": [Inline(one.picture.data) for one in styles],
            "reference_strength_multiple": [_of(one.strength, _STRENGTH) for one in styles],
            "reference_information_extracted_multiple": [extracted] * len(styles),
        }
    return _precise(precise, options.get("fidelity", 1.0)) if precise else {}


def _precise(shown: tuple[Reference, ...], fidelity: object) -> dict[str, object]:
    loose = round(1 - float(str(fidelity)), 2)
    return {
        "director_reference_images": [Inline(one.picture.data) for one in shown],
        "director_reference_descriptions": [
            {"caption": {"base_caption": _CAPTIONS[one.role], "char_captions": []}, "legacy_uc": False}
            for one in shown
        ],
        "director_reference_strength_values": [_of(one.strength, 1.0) for one in shown],
        "director_reference_secondary_strength_values": [loose] * len(shown),
        "director_reference_information_extracted": [1.0] * len(shown),
    }


def _of(strength: float | None, usual: float) -> float:
    return usual if strength is None else strength


def captions(order: Order) -> dict[str, object]:
    """The prompts of newer models: one for the picture, and one for each character."""
    options = order.options
    people = (options.characterPrompts if isinstance(options, Options) else None) or []
    shown = [one for one in people if one.enabled]
    placed = any(one.center for one in shown)
    prompts = [_captioned(one.prompt, one) for one in shown]
    negatives = [_captioned(one.uc, one) for one in shown]
    base, negative = order.request.prompt, order.request.negative_prompt or ""
    return {
        "v4_prompt": {
            "caption": {"base_caption": base, "char_captions": prompts},
            "use_coords": placed,
            "use_order": True,
        },
        "v4_negative_prompt": {
            "caption": {"base_caption": negative, "char_captions": negatives},
            "legacy_uc": False,
        },
        "characterPrompts": [{**one.model_dump(), "center": _center(one)} for one in people],
        "use_coords": placed,
    }


def _captioned(words: str, one: Character) -> dict[str, object]:
    return {"char_caption": words, "centers": [_center(one)]}


def _center(one: Character) -> dict[str, float]:
    return {"x": one.center.x, "y": one.center.y} if one.center else {"x": 0.5, "y": 0.5}
