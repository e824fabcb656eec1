"""What the emulated providers charged: the truth that quotes and ledgers are held against."""

import threading
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from limner.core.clock import Clock
from limner.core.ids import new_id

USD: Final = "USD"


@dataclass(frozen=True, slots=True)
class Charge:
    """One request that did work."""

    id: str
    provider: str
    """The emulator's slug: `openai`."""
    model: str
    operation: str
    """What was asked, in the provider's word: `generations`."""
    images: int
    """How many pictures were made."""
    amount: Decimal
    """What it costs, in `unit`. Zero where the provider does the work for nothing."""
    unit: str
    """`USD`, or the provider's own: `credits`, `anlas`."""
    time: datetime
    billed: bool
    """Whether the account was charged. Work for nothing, or work given back, is not."""
    delivered: bool = False
    """Whether a reply with the result left whole. False while nobody has fetched it."""

    def as_json(self) -> dict[str, object]:
        """The charge as the admin API shows it, its amount as a string."""
        return {
            "id": self.id,
            "provider": self.provider,
            "model": self.model,
            "operation": self.operation,
            "images": self.images,
            "amount": f"{self.amount:f}",
            "unit": self.unit,
            "time": self.time.isoformat(),
            "billed": self.billed,
            "delivered": self.delivered,
        }


class Bill:
    """Every charge, in order. Safe to read while the server writes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._charges: dict[str, Charge] = {}

    def add(
        self, provider: str, model: str, operation: str, *, images: int, amount: Decimal, unit: str
    ) -> Charge:
        """Write down work that was done.

        Args:
            provider: the emulator's slug.
            model: the model that worked.
            operation: what was asked, in the provider's word.
            images: how many pictures were made.
            amount: the price, in `unit`; zero is written down and not billed.
            unit: what the amount is in.
        """
        charge = Charge(
            new_id("charge"),
            provider,
            model,
            operation,
            images,
            amount,
            unit,
            self._clock.now(),
            billed=amount > 0,
        )
        with self._lock:
            self._charges[charge.id] = charge
        return charge

    def deliver(self, ids: Collection[str]) -> None:
        """Note that replies with these results left whole."""
        self._change(ids, delivered=True)

    def give_back(self, ids: Collection[str]) -> None:
        """Note that the provider took these off the bill again."""
        self._change(ids, billed=False)

    def _change(self, ids: Collection[str], **values: bool) -> None:
        with self._lock:
            for id_ in ids:
                if id_ in self._charges:  # gone after a reset
                    self._charges[id_] = replace(self._charges[id_], **values)

    def charges(self, provider: str | None = None) -> tuple[Charge, ...]:
        """What was written down, in order.

        Args:
            provider: of this emulator only. Absent: of all.
        """
        with self._lock:
            return tuple(one for one in self._charges.values() if provider in {None, one.provider})

    def total(self, provider: str | None = None, unit: str = USD) -> Decimal:
        """What was billed.

        Args:
            provider: by this emulator only. Absent: by all.
            unit: in this unit only.
        """
        return sum(
            (one.amount for one in self.charges(provider) if one.billed and one.unit == unit), Decimal(0)
        )

    def totals(self) -> dict[str, Decimal]:
        """What was billed by all, by unit."""
        totals: defaultdict[str, Decimal] = defaultdict(Decimal)
        for one in self.charges():
            if one.billed:
                totals[one.unit] += one.amount
        return dict(totals)

    def clear(self) -> None:
        """Tear it up."""
        with self._lock:
            self._charges.clear()
