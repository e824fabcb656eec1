"""Whether a model could do the job unchanged, by the facts of its data: one rule a function.

A rule answers with a code and a sentence, or with `None` where nothing is in the way. Prices and
availability are looked at later, because they change.
"""

from collections.abc import Callable
from typing import Final

from limner.catalog.catalog import alive
from limner.catalog.sizes import makes, nearest
from limner.core.models import Ability, Hosting, Model
from limner.core.operations import NEEDS, Need, Operation
from limner.core.pictures import Size
from limner.core.requests import Classification
from limner.policy.routing.facts import Wishes

Obstacle = tuple[str, str]
"""A code, and the sentence."""
Rule = Callable[[Model, Ability, Wishes], Obstacle | None]

MOST_ENLARGED: Final = 1.25
"""A size counts as made where what comes is enlarged by no more: beyond that it is another class of size."""
_PASTED: Final = frozenset({Operation.INPAINT, Operation.ERASE, Operation.OUTPAINT})
_REFERENCES: Final = "references"


def obstacle(model: Model, wishes: Wishes) -> Obstacle | None:
    """What keeps a model from doing the job unchanged, by its data alone.

    Args:
        model: which.
        wishes: what is asked.

    Returns:
        The first obstacle. `None`: there is none.
    """
    ability = model.abilities.get(wishes.operation)
    if ability is None:
        return "cannot", f"{model.label} cannot {_verb(wishes)}."
    if not alive(model, wishes.today):
        heir = f" {model.successor} takes its place." if model.successor else ""
        return "retired", f"{model.label} no longer answers.{heir}"
    return next((found for rule in _RULES if (found := rule(model, ability, wishes)) is not None), None)


def lawful(model: Model, wishes: Wishes) -> Obstacle | None:
    """What forbids to send the pictures there, even when the model is asked for by name.

    Args:
        model: which.
        wishes: with regions and classification.
    """
    return _region(model, wishes) or _classification(model, wishes)


def _asked_for(model: Model, ability: Ability, wishes: Wishes) -> Obstacle | None:
    del ability
    if wishes.provider not in {None, model.provider}:
        return "other_provider", f"Models of {wishes.provider} were asked for."
    if wishes.among and model.id not in wishes.among:
        return "not_named", "The alias does not lead to it."
    if wishes.pin is not None and not wishes.fallback and model.id != wishes.pin:
        return "no_fallback", f"{wishes.pin} was asked for, and no other model instead."
    return None


def _paid_unasked(model: Model, ability: Ability, wishes: Wishes) -> Obstacle | None:
    del ability
    if wishes.opened or model.hosting is Hosting.HERE:
        return None
    text = (
        "It does not paint here, and nothing asks for one that does not: name a model, a provider, a"
        " strategy, or a quality with a limit of cost."
    )
    return "unasked", text


def _law(model: Model, ability: Ability, wishes: Wishes) -> Obstacle | None:
    del ability
    return lawful(model, wishes)


def _region(model: Model, wishes: Wishes) -> Obstacle | None:
    asked = wishes.regions
    if not asked or model.hosting is Hosting.HERE or model.address(asked) is not None:
        return None
    allowed = " or ".join(sorted(asked))
    beyond = [region for region in model.regions if region not in asked]
    if beyond:
        return "region", f"{model.label} may process pictures in {' and '.join(beyond)}; {allowed} is asked."
    if model.regions:
        return None
    if model.addresses:
        own = " or ".join(model.addresses)
        text = f"{model.label} can be kept to {own}, and else may process pictures anywhere"
        return "region", f"{text}; {allowed} is asked."
    return "region_unknown", f"It is not known where {model.label} processes pictures; {allowed} is asked."


def _classification(model: Model, wishes: Wishes) -> Obstacle | None:
    asked = wishes.classification
    if asked is None or asked is Classification.PUBLIC or model.hosting is Hosting.HERE:
        return None
    if model.classification is None:
        return "classification_unknown", f"Nobody has cleared {model.label} for what is {asked}."
    if not model.classification.covers(asked):
        return (
            "classification",
            f"{model.label} is cleared for what is {model.classification}; this is {asked}.",
        )
    return None


def _pictures(model: Model, ability: Ability, wishes: Wishes) -> Obstacle | None:
    least, most = ability.images
    if not least <= wishes.images <= most:
        wanted = f"{least}" if least == most else f"{least} to {most}"
        return (
            "images",
            f"{model.label} takes {wanted} pictures to {_verb(wishes)}; {_came(wishes.images)}.",
        )
    return None


def _mask(model: Model, ability: Ability, wishes: Wishes) -> Obstacle | None:
    """A mask is kept by every model: taken, or cut out and put back. Some need one."""
    unused = NEEDS[wishes.operation].mask is Need.UNUSED
    if wishes.masked and unused:
        return "mask_unused", f"`{wishes.operation.value}` has no use for a mask."
    if not wishes.masked and ability.mask is Need.REQUIRED and not unused:
        return "mask_needed", f"{model.label} needs a mask to {_verb(wishes)}."
    return None


def _shown(model: Model, ability: Ability, wishes: Wishes) -> Obstacle | None:
    """The references: as many as asked, in the roles they have."""
    limits, count = model.limits, len(wishes.references)
    takes = 0 if _REFERENCES in ability.without else limits.references
    if limits.pictures is not None:
        takes = max(0, min(takes, limits.pictures - wishes.images))
    if count > takes:
        return "references", f"{model.label} takes {takes} reference pictures here; {_came(count)}."
    strange = [role.value for role in wishes.references if limits.roles and role not in limits.roles]
    if strange:
        return "reference_role", f"{model.label} knows no reference of the role {strange[0]}."
    if count < limits.least_references and _REFERENCES not in ability.without:
        return "reference_needed", f"{model.label} needs a reference picture."
    return None


def _size(model: Model, ability: Ability, wishes: Wishes) -> Obstacle | None:
    """The size class: what is put into its place or enlarged has the source's."""
    asked = wishes.size
    if asked is None or wishes.masked or wishes.operation in _PASTED | {Operation.UPSCALE}:
        return None
    made = size_made(model, ability, asked, wishes.canvas)
    if made is None:
        return "size_unknown", f"{model.label} does not say which size it makes; {asked} is asked."
    if max(asked.width / made.width, asked.height / made.height) > MOST_ENLARGED:
        return "size", f"{model.label} makes {made} at most; {asked} is asked."
    return None


def size_made(model: Model, ability: Ability, asked: Size, canvas: Size | None) -> Size | None:
    """The size that comes when one is asked for.

    Args:
        model: which.
        ability: how it does the operation.
        asked: to deliver.
        canvas: of the source picture. Absent: there is none.

    Returns:
        The size. `None`: it is not known.
    """
    sizes = model.sizes
    if ability.size and (sizes.fixed or sizes.free):
        return asked if makes(sizes, asked) else nearest(sizes, asked)
    if sizes.follows_source and canvas is not None:
        return canvas
    return sizes.default


def _scale(model: Model, ability: Ability, wishes: Wishes) -> Obstacle | None:
    del ability
    factors = model.limits.scales
    if wishes.operation is not Operation.UPSCALE or wishes.scale is None or not factors:
        return None
    if max(factors) < wishes.scale:
        return "scale", f"{model.label} enlarges {max(factors):g} times at most; {wishes.scale:g} is asked."
    return None


def _transparency(model: Model, ability: Ability, wishes: Wishes) -> Obstacle | None:
    del ability
    if wishes.transparent and "transparent" not in model.limits.backgrounds:
        return "transparency", f"{model.label} makes no transparent background."
    return None


def _tool(model: Model, ability: Ability, wishes: Wishes) -> Obstacle | None:
    del ability
    asked = wishes.tool
    if wishes.operation is not Operation.TOOL or asked is None:
        return None
    if asked in model.limits.tools or asked.rpartition("/")[2] in model.limits.tools:
        return None
    return "tool", f"{model.label} has no tool {asked}."


def _words(model: Model, ability: Ability, wishes: Wishes) -> Obstacle | None:
    """Words that would go unheard make it another job, where there is somebody to hear them."""
    heard = ability.prompt is not Need.UNUSED or NEEDS[wishes.operation].prompt is Need.UNUSED
    if wishes.words and wishes.opened and not heard:
        return "words", f"{model.label} takes no words to {_verb(wishes)}."
    return None


def _stand_in(model: Model, ability: Ability, wishes: Wishes) -> Obstacle | None:
    """What draws by rules is there to try things out: whoever asks for a model does not mean it."""
    del ability
    stand_in = model.procedural and wishes.operation is Operation.GENERATE
    if stand_in and wishes.opened and not (wishes.provider or wishes.among):
        return "stand_in", f"{model.label} draws by rules, to try things out; it is not a generative model."
    return None


_RULES: Final[tuple[Rule, ...]] = (
    _asked_for,
    _paid_unasked,
    _law,
    _pictures,
    _mask,
    _shown,
    _size,
    _scale,
    _transparency,
    _tool,
    _words,
    _stand_in,
)


def _verb(wishes: Wishes) -> str:
    return wishes.operation.value.replace("_", " ")


def _came(count: int) -> str:
    return "none came" if count == 0 else "1 came" if count == 1 else f"{count} came"
