"""What a comparison answers: one entry for each model, with its pictures or what went wrong."""

import asyncio

from pydantic import BaseModel, Field

from limner.engine.compare.comparison import Candidate, Compared, Comparison
from limner.engine.compare.report import report
from limner.engine.compare.sheet import sheet
from limner.server import problems
from limner.server.answers import dumps, run_answer
from limner.server.pictures import encode
from limner.server.schema import CompareIn
from limner.server.views import PriceOut, ProblemOut, RunOut, price_of


class CandidateOut(BaseModel):
    """A model that takes part, before anything is sent."""

    name: str = Field(description="As it was asked for.")
    title: str
    model: str | None = Field(description="Absent: it will not be asked.")
    provider: str | None
    price: PriceOut | None
    reason: str = Field(description="What speaks for it, or why it will not be asked.")


class LineupOut(BaseModel):
    """What a comparison would cost."""

    price: PriceOut = Field(description="Of all together that will be asked.")
    candidates: list[CandidateOut]


class ComparedOut(CandidateOut):
    """What came of one."""

    cost: PriceOut
    seconds: float
    result: RunOut | None = Field(description="Absent: it failed.")
    error: ProblemOut | None = Field(description="Absent: it delivered.")


class ComparisonOut(BaseModel):
    """What several models made of one request."""

    quote: PriceOut = Field(description="Of all together, before.")
    cost: PriceOut = Field(description="Of all together.")
    entries: list[ComparedOut]
    sheet: str | None = Field(description="A PNG in base64. Absent: it was not asked for.")
    report: str | None = Field(description="A page of HTML. Absent: it was not asked for.")
    request_id: str


def candidate_of(candidate: Candidate) -> CandidateOut:
    """A candidate as it is shown."""
    model, quote = candidate.model, candidate.quote
    return CandidateOut(
        name=candidate.name,
        title=candidate.title,
        model=None if model is None else model.id,
        provider=None if model is None else model.provider,
        price=None if quote is None else price_of(quote.price),
        reason=candidate.reason,
    )


async def comparison_answer(comparison: Comparison, asked: CompareIn, request_id: str) -> bytes:
    """The answer of `POST /api/v1/compare`, shaped as `ComparisonOut`; its pictures never become texts.

    Args:
        comparison: that is over.
        asked: whether a sheet and a report belong to it.
        request_id: of the call.
    """
    entries = [await _entry(each, request_id) for each in comparison.entries]
    page = await asyncio.to_thread(report, comparison) if asked.report else None
    drawn = await encode(await asyncio.to_thread(sheet, comparison)) if asked.sheet else None
    rest = {
        "quote": price_of(comparison.quote).model_dump(),
        "cost": price_of(comparison.cost).model_dump(),
        "report": page,
        "request_id": request_id,
    }
    pieces = [dumps(rest)[:-1], b',"sheet":', b"null" if drawn is None else b'"' + drawn + b'"']
    pieces += [b',"entries":[', b",".join(entries), b"]}"]
    return await asyncio.to_thread(b"".join, pieces)


async def _entry(each: Compared, request_id: str) -> bytes:
    facts = {
        **candidate_of(each.candidate).model_dump(),
        "cost": price_of(each.cost).model_dump(),
        "seconds": round(each.seconds, 3),
        "error": None if each.error is None else problems.problem(each.error, request_id),
    }
    answer = b"null" if each.result is None else await run_answer(each.result, request_id)
    return b"".join([dumps(facts)[:-1], b',"result":', answer, b"}"])
