"""What a request would cost on each of many models, remembered for requests that are priced alike."""

from collections import OrderedDict
from typing import Final

from limner.catalog.layout import lay_out
from limner.catalog.quote import quote
from limner.core.errors import UserError
from limner.core.models import Model
from limner.core.money import Price
from limner.core.prices import PerToken
from limner.core.requests import Request
from limner.policy.routing.facts import Floors, PriceOf

_MOST_SHAPES: Final = 64
"""Kinds of request whose prices are remembered."""
_MOST_PRICES: Final = 4096
"""Prices remembered of one kind."""
_ROOM: Final = 1000
"""Characters that a model's own sentence for an operation may add to a prompt."""

_Key = tuple[object, ...]


class Prices:
    """Quotes by model. One for the whole process.

    Example:
        >>> from limner.catalog.load import load
        >>> from limner.core.operations import Operation
        >>> sketch = load().get("limner/sketch")
        >>> Prices().of(Request(Operation.GENERATE, prompt="a pear"))(sketch).free
        True
    """

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._known: OrderedDict[_Key, dict[_Key, Price | UserError]] = OrderedDict()

    def of(self, request: Request) -> PriceOf:
        """The price of a request on any model.

        Args:
            request: as asked; `admit.measured` has been over its pictures.
        """
        shape = _shape(request)
        table = {} if shape is None else self._table(shape)

        def price(model: Model) -> Price:
            key = _key(request, model)
            found = table.get(key)
            if found is None:
                found = _priced(request, model)
                if len(table) >= _MOST_PRICES:
                    table.clear()
                table[key] = found
            if isinstance(found, UserError):
                raise found.with_traceback(None)  # of this time, not of all before it
            return found

        return price

    def floors(self, request: Request) -> Floors | None:
        """What a request costs at least, whatever it says in words.

        Args:
            request: as asked; `admit.measured` has been over its pictures.

        Returns:
            The price of one character for the prompt. `None`: there is no kind of request to remember.
        """
        kind = kind_of(request)
        if kind is None:
            return None
        prompt, negative = request.prompt.strip(), request.negative_prompt
        fewest = request.replace(prompt=prompt[:1], negative_prompt=negative and negative[:1])
        return Floors((kind[0], bool(prompt), bool(negative)), self.of(fewest))

    def _table(self, shape: _Key) -> dict[_Key, Price | UserError]:
        table = self._known.get(shape)
        if table is None:
            table = self._known[shape] = {}
            if len(self._known) > _MOST_SHAPES:
                self._known.popitem(last=False)
        return table


def kind_of(request: Request) -> tuple[object, ...] | None:
    """What requests have in common that are priced alike on every model.

    Args:
        request: as asked.

    Returns:
        Something to remember answers by. `None`: it is priced anew each time.
    """
    shape = _shape(request)
    return None if shape is None or request.references else (shape, _lengths(request))


def _priced(request: Request, model: Model) -> Price | UserError:
    try:
        return quote(lay_out(request, model).sent)
    except UserError as error:
        return error


def _shape(request: Request) -> _Key | None:
    """Everything but the words that decides what `fit` and `quote` say. `None`: it has too many faces."""
    if request.options:
        return None
    return (
        request.operation,
        request.size,
        request.aspect_ratio,
        request.quality,
        request.n,
        request.seed,
        request.strength,
        request.guidance,
        request.steps,
        request.style,
        request.format,
        request.compression,
        request.background,
        request.margins,
        request.search,
        request.scale,
        request.tool,
        request.partial_images,
        request.mode,
        request.mask and (request.mask.box,),
        tuple(picture.size for picture in request.images),
        tuple((shown.role, shown.strength, shown.picture.size) for shown in request.references),
    )


def _key(request: Request, model: Model) -> _Key:
    """How much of the words counts: every byte where they are billed, else only whether they fit.

    Where references take a call of their own, it matters which of them are the same picture.
    """
    if request.references and model.limits.prepared:
        return model.id, *(reference.picture.digest for reference in request.references), *_lengths(request)
    prompt, negative = request.prompt, request.negative_prompt or ""
    if any(isinstance(entry.rule, PerToken) for entry in model.prices):
        return model.id, *_lengths(request)
    limits = model.limits
    if _fits(prompt, limits.prompt) and _fits(negative, limits.negative_prompt):
        return model.id, bool(prompt.strip()), bool(negative)
    return model.id, *_lengths(request)


def _fits(text: str, most: int | None) -> bool:
    return most is None or len(text) + _ROOM <= most


def _lengths(request: Request) -> tuple[int, ...]:
    prompt, negative = request.prompt, request.negative_prompt or ""
    return len(prompt), len(prompt.encode()), len(prompt.strip()), len(negative), len(negative.encode())
