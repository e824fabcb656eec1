"""Limner: makes and edits images through every image provider behind one vocabulary.

from limner import Limner

with Limner() as limner:
    limner.erase("photo.jpg", "mask.png").image.save("out.png")
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from limner.client.aio import AsyncLimner
    from limner.client.novelai import NovelAIAction, NovelAIModel
    from limner.client.sync import Limner
    from limner.core.errors import (
        AllFailed,
        Cancelled,
        Error,
        ImageProcessing,
        OutcomeUnknown,
        ProviderError,
        Refused,
        UserError,
    )
    from limner.core.money import Cost, Money, Price
    from limner.core.notes import Note
    from limner.core.operations import Operation
    from limner.core.pictures import Format, Margins, Mask, Picture, Reference, Role, Size
    from limner.core.requests import Mode, Request, Tier

__version__ = "0.1.0"

__all__ = [
    "AllFailed",
    "AsyncLimner",
    "Cancelled",
    "Cost",
    "Error",
    "Format",
    "ImageProcessing",
    "Limner",
    "Margins",
    "Mask",
    "Mode",
    "Money",
    "Note",
    "NovelAIAction",
    "NovelAIModel",
    "Operation",
    "OutcomeUnknown",
    "Picture",
    "Price",
    "ProviderError",
    "Reference",
    "Refused",
    "Request",
    "Role",
    "Size",
    "Tier",
    "UserError",
]

_ERRORS: Final = "limner.core.errors"
_MONEY: Final = "limner.core.money"
_PICTURES: Final = "limner.core.pictures"
_REQUESTS: Final = "limner.core.requests"
_HOMES: Final = {
    "AllFailed": _ERRORS,
    "AsyncLimner": "limner.client.aio",
    "Cancelled": _ERRORS,
    "Cost": _MONEY,
    "Error": _ERRORS,
    "Format": _PICTURES,
    "ImageProcessing": _ERRORS,
    "Limner": "limner.client.sync",
    "Margins": _PICTURES,
    "Mask": _PICTURES,
    "Mode": _REQUESTS,
    "Money": _MONEY,
    "Note": "limner.core.notes",
    "NovelAIAction": "limner.client.novelai",
    "NovelAIModel": "limner.client.novelai",
    "Operation": "limner.core.operations",
    "OutcomeUnknown": _ERRORS,
    "Picture": _PICTURES,
    "Price": _MONEY,
    "ProviderError": _ERRORS,
    "Reference": _PICTURES,
    "Refused": _ERRORS,
    "Request": _REQUESTS,
    "Role": _PICTURES,
    "Size": _PICTURES,
    "Tier": _REQUESTS,
    "UserError": _ERRORS,
}
"""Where each public name is defined. It is imported when it is first used, so that `import limner`
costs next to nothing; type checkers read the imports above."""


def __getattr__(name: str) -> object:
    """Import a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names, whether or not they have been used yet."""
    return sorted({*globals(), *__all__})
