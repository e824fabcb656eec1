"""Options by a vendor's own names: an unknown one is refused with the nearest, never dropped."""

import difflib
from collections.abc import Mapping
from typing import Any, Final, cast

from pydantic import BaseModel, ConfigDict, ValidationError

from limner.core.adapter import Order
from limner.core.errors import UserError

_FIELDS: Final[Mapping[str, str]] = {
    "prompt": "prompt",
    "negative_prompt": "negative_prompt",
    "model": "model",
    "image": "images",
    "mask": "mask",
    "n": "n",
    "size": "size",
    "aspect_ratio": "aspect_ratio",
    "quality": "quality",
    "style": "style",
    "seed": "seed",
    "strength": "strength",
    "background": "background",
    "output_format": "format",
    "output_compression": "compression",
    "partial_images": "partial_images",
    "stream": "partial_images",
}
"""What vendors call the fields of every request. They are no options: fit and price depend on them."""


class VendorOptions(BaseModel):
    """Base of every vendor's options. Absent always means: the vendor's default, and nothing is sent.

    Example:
        >>> class Options(VendorOptions):
        ...     fidelity: int | None = None
        >>> Options(fidelty=3)
        Traceback (most recent call last):
        limner.core.errors.UserError: There is no option `fidelty`. Nothing was charged. Use `fidelity`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    def __init__(self, **values: Any) -> None:
        """Check the options.

        Args:
            values: by the vendor's names.

        Raises:
            UserError: an option is unknown, or its value is not one of those it takes.
        """
        try:
            super().__init__(**values)
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]
            name = ".".join(str(part) for part in problem["loc"])
            known = tuple(type(self).model_fields)
            if problem["type"] == "extra_forbidden":
                raise _unknown(name, known) from None
            raise UserError(
                f"The option `{name}` cannot be {problem['input']!r:.80}.",
                code="invalid_option",
                field=f"options.{name}",
                remedy=f"{problem['msg']}.",
            ) from None


def _unknown(name: str, known: tuple[str, ...]) -> UserError:
    if name in _FIELDS:
        return UserError(
            f"`{name}` is no option.",
            code="unknown_option",
            field=f"options.{name}",
            remedy=f"Every request has it: give `{_FIELDS[name]}` beside the options.",
            suggestions=(_FIELDS[name],),
        )
    near = tuple(difflib.get_close_matches(name, known, n=3)) or tuple(sorted(known))
    return UserError(
        f"There is no option `{name}`.",
        code="unknown_option",
        field=f"options.{name}",
        remedy=f"Use {' or '.join(f'`{one}`' for one in near)}." if near else "Leave it out.",
        suggestions=near,
    )


def given(order: Order) -> dict[str, object]:
    """The options that the caller set, by the vendor's names.

    Args:
        order: `Model.extras["options"]` lists those its model takes, `operation_options` those it takes for
            one operation alone. Absent: it takes all. `values` lists by option which of its values the
            model takes. Absent: all.

    Raises:
        UserError: the model does not take one of them, or not with this value.
    """
    options = order.options
    if not isinstance(options, VendorOptions):
        raise TypeError(f"these are no options: {type(options).__name__}")
    values = options.model_dump(exclude_none=True)
    extras = order.model.extras
    own = cast("Mapping[str, object]", extras.get("operation_options", {}))
    taken = own.get(order.request.operation.value, extras.get("options"))
    able = cast("Mapping[str, object]", extras.get("values", {}))
    for name, value in values.items():
        _check(order, name, name, taken)
        _check(order, name, value, able.get(name))
    return values


def _check(order: Order, name: str, wanted: object, taken: object) -> None:
    """Refuse an option of which a list says that it, or its value, does not go."""
    if not isinstance(taken, list | tuple) or wanted in taken:
        return
    others = ", ".join(str(one) for one in cast("list[object]", taken))
    raise refuse(order, name, f"It takes {others}." if others else "It takes none.")


def refuse(order: Order, name: str, remedy: str) -> UserError:
    """Say that an option does not go with the rest of the order.

    Args:
        order: the order.
        name: the option.
        remedy: what would go.
    """
    return UserError(
        f"The option `{name}` does not go with this request to {order.model.label}.",
        code="unsupported_option",
        field=f"options.{name}",
        remedy=remedy,
    )
