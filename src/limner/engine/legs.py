"""The calls one request went out as, what each brought, and what that makes together."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from limner.catalog.charge import charge, charge_preparing
from limner.core.adapter import Artifact, Order
from limner.core.errors import AllFailed, Billed, Error, ImageProcessing, Refused, Stage
from limner.core.money import NO_COST, Certainty, Cost, total
from limner.core.notes import Note, NoteKind
from limner.core.requests import Request
from limner.core.results import Attempt, AttemptState, Image
from limner.engine.fingerprint import sha256
from limner.engine.finish import Finished, doubtful, finish, looked_at, untouched
from limner.engine.journal import AttemptRow
from limner.engine.origin import Provenance
from limner.engine.prepare import Prepared
from limner.engine.trail import Delivered, Trail
from limner.ledger.entries import Charge, State


@dataclass(frozen=True)
class Leg:
    """One order and how it ended."""

    order: Order
    trail: Trail
    outcome: Delivered | Error

    @cached_property
    def cost(self) -> Cost:
        """What it cost, as far as that is known."""
        failed = [_cost_of(error) for error in self.trail.errors.values()]
        return total([*failed, *(self._preparing_cost for _ in self.prepared), self._delivered_cost])

    @property
    def prepared(self) -> tuple[AttemptRow, ...]:
        """The paid calls before the call that were made for it, and brought something."""
        return tuple(row for row in self.trail.rows if row.stage and row.id not in self.trail.errors)

    @property
    def cost_nothing(self) -> bool:
        """Whether it brought nothing, and surely nothing of it was billed."""
        unbilled = all(error.billed is Billed.NO for error in self.trail.errors.values())
        return (
            isinstance(self.outcome, Error)
            and self.outcome.billed is Billed.NO
            and unbilled
            and not self.prepared
        )

    @property
    def _preparing_cost(self) -> Cost:
        return charge_preparing(self.order.request, self.order.model)

    @cached_property
    def _delivered_cost(self) -> Cost:
        if isinstance(self.outcome, Error):
            return NO_COST
        return charge(self.order.request, self.order.model, self.outcome.done)

    @property
    def tags(self) -> tuple[str, ...]:
        """Words it brought."""
        return self.outcome.done.tags if isinstance(self.outcome, Delivered) else ()

    def charges(self, possible: Decimal | None) -> tuple[Charge, ...]:
        """Its attempts as the ledger wants them.

        Args:
            possible: the most that one of its calls can cost, in US dollars. Absent: nothing bounds it.
        """
        return tuple(self._charge(attempt, possible) for attempt in self.attempts)

    def _charge(self, attempt: Attempt, possible: Decimal | None) -> Charge:
        if attempt.error is not None and attempt.error.billed is Billed.NO:
            return free(attempt)
        return Charge(
            attempt=attempt.id,
            provider=attempt.provider,
            model=attempt.model,
            state=State.CHARGED if attempt.state is AttemptState.KEPT else State.UNKNOWN,
            images=self._images(attempt),
            cost=attempt.cost,
            possible=possible,
        )

    def _images(self, attempt: Attempt) -> int:
        made = self.trail.rows[-1].id == attempt.id
        return len(self.outcome.blobs) if made and isinstance(self.outcome, Delivered) else 0

    @cached_property
    def attempts(self) -> tuple[Attempt, ...]:
        """Its calls, in order."""
        return tuple(self._attempt(row) for row in self.trail.rows)

    def _attempt(self, row: AttemptRow) -> Attempt:
        error = self.trail.errors.get(row.id)
        if error is not None:
            state = AttemptState.UNKNOWN if error.billed is Billed.UNKNOWN else AttemptState.FAILED
            cost = _cost_of(error)
        else:
            state = AttemptState.KEPT
            cost = self._preparing_cost if row.stage else self._delivered_cost
        made = error is None and not row.stage
        return Attempt(
            id=row.id,
            provider=row.provider,
            model=row.model,
            state=state,
            cost=cost,
            seconds=self.trail.seconds.get(row.id, 0.0),
            request_id=row.request_id,
            error=error,
            usage=self.outcome.done.usage if made and isinstance(self.outcome, Delivered) else None,
            sent=row.sent,
        )


def free(attempt: Attempt) -> Charge:
    """What the ledger is told of an attempt that surely cost nothing."""
    return Charge(attempt.id, attempt.provider, attempt.model, State.FAILED, images=0, cost=NO_COST)


def _cost_of(error: Error) -> Cost:
    """A failure that was not billed costs nothing; of any other the amount is not known."""
    if error.billed is Billed.NO:
        return NO_COST
    return Cost(Certainty.UNKNOWN, arithmetic=f"a failed call ({error.code}) that may have been charged")


async def deliver(
    legs: Sequence[Leg], prepared: Prepared, request: Request, provenance: Provenance, *, before: int = 0
) -> tuple[tuple[Image, ...], tuple[Note, ...]]:
    """Finish every picture that came.

    Args:
        legs: all of them, settled.
        prepared: what was sent.
        request: as asked.
        provenance: what is to be said of their origin.
        before: how many attempts were made for others before.

    Returns:
        The pictures, and notes on those that are missing or differ.

    Raises:
        ImageProcessing: some came, and none could be finished.
        Refused: the provider's filter left none.
    """
    arrived = [leg for leg in legs if isinstance(leg.outcome, Delivered)]
    images: list[Image] = []
    notes: list[Note] = []
    broken: list[ImageProcessing] = []
    attempt = before - 1
    for leg in legs:
        attempt += len(leg.trail.rows)
        if isinstance(leg.outcome, Error):
            notes.append(_missing(str(leg.outcome)))
            continue
        notes.extend(_missing(why) for why in leg.outcome.done.missing)
        for artifact, blob in zip(leg.outcome.done.artifacts, leg.outcome.blobs, strict=True):
            if artifact.flagged:
                notes.append(_missing(artifact.note or "The provider's filter blanked or blurred it."))
                continue
            try:
                made = request.replace(seed=artifact.seed) if artifact.seed is not None else request
                picture, measured, said = await _finished(blob, prepared, made, provenance)
            except ImageProcessing as error:
                broken.append(error)
                continue
            notes.extend(said)
            notes.extend(_remarks(artifact))
            images.append(Image(picture, measured, artifact.seed, attempt, artifact.revised_prompt))
    if broken and not images:
        broken[0].kept = tuple(data for error in broken for data in error.kept)
        raise broken[0]
    notes.extend(_missing(_unfinished(error)) for error in broken)
    _check_filtered(images, arrived)
    return tuple(images), tuple(dict.fromkeys(notes))


async def _finished(blob: bytes, prepared: Prepared, request: Request, provenance: Provenance) -> Finished:
    """As it came where that will do; a thread is taken only for what has to be decoded."""
    finished = untouched(blob, prepared, request, provenance)
    if finished is None:
        return await asyncio.to_thread(finish, blob, prepared, request, provenance)
    model = prepared.fitted.model
    return await asyncio.to_thread(looked_at, finished, model) if doubtful(finished[1], model) else finished


def _remarks(artifact: Artifact) -> list[Note]:
    return [Note(NoteKind.WARNING, artifact.note)] if artifact.note else []


def _missing(why: str) -> Note:
    return Note(NoteKind.PARTIAL, f"A picture is missing: {why}", field="n")


def _unfinished(error: ImageProcessing) -> str:
    """No error is raised that could hand over what came, so it is said under which name a store has it."""
    names = ", ".join(sha256(data) for data in error.kept)
    return f"{error.message} {error.billed.sentence} A store has its bytes, as they came, as {names}."


def _check_filtered(images: list[Image], arrived: list[Leg]) -> None:
    """Pictures that all come blanked or blurred are a refusal in disguise."""
    flagged = any(
        artifact.flagged
        for leg in arrived
        if isinstance(leg.outcome, Delivered)
        for artifact in leg.outcome.done.artifacts
    )
    if images or not flagged:
        return
    model = arrived[0].order.model
    cost = total([leg.cost for leg in arrived])
    raise Refused(
        "The provider's filter blanked or blurred every picture.",
        stage=Stage.MODERATION,
        billed=Billed.NO if cost.usd == Decimal(0) else Billed.YES,
        remedy="Change the prompt or the picture; the same request would be charged again.",
        provider=model.provider,
        model=model.id,
    )


def failure(legs: Sequence[Leg]) -> Error:
    """What a run ends with when nothing came.

    Args:
        legs: of every candidate, in the order they were asked; at least one.

    Returns:
        The one error there was, else `AllFailed`.
    """
    paid_before = {leg.order.model.id for leg in legs if leg.prepared}
    candidates: dict[str, list[Error]] = {}
    for leg in legs:
        if not isinstance(leg.outcome, Error):
            continue
        model, error = leg.order.model.id, leg.outcome
        if error.billed is Billed.NO and model in paid_before:
            error.billed = Billed.YES  # the call itself was not, but what came before it was
        candidates.setdefault(model, []).append(error)
    each = [_together(errors) for errors in candidates.values()]
    if len(each) == 1:
        return each[0]
    told = " ".join(f"{model}: {error.message}" for model, error in zip(candidates, each, strict=True))
    return AllFailed(f"{len(each)} models were tried, and none delivered. {told}", tuple(each))


def _together(errors: list[Error]) -> Error:
    if len({(type(error), str(error)) for error in errors}) == 1:
        return errors[0]
    return AllFailed(f"All {len(errors)} calls failed; the first said: {errors[0].message}", tuple(errors))
