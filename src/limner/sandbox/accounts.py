"""Prepaid accounts: every key has one, and starts with the same."""

from decimal import Decimal

from limner.sandbox.keys import Account, account_of


class Balances:
    """What each key has left, in the vendor's unit."""

    def __init__(self, start: Decimal) -> None:
        """Open the book.

        Args:
            start: what a key begins with; an `empty` one begins with nothing.
        """
        self._start = start
        self._left: dict[str, Decimal] = {}

    def left(self, key: str) -> Decimal:
        """What a key has left."""
        start = Decimal(0) if account_of(key) is Account.EMPTY else self._start
        return self._left.get(key, start)

    def spend(self, key: str, amount: Decimal) -> bool:
        """Take an amount.

        Returns:
            Whether there was enough; nothing is taken where there was not.
        """
        left = self.left(key)
        if amount > left:
            return False
        self._left[key] = left - amount
        return True
