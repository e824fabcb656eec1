"""Doing the work, billing it and answering, whole or as a stream. Azure does it in the same way."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from limner.sandbox.desk import Desk
from limner.sandbox.openai import shapes
from limner.sandbox.openai.fields import Complaint
from limner.sandbox.openai.painting import Work, measure, picture
from limner.sandbox.openai.prices import Rates, Usage
from limner.sandbox.openai.rules import Ask
from limner.sandbox.words import refused_after

Block = Callable[[tuple[str, ...], str, str], Complaint]


@dataclass(frozen=True, slots=True)
class House:
    """What is a vendor's own about the work."""

    desk: Desk
    rates: Mapping[str, Rates]
    """Prices by model family."""
    block: Block
    """Words the refusal of a picture: categories, stage, request id."""
    images: Callable[[Ask, list[str], Usage, datetime], dict[str, object]]
    """Shapes the reply."""


def perform(house: House, request: Request, wanted: Ask, operation: str, request_id: str) -> Response:
    """Paint, bill and answer.

    Args:
        house: whose work it is.
        request: the request being answered.
        wanted: what passed every rule.
        operation: `generations` or `edits`.
        request_id: named in a refusal.

    Raises:
        Complaint: the finished picture is refused, before anything was sent.
    """
    if wanted.stream:
        events = _events(house, request, wanted, operation, request_id)
        return StreamingResponse(shapes.frames(events), media_type="text/event-stream")
    words = refused_after(wanted.prompt)
    if words:
        raise house.block(words, "output", request_id)
    work = measure(wanted, house.rates)
    _bill(house.desk, request, wanted, operation, work)
    pictures = [picture(wanted, number) for number in range(wanted.n)]
    return JSONResponse(house.images(wanted, pictures, work.usage, house.desk.clock.now()))


def _bill(desk: Desk, request: Request, wanted: Ask, operation: str, work: Work) -> None:
    desk.charge(request, model=wanted.model.id, operation=operation, images=wanted.n, amount=work.amount)


async def _events(
    house: House, request: Request, wanted: Ask, operation: str, request_id: str
) -> AsyncIterator[shapes.Event]:
    prefix = "image_edit" if operation == "edits" else "image_generation"
    clock = house.desk.clock
    words = refused_after(wanted.prompt)
    work = measure(wanted, house.rates, wanted.partials)
    if not words:
        _bill(house.desk, request, wanted, operation, work)
    for number in range(wanted.n):
        for place in range(wanted.partials):
            part = picture(wanted, number, partial=place)
            yield shapes.event(
                wanted, f"{prefix}.partial_image", part, clock.now(), partial_image_index=place
            )
        if words:
            yield shapes.error(house.block(words, "output", request_id))
            return
        used = shapes.usage(_share(work.usage, wanted, number), details=False)
        yield shapes.event(wanted, f"{prefix}.completed", picture(wanted, number), clock.now(), usage=used)


def _share(usage: Usage, wanted: Ask, number: int) -> Usage:
    """One picture's part of the usage; the input is counted with the first."""
    each = usage.image_out // wanted.n
    return Usage(usage.text_in, usage.image_in, each) if number == 0 else Usage(0, 0, each)
