"""What the account at Venice can still spend."""

from collections.abc import Mapping
from decimal import Decimal

from limner.core.http import HttpReply
from limner.core.money import USD
from limner.core.optional import Account
from limner.providers._shared.reading import mapping, parse, text, whole


def balance(reply: HttpReply) -> Account | None:
    """Read the balance: dollars, and DIEM, of which a part is allotted anew every day. `None`: it is none.

    Raises:
        ValueError: it is no JSON.
    """
    document = mapping(parse(reply.body))
    if not isinstance(document.get("canConsume"), bool):
        return None
    balances = mapping(document.get("balances"))
    dollars, diem = amount(balances.get("usd")), amount(balances.get("diem"))
    currency = text(document.get("consumptionCurrency"))
    facts = {"DIEM": None if diem is None else str(diem), "spends": currency}
    return Account(
        dollars,
        USD,
        active=document.get("canConsume") is True,
        allowance=_part(diem, document),
        facts={name: told for name, told in facts.items() if told},
    )


def _part(diem: Decimal | None, document: Mapping[str, object]) -> Decimal | None:
    allotted = amount(document.get("diemEpochAllocation"))
    if diem is None or not allotted:
        return None
    return max(Decimal(0), min(diem / allotted, Decimal(1)))


def amount(value: object) -> Decimal | None:
    """A number as an amount. `None`: it is none."""
    number = value if isinstance(value, float) else whole(value)
    return None if number is None else Decimal(str(number))
