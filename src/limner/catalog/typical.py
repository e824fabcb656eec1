"""What one picture usually costs, and what is usually asked, where nobody has said yet what they want."""

from typing import Final

from limner.catalog.layout import lay_out
from limner.catalog.quote import quote
from limner.core.errors import UserError
from limner.core.models import Model
from limner.core.money import Price
from limner.core.operations import NEEDS, Need, Operation
from limner.core.pictures import NO_MARGINS, Margins, Mask, Picture, Reference, Role, Size
from limner.core.requests import Request

_USUAL: Final = Size(1024, 1024)
"""The picture that an edit is priced for."""
_PICTURE: Final = Picture(b"", size=_USUAL)
_WORDS: Final = "a picture"
_MARGINS: Final = Margins(256, 256, 256, 256)


def typical_price(model: Model, operation: Operation) -> Price | None:
    """The price of one picture when nothing but the operation is asked.

    Args:
        model: which.
        operation: one that it can do.

    Returns:
        The price. `None`: it depends on what only a request says, such as a tool's name.

    Example:
        >>> from datetime import date
        >>> from limner.catalog.load import load
        >>> price = typical_price(load().find("limner/heal", today=date(2026, 11, 21)), Operation.ERASE)
        >>> price is not None and price.free
        True
    """
    needs = NEEDS[operation]
    role = next(iter(model.limits.roles), Role.SOURCE)
    references = (Reference(_PICTURE, role),) * model.limits.least_references
    prompt = "" if needs.prompt is Need.UNUSED else _WORDS
    request = supplied(
        Request(operation, prompt=prompt, model=model.id, references=references, search=_WORDS)
    )
    try:
        return quote(lay_out(request, model).sent)
    except UserError:
        return None


def supplied(request: Request) -> Request:
    """The request with what its operation needs and it lacks, as is usual: to look around before asking.

    A source picture that is not there yet is taken to be as large as its mask.

    Args:
        request: perhaps no more than an operation.

    Example:
        >>> str(supplied(Request(Operation.ERASE)).images[0].size)
        '1024x1024'
    """
    needs, mask = NEEDS[request.operation], request.mask
    lacking = max(0, needs.images[0] - len(request.images))
    source = mask.picture if mask is not None and mask.picture.size is not None else _PICTURE
    margins = request.margins
    if request.operation is Operation.OUTPAINT and margins == NO_MARGINS and request.size is None:
        margins = _MARGINS
    return request.replace(
        prompt=_WORDS if needs.prompt is Need.REQUIRED and not request.prompt.strip() else request.prompt,
        images=(*request.images, *(source,) * lacking),
        mask=Mask(_PICTURE) if needs.mask is Need.REQUIRED and mask is None else mask,
        margins=margins,
    )
