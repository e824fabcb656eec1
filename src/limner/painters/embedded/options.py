"""The embedded painter's own options."""

from dataclasses import dataclass

from limner.core.errors import UserError


@dataclass(frozen=True, slots=True)
class EmbeddedOptions:
    """What its tools need besides the request's own fields.

    Example:
        >>> EmbeddedOptions(point=[40, 25]).point
        (40.0, 25.0)
    """

    point: tuple[float, float] | list[float] | None = None
    """Of cutting out and `limner/select`: x and y of a pixel of the thing. Absent: see `box`."""
    box: tuple[float, float, float, float] | list[float] | None = None
    """Of the same: left, top, right, bottom in pixels around the thing. Absent: the chief thing."""
    amount: float = 1.0
    """Of `limner/sharpen` and of looks: how strongly, 0..2."""

    def __post_init__(self) -> None:
        """Check the numbers, which may come from JSON as lists.

        Raises:
            UserError: naming the option and what it must be.
        """
        for name, count in (("point", 2), ("box", 4)):
            value = getattr(self, name)
            if value is None:
                continue
            numbers = tuple(float(part) for part in value)
            if len(numbers) != count:
                raise UserError(
                    f"The option `{name}` has {len(numbers)} numbers.",
                    code="invalid_option",
                    field=f"options.{name}",
                    remedy="Give x and y." if name == "point" else "Give left, top, right and bottom.",
                )
            object.__setattr__(self, name, numbers)
        if not 0 <= self.amount <= 2:
            raise UserError(
                f"The option `amount` is {self.amount}.",
                code="invalid_option",
                field="options.amount",
                remedy="Choose from 0, which changes nothing, to 2.",
            )
