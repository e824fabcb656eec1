"""`/api/v1/budgets`: how much may be spent, by whom."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.requests import Request as HttpRequest

from limner.client.books import amount
from limner.ledger.entries import Budget, Period
from limner.server.accounts import BudgetIn, BudgetOut, budget_of
from limner.server.gateway import gateway

router = APIRouter(tags=["budgets"])
Owner = Annotated[str, Path(description="Such as tenant:local, everything that is made here.")]


@router.get("/budgets", summary="List budgets")
async def list_budgets(
    http: HttpRequest, owner: Annotated[str | None, Query(description="Absent: everybody's.")] = None
) -> list[BudgetOut]:
    """The budgets there are, with what is used of each in its running period."""
    return [budget_of(account) for account in await gateway(http).assembly.books.budgets(owner)]


@router.put("/budgets/{owner:path}/{period}", summary="Set a budget")
async def set_budget(owner: Owner, period: Period, limits: BudgetIn, http: HttpRequest) -> BudgetOut:
    """Set an owner's budget for a period. The one there was is replaced; what is spent already counts."""
    books = gateway(http).assembly.books
    usd = None if limits.usd is None else amount(limits.usd, "usd")
    ceiling = None if limits.ceiling is None else amount(limits.ceiling, "ceiling")
    await books.set_budget(Budget(owner, period, usd=usd, images=limits.images, ceiling=ceiling))
    [account] = [found for found in await books.budgets(owner) if found.budget.period is period]
    return budget_of(account)


@router.delete("/budgets/{owner:path}/{period}", summary="Remove a budget", status_code=204)
async def remove_budget(owner: Owner, period: Period, http: HttpRequest) -> None:
    """Remove a budget; without one, nothing is limited."""
    await gateway(http).assembly.books.remove_budget(owner, period)
