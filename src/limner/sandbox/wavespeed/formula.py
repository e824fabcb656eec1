"""Prices that are published as JSONata: as much of the language as the catalogue uses.

A name that was not given is nothing; nothing in a sum makes the sum nothing, as JSONata has it.
"""

import math
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final, cast

_WHOLE: Final = re.compile(r'\s*\{\s*"total_price"\s*:(.*)\}\s*', re.DOTALL)
_PART: Final = re.compile(r'\s*(\d+(?:\.\d+)?|"[^"]*"|\$?[A-Za-z_]\w*|<=|>=|!=|[-+*/()?:,=<>])')

Value = Decimal | str | bool | list[object] | None
Given = Mapping[str, object]


def total(formula: str, given: Given) -> Decimal | None:
    """What a formula comes to, in millionths of a dollar.

    Args:
        formula: `{"total_price": …}`.
        given: the inputs and `base_price`, by name.

    Returns:
        The price, or None where something that it depends on was not given.

    Raises:
        ValueError: it is none of the language that is known here.

    Example:
        >>> total('{"total_price": base_price * (resolution = "4k" ? 12/7 : 1)}', {"base_price": Decimal(7)})
        Decimal('7')
    """
    whole = _WHOLE.fullmatch(formula)
    if whole is None:
        raise ValueError(f"not a price: {formula[:80]}")
    reader = _Reader(whole[1], given)
    value = reader.choice()
    if reader.parts[reader.at :] or isinstance(value, str | bool | list):
        raise ValueError(f"not a price: {formula[:80]}")
    return value


class _Reader:
    """Reads and reckons at once, from the loosest binding to the tightest."""

    def __init__(self, text: str, given: Given) -> None:
        self.parts = _parts(text)
        self.at = 0
        self._given = given

    def choice(self) -> Value:
        """`a ? b : c`."""
        asked = self._any()
        if not self._takes("?"):
            return asked
        yes = self.choice()
        self._expect(":")
        no = self.choice()
        return yes if asked else no

    def _any(self) -> Value:
        value = self._all()
        while self._takes("or"):
            other = self._all()
            value = bool(value) or bool(other)
        return value

    def _all(self) -> Value:
        value = self._comparison()
        while self._takes("and"):
            other = self._comparison()
            value = bool(value) and bool(other)
        return value

    def _comparison(self) -> Value:
        left = self._sum()
        for sign, holds in _COMPARISONS.items():
            if self._takes(sign):
                return holds(left, self._sum())
        return left

    def _sum(self) -> Value:
        value = self._product()
        while True:
            if self._takes("+"):
                value = _reckoned(value, self._product(), lambda one, other: one + other)
            elif self._takes("-"):
                value = _reckoned(value, self._product(), lambda one, other: one - other)
            else:
                return value

    def _product(self) -> Value:
        value = self._atom()
        while True:
            if self._takes("*"):
                value = _reckoned(value, self._atom(), lambda one, other: one * other)
            elif self._takes("/"):
                value = _reckoned(value, self._atom(), lambda one, other: one / other)
            else:
                return value

    def _atom(self) -> Value:
        part = self._next()
        if part == "(":
            value = self.choice()
            self._expect(")")
            return value
        if part.startswith("$"):
            self._expect("(")
            value = self.choice()
            self._expect(")")
            return _FUNCTIONS[part](value)
        if part.startswith('"'):
            return part[1:-1]
        return Decimal(part) if part[0].isdigit() else _value(self._given.get(part))

    def _next(self) -> str:
        if self.at >= len(self.parts):
            raise ValueError("the formula ends too early")
        self.at += 1
        return self.parts[self.at - 1]

    def _takes(self, part: str) -> bool:
        if self.parts[self.at : self.at + 1] != [part]:
            return False
        self.at += 1
        return True

    def _expect(self, part: str) -> None:
        if not self._takes(part):
            raise ValueError(f"{part} is missing")


def _parts(text: str) -> list[str]:
    found: list[str] = []
    at = 0
    while text[at:].strip():
        match = _PART.match(text, at)
        if match is None:
            raise ValueError(f"cannot be read: {text[at : at + 20]}")
        found.append(match[1])
        at = match.end()
    return found


def _value(raw: object) -> Value:
    if isinstance(raw, bool | str | Decimal) or raw is None:
        return raw
    if isinstance(raw, int | float):
        return Decimal(str(raw))
    return cast("list[object]", raw) if isinstance(raw, list) else None


def _reckoned(one: Value, other: Value, reckon: Callable[[Decimal, Decimal], Decimal]) -> Decimal | None:
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        return reckon(one, other)
    if one is None or other is None:
        return None
    raise ValueError("only numbers can be reckoned with")


def _ordered(holds: Callable[[Decimal, Decimal], bool]) -> Callable[[Value, Value], bool]:
    def compare(one: Value, other: Value) -> bool:
        return isinstance(one, Decimal) and isinstance(other, Decimal) and holds(one, other)

    return compare


_COMPARISONS: Final[Mapping[str, Callable[[Value, Value], bool]]] = {
    "=": lambda one, other: one == other,
    "<=": _ordered(lambda one, other: one <= other),
    ">=": _ordered(lambda one, other: one >= other),
    "<": _ordered(lambda one, other: one < other),
    ">": _ordered(lambda one, other: one > other),
}


def _number(value: Value) -> Decimal | None:
    return Decimal(value) if isinstance(value, Decimal | str) else None


_FUNCTIONS: Final[Mapping[str, Callable[[Value], Value]]] = {
    "$exists": lambda value: value is not None,
    "$count": lambda value: Decimal(len(value) if isinstance(value, list) else value is not None),
    "$number": _number,
    "$ceil": lambda value: Decimal(math.ceil(value)) if isinstance(value, Decimal) else None,
    "$length": lambda value: Decimal(len(value)) if isinstance(value, str) else None,
}
