"""From what somebody wants to what a model takes: every difference is a note, or an error.

request + model ─▶ fit ─▶ orders to send, and what Limner does with the answers
"""

from dataclasses import dataclass, replace
from typing import Final

from limner.catalog import fields
from limner.catalog.encoding import encoding
from limner.catalog.frame import frame, pasted
from limner.catalog.pictures import check_images, mask, references
from limner.catalog.say import Say
from limner.core.errors import UserError
from limner.core.models import Ability, Model
from limner.core.notes import Note
from limner.core.operations import Need, Operation
from limner.core.pictures import Format, Size
from limner.core.prices import Free
from limner.core.requests import Request

_SEARCH: Final = "{search}"


@dataclass(frozen=True, slots=True)
class Fitted:
    """A request as a model takes it."""

    model: Model
    ability: Ability
    """How the model does what was asked."""
    orders: tuple[Request, ...]
    """One for each call. Their operation is the one the model does natively; the pictures and the
    mask are still the caller's."""
    quality: str | None = None
    """The wire's word for the tier. Absent: not asked."""
    deliver: Size | None = None
    """The size to deliver. Absent: as it comes, or the whole picture's own where a region is put back."""
    encode: Format | None = None
    """What Limner encodes the result as. Absent: it stays as it comes."""
    canvas: Size | None = None
    """The region that is sent, for the price of models that answer in its size. Absent: none."""
    notes: tuple[Note, ...] = ()

    @property
    def free(self) -> bool:
        """Whether it certainly costs nothing."""
        return all(isinstance(price.rule, Free) for price in self.model.prices) and bool(self.model.prices)


def fit(request: Request, model: Model, *, canvas: Size | None = None) -> Fitted:
    """Fit a request to a model.

    Args:
        request: as asked; `core.requests.check` has passed it.
        model: that is to serve it.
        canvas: size of the region of the picture that is sent. Absent: none is.

    Returns:
        The orders, what becomes of the answers, and a note for everything that is not as asked.

    Raises:
        UserError: it cannot be fitted, or may not be in the request's mode.

    Example:
        >>> from datetime import date
        >>> from limner.catalog.load import load
        >>> flare = load().find("gpt-image-2.5-flare", provider="openai", today=date(2026, 11, 21))
        >>> wish = Request(Operation.GENERATE, prompt="a kite", size=Size(1500, 850), seed=7, n=12)
        >>> fitted = fit(wish, flare)
        >>> [(order.n, str(order.size)) for order in fitted.orders], str(fitted.deliver)
        ([(10, '1504x864'), (2, '1504x864')], '1500x850')
        >>> [note.field for note in fitted.notes]
        ['seed', 'size', 'n']
    """
    say = Say(model, request.mode)
    ability = model.abilities.get(request.operation)
    if ability is None:
        raise UserError(
            f"{model.id} cannot {request.operation.value}.",
            code="unsupported_operation",
            field="operation",
            remedy=f"It can: {', '.join(sorted(model.abilities))}.",
        )
    limits = model.limits
    fields.accepted(request, model)
    check_images(request, ability, say)
    dropped = fields.pointless(request, say) | fields.untaken(request, ability, say)
    request = request.replace(**dropped) if dropped else request
    request = request.replace(strength=fields.strength(request, ability, say))
    extended = fields.margins(request, limits, say)
    fields.search(request, ability, say)
    kept = mask(request, ability, say)
    shown = references(request, model, ability, say)
    request = _spoken(request, model, ability, say)
    tier, word = fields.quality(request, limits, say)
    first = fields.seed(request, limits, say)
    asked = replace(limits, formats=()) if "format" in ability.without else limits
    look = encoding(request, asked, say, composed=pasted(request))
    framed = frame(request, model, ability, canvas, say=say)
    order = request.replace(
        **fields.numbers(request, limits, say),
        **fields.words(request, limits, say),
        operation=ability.through or request.operation,
        references=shown,
        mask=kept,
        margins=extended,
        size=framed.size,
        aspect_ratio=framed.aspect_ratio,
        quality=tier,
        seed=first,
        format=look.format,
        compression=look.compression,
        background=look.background,
        partial_images=fields.previews(request, limits, say),
        scale=framed.scale,
        tool=fields.tool(request, limits, say),
    )
    return Fitted(
        model=model,
        ability=ability,
        orders=_split(order, model, say),
        quality=word,
        deliver=framed.deliver,
        encode=look.encode,
        canvas=canvas,
        notes=tuple(say.notes),
    )


def _spoken(request: Request, model: Model, ability: Ability, say: Say) -> Request:
    """What is done by other means is said in words."""
    name = request.operation.value
    if ability.through is not None:
        text = f"{model.label} has no `{name}` of its own: it was done by `{ability.through}`."
        say.emulated("operation", text, name, ability.through.value)
    if ability.prompt is Need.UNUSED:
        if request.prompt:
            say.dropped("prompt", request.prompt, f"{model.label} takes no words to {name}.")
        return request.replace(prompt="")
    if ability.instruction and (ability.through is not None or not request.prompt.strip()):
        request = _instructed(request, ability.instruction, say)
    if ability.prompt is Need.REQUIRED and not request.prompt.strip():
        raise say.refuse(
            "prompt", "empty_prompt", f"{model.label} needs a prompt to {name}.", "Say what to paint."
        )
    return request.replace(prompt=fields.within("prompt", request.prompt, model.limits.prompt, say))


def _instructed(request: Request, instruction: str, say: Say) -> Request:
    """Put the model's sentence for this operation before the caller's words."""
    words = [instruction, request.prompt]
    search, style = request.search, request.style
    if _SEARCH in instruction:
        words[0] = instruction.replace(_SEARCH, _what(request, say))
        search = None
    if request.operation is Operation.RESTYLE and style and not say.model.limits.styles:
        words.append(f"Style: {style}.")
        say.emulated("style", "The style is said in the prompt.", style)
        style = None
    prompt = " ".join(word for word in words if word)
    say.emulated("prompt", "The operation is said in the prompt.", request.prompt or None, prompt)
    return request.replace(prompt=prompt, search=search, style=style)


def _what(request: Request, say: Say) -> str:
    if request.search is not None:
        say.emulated("search", "What to look for is said in the prompt.", request.search)
        return request.search
    if request.mask is not None:
        return "what the mask covers"
    raise say.refuse(
        "search",
        "missing_search",
        f"{say.model.label} has to be told what to look for.",
        "Name it in `search`, or mark it with a mask.",
    )


def _split(order: Request, model: Model, say: Say) -> tuple[Request, ...]:
    """As many calls as the model needs, each with seeds of its own."""
    most = 1 if order.format in model.limits.single else model.limits.n
    if order.n <= most:
        return (order,)
    counts = [min(most, order.n - start) for start in range(0, order.n, most)]
    seeds = [_seed(order.seed, start, model) for start in range(0, order.n, most)]
    text = f"{model.label} makes {most} at once: {order.n} pictures go out as {len(counts)} calls"
    if order.seed is not None:
        text += f", with seeds from {order.seed} on, one for each picture"
    say.split(f"{text}.", order.n, " + ".join(str(count) for count in counts))
    return tuple(order.replace(n=count, seed=seed) for count, seed in zip(counts, seeds, strict=True))


def _seed(first: int | None, offset: int, model: Model) -> int | None:
    """Counted on from the first picture's, round and round within the model's range."""
    if first is None or model.limits.seed is None:
        return first
    least, most = model.limits.seed
    return least + (first - least + offset) % (most - least + 1)
