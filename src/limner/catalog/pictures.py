"""Which pictures go along: none is ever left out without a word."""

from limner.catalog.say import Say
from limner.core.models import Ability, Limits, Model
from limner.core.operations import NEEDS, Need
from limner.core.pictures import Mask, Reference
from limner.core.requests import Mode, Request

_REFERENCES = "references"


def check_images(request: Request, ability: Ability, say: Say) -> None:
    """Refuse too few or too many source pictures.

    Raises:
        UserError: the model takes another number of them.
    """
    least, most = ability.images
    count = len(request.images)
    if least <= count <= most:
        return
    wanted = f"{least}" if least == most else f"{least} to {most}"
    raise say.refuse(
        "images",
        "missing_image" if count < least else "too_many_images",
        f"{say.model.label} takes {wanted} pictures to {request.operation.value}; {count} came.",
        "Give one more." if count < least else "Leave some out, or choose another model.",
    )


def mask(request: Request, ability: Ability, say: Say) -> Mask | None:
    """The mask, which is kept even where the model takes none: Limner keeps to it.

    Raises:
        UserError: the model needs one for this, and none came.
    """
    needs = NEEDS[request.operation].mask
    if request.mask is None and ability.mask is Need.REQUIRED and needs is not Need.UNUSED:
        raise say.refuse(
            "mask",
            "missing_mask",
            f"{say.model.label} needs a mask to {request.operation.value}.",
            "Give a picture that is white where the image may change and black elsewhere.",
        )
    if request.mask is not None and needs is Need.UNUSED:
        say.dropped("mask", "a mask", f"`{request.operation.value}` has no use for a mask.")
        return None
    return request.mask


def references(request: Request, model: Model, ability: Ability, say: Say) -> tuple[Reference, ...]:
    """The references the model can be shown.

    Raises:
        UserError: there are more than it takes, unless in `best_effort`, or fewer than it needs.
    """
    room = 0 if _REFERENCES in ability.without else _room(len(request.images), model.limits)
    kept = request.references
    if len(kept) > room:
        if say.mode is not Mode.BEST_EFFORT:
            raise say.refuse(
                "references",
                "too_many_references",
                f"{model.label} takes {room} reference pictures here; {len(kept)} came.",
                "Leave some out, choose another model, or use the mode `best_effort`.",
            )
        say.dropped(
            "references", f"{len(kept)} pictures", f"{model.label} takes {room} here; the first are kept."
        )
        kept = kept[:room]
    suited = tuple(_suited(reference, model.limits, say) for reference in kept)
    if _REFERENCES not in ability.without:
        _check_fewest(suited, model, say)
    return suited


def _check_fewest(shown: tuple[Reference, ...], model: Model, say: Say) -> None:
    least, first = model.limits.least_references, next(iter(model.limits.roles), None)
    if sum(first in {None, one.role} for one in shown) >= least:
        return
    named = f" of the role {first.value}" if first else ""
    raise say.refuse(
        "references",
        "missing_reference",
        f"{model.label} needs a reference picture{named}; fewer than {least} came.",
        "Give the picture to go by in `references`.",
    )


def _room(images: int, limits: Limits) -> int:
    if limits.pictures is None:
        return limits.references
    return max(0, min(limits.references, limits.pictures - images))


def _suited(reference: Reference, limits: Limits, say: Say) -> Reference:
    role, strength = reference.role, reference.strength
    if limits.roles and role not in limits.roles:
        say.adapted(
            "references", role.value, limits.roles[0].value, f"{say.model.label} knows no role {role.value}."
        )
        role = limits.roles[0]
    if strength is not None and not limits.reference_strength:
        say.dropped("references", f"strength {strength}", f"{say.model.label} weighs its references itself.")
        strength = None
    return Reference(reference.picture, role, strength)
