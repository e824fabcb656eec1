"""Who would serve a request of somebody: as the router ranks, within what their budgets still allow."""

from collections.abc import Sequence
from decimal import Decimal

from limner.core.money import plain
from limner.core.requests import Request
from limner.engine.admit import measured
from limner.engine.journal import LOCAL, Caller, Journal
from limner.engine.route import Router
from limner.ledger.entries import Account
from limner.policy.routing.candidates import Ranking
from limner.policy.routing.facts import Room
from limner.policy.routing.recommend import Recommendation


class Advice:
    """Looks around for somebody. Nothing is sent, and nothing is held."""

    def __init__(self, router: Router, journal: Journal) -> None:
        """Keep whom to ask.

        Args:
            router: ranks the models.
            journal: knows the budgets.
        """
        self._router = router
        self._journal = journal

    async def explain(self, request: Request, *, caller: Caller = LOCAL) -> Ranking:
        """Say who would serve a request, and why not the others; see `Router.explain`.

        Args:
            request: what it lacks is supplied as is usual.
            caller: whose budgets count. What is dearer than they allow is named with that reason.

        Raises:
            UserError: it makes no sense, or the model it names does not exist or is retired.
        """
        return self._router.explain(await measured(request), room=await self._room(request, caller))

    async def recommend(self, request: Request, *, caller: Caller = LOCAL) -> Recommendation:
        """Say which model is best for a request; see `Router.recommend`.

        Args:
            request: what it lacks is supplied as is usual.
            caller: whose budgets count.

        Raises:
            UserError: it makes no sense, or nobody that is set up can do it for what they allow.
        """
        return self._router.recommend(await measured(request), room=await self._room(request, caller))

    async def _room(self, request: Request, caller: Caller) -> Room | None:
        return room_of(await self._journal.accounts(caller), request.n)


def room_of(accounts: Sequence[Account], pictures: int) -> Room | None:
    """What some budgets allow together, as the ledger would decide it.

    Args:
        accounts: everybody's whose budgets the request counts against.
        pictures: how many it asks for.

    Returns:
        The tightest of all limits. `None`: there are no budgets.
    """
    if not accounts:
        return None
    full = next((_full(account) for account in accounts if _lacks(account, pictures)), None)
    money = [(_left(account), account) for account in accounts if account.budget.usd is not None]
    if not money:
        return Room(full=full)
    left, tightest = min(money, key=lambda each: each[0])
    ceilings = [each.budget.ceiling for _, each in money if each.budget.ceiling is not None]
    budget = tightest.budget
    of = f"${plain(left)} of ${plain(budget.usd or Decimal(0))}"
    return Room(
        usd=left,
        ceiling=max(ceilings) if len(ceilings) == len(money) else None,
        left=f"{budget.owner} has {of} left ({budget.period}).",
        full=full,
    )


def _left(account: Account) -> Decimal:
    return max((account.budget.usd or Decimal(0)) - account.usd, Decimal(0))


def _lacks(account: Account, pictures: int) -> bool:
    most = account.budget.images
    return most is not None and account.images + pictures > most


def _full(account: Account) -> str:
    budget = account.budget
    return (
        f"{budget.owner} may make {budget.images} pictures ({budget.period}), "
        f"and {account.images} are made or under way."
    )
