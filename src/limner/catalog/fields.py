"""Field by field: what of a request the model takes. Each function returns the fields to send."""

from collections.abc import Callable, Mapping
from typing import Final, cast

from limner.catalog.say import Say
from limner.core.errors import UserError
from limner.core.models import Ability, Limits, Model, Range
from limner.core.operations import Operation
from limner.core.pictures import Margins
from limner.core.requests import Mode, Request, Tier

Fields = dict[str, object]

_SEARCHES: Final = frozenset({Operation.SEARCH_REPLACE, Operation.RECOLOR})


def numbers(request: Request, limits: Limits, say: Say) -> Fields:
    """Strength, guidance and steps: brought into the model's range, or left out."""
    return {
        "strength": _ranged("strength", request.strength, limits.strength, say),
        "guidance": _ranged("guidance", request.guidance, limits.guidance, say),
        "steps": _ranged("steps", request.steps, limits.steps, say),
    }


def _ranged(name: str, asked: float | None, bounds: Range | None, say: Say) -> float | None:
    if asked is None:
        return None
    if bounds is None:
        say.dropped(name, asked)
        return None
    return _clamped(name, asked, bounds, say)


def _clamped(name: str, asked: float, bounds: Range, say: Say) -> float:
    least, most = bounds
    used = type(asked)(min(max(asked, least), most))
    if used != asked:
        say.adapted(name, asked, used, f"{say.model.label} takes {least:g} to {most:g}.")
    return used


def accepted(request: Request, model: Model) -> None:
    """Refuse what is outside the ranges that a provider's clients know, whatever the model makes of it.

    Raises:
        UserError: naming the field and its range.
    """
    ranges = cast("Mapping[str, tuple[int, int]]", model.extras.get("accepts", {}))
    for name, (least, most) in ranges.items():
        value = getattr(request, name)
        if value is not None and not least <= value <= most:
            raise UserError(
                f"`{name}` is {value}; {model.label} takes {least:,} to {most:,}.",
                code="out_of_range",
                field=name,
                remedy=f"Choose a value from {least:,} to {most:,}, or leave it out.",
            )


def seed(request: Request, limits: Limits, say: Say) -> int | None:
    """The seed of the first picture."""
    if request.seed is None:
        return None
    if limits.seed is None:
        say.dropped(
            "seed", request.seed, f"{say.model.label} takes no seed, so the result cannot be made again."
        )
        return None
    return int(_clamped("seed", request.seed, limits.seed, say))


def quality(request: Request, limits: Limits, say: Say) -> tuple[Tier | None, str | None]:
    """The tier that is used, and the wire's word for it."""
    asked = request.quality
    if asked is None:
        return None, None
    if not limits.qualities:
        say.dropped("quality", asked.value)
        return None, None
    tiers = list(Tier)
    used = min(
        limits.qualities, key=lambda tier: (abs(tiers.index(tier) - tiers.index(asked)), tiers.index(tier))
    )
    if used is not asked:
        say.adapted("quality", asked.value, used.value, f"{say.model.label} has no tier {asked.value}.")
    return used, limits.qualities[used]


_NOTHING: Final[Fields] = {"partial_images": 0}
"""What stands for nothing, where that is not `None`."""
_ELSEWHERE: Final = frozenset({"format", "references"})
"""Fields that other files see to: Limner encodes, and no picture is left out without being asked for."""


def words(request: Request, limits: Limits, say: Say) -> Fields:
    """Negative prompt and style."""
    negative = request.negative_prompt
    if negative is not None and limits.negative_prompt is None:
        say.dropped("negative_prompt", negative)
        negative = None
    elif negative is not None:
        negative = within("negative_prompt", negative, limits.negative_prompt, say)
    return {"negative_prompt": negative, "style": _style(request, limits, say)}


def within(name: str, text: str, most: int | None, say: Say) -> str:
    """Refuse words that are too long: cut off, they would ask for another picture.

    Args:
        name: the field.
        text: the words.
        most: characters the model takes. Absent: any number.
        say: in `best_effort` the words are cut and this is noted.

    Raises:
        UserError: they are too long, in `strict` and `adapt`.
    """
    if most is None or len(text) <= most:
        return text
    if say.mode is not Mode.BEST_EFFORT:
        raise say.refuse(
            name,
            "prompt_too_long",
            f"The {name.replace('_', ' ')} has {len(text)} characters; {say.model.label} takes {most}.",
            "Shorten it, choose another model, or use the mode `best_effort`, which cuts it off.",
        )
    say.adapted(
        name, text, text[:most], f"{say.model.label} takes {most} characters; {len(text)} were given."
    )
    return text[:most]


def _style(request: Request, limits: Limits, say: Say) -> str | None:
    asked = request.style
    if asked is None:
        return None
    known = {style.lower(): style for style in limits.styles}
    if asked.strip().lower() in known:
        used = known[asked.strip().lower()]
        if used != asked:
            say.adapted("style", asked, used, "This is how the model spells it.")
        return used
    why = f"{say.model.label} has no style {asked!r}." if known else f"{say.model.label} has no `style`."
    say.dropped("style", asked, why)
    return None


def previews(request: Request, limits: Limits, say: Say) -> int:
    """How many previews to stream."""
    asked = request.partial_images
    if asked == 0:
        return 0
    if limits.partial_images is None:
        say.dropped("partial_images", asked, f"{say.model.label} sends no previews.")
        return 0
    if request.format in limits.single:
        say.dropped("partial_images", asked, f"There are no previews of {request.format}.")
        return 0
    return int(_clamped("partial_images", asked, (0, limits.partial_images), say))


def tool(request: Request, limits: Limits, say: Say) -> str | None:
    """The vendor's tool, as asked. One the model does not have is always refused."""
    asked = request.tool
    if request.operation is not Operation.TOOL or asked is None:
        return asked
    if asked in limits.tools or asked.rpartition("/")[2] in limits.tools:
        return asked
    raise say.refuse(
        "tool",
        "unknown_tool",
        f"{say.model.label} has no tool {asked!r}.",
        f"It has {_listed(limits.tools)}." if limits.tools else "It has none.",
        suggestions=limits.tools,
    )


def strength(request: Request, ability: Ability, say: Say) -> float | None:
    """How far to move from the source, for a model that must be told."""
    if request.strength is not None or ability.strength is None:
        return request.strength
    say.chose("strength", f"{say.model.label} must be told: {ability.strength:g} is usual.", ability.strength)
    return ability.strength


def search(request: Request, ability: Ability, say: Say) -> None:
    """Refuse to look for something that nobody has named.

    Raises:
        UserError: the model finds what it changes by words, and there are none.
    """
    if request.operation not in _SEARCHES or ability.through is not None or request.search:
        return
    raise say.refuse(
        "search",
        "missing_search",
        f"{say.model.label} has to be told what to look for.",
        "Name it in `search`.",
    )


def margins(request: Request, limits: Limits, say: Say) -> Margins:
    """How far the model extends the picture: as far as asked, or further where it must be even.

    Raises:
        UserError: a margin is too wide; or, in `strict`, not as wide as the opposite one.
    """
    wide, most = request.margins, limits.margins
    if limits.even_margins and wide != wide.even():
        why, then = f"{say.model.label} keeps the picture in the middle.", "What is too much is cut off."
        say.adapted("margins", wide, wide.even(), why, then=then)
        wide = wide.even()
    if most is None or max(wide.left, wide.right, wide.top, wide.bottom) <= most:
        return wide
    raise say.refuse(
        "margins",
        "out_of_range",
        f"{say.model.label} adds {most} pixels to a side at most.",
        "Extend it in several steps, or choose another model.",
    )


def untaken(request: Request, ability: Ability, say: Say) -> Fields:
    """Leave out what the model takes elsewhere, but not for this operation."""
    fields: Fields = {}
    for name in ability.without:
        value, nothing = getattr(request, name), _NOTHING.get(name)
        if value == nothing or name in _ELSEWHERE:
            continue
        say.dropped(name, value, f"{say.model.label} takes no `{name}` to {request.operation.value}.")
        fields[name] = nothing
    return fields


def pointless(request: Request, say: Say) -> Fields:
    """Leave out what only means something to another operation."""
    fields: Fields = {}
    stray: tuple[tuple[str, Callable[[Operation], bool], object], ...] = (
        ("search", lambda operation: operation in _SEARCHES, None),
        ("scale", lambda operation: operation is Operation.UPSCALE, None),
        ("tool", lambda operation: operation is Operation.TOOL, None),
        ("margins", lambda operation: operation is Operation.OUTPAINT, type(request.margins)()),
    )
    for name, belongs, nothing in stray:
        value = getattr(request, name)
        if value == nothing or belongs(request.operation):
            continue
        say.dropped(name, value, f"`{request.operation.value}` has no use for `{name}`.")
        fields[name] = nothing
    return fields


def _listed(values: tuple[object, ...]) -> str:
    return ", ".join(f"{value:g}" if isinstance(value, float) else str(value) for value in values)
