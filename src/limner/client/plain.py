"""Results, quotes and models as plain JSON: what `--json` prints and the native API answers."""

import base64
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from limner.catalog.bands import band
from limner.core.errors import Error, ProviderError, Refused, UserError
from limner.core.models import Model
from limner.core.money import Cost, Price, plain
from limner.core.notes import Note
from limner.core.results import Attempt, Image, Result

if TYPE_CHECKING:
    from limner.client.comparison import Comparison
    from limner.engine.books import Call, RunLine, RunStory
    from limner.engine.compare.comparison import Compared
    from limner.engine.run import Quote
    from limner.ledger.entries import Account
    from limner.pixels.inspect import Inspection
    from limner.pixels.provenance.explain import Report
    from limner.pixels.settings_text import Settings
    from limner.policy.routing.candidates import Choice, Ranking
    from limner.policy.routing.recommend import Recommendation

Json = dict[str, object]


def result(value: Result, *, images: Literal["b64", "none"] = "none") -> Json:
    """A result.

    Args:
        value: the result.
        images: `b64` puts the bytes in, as base64; `none` leaves them out.
    """
    return {
        "id": value.id,
        "operation": value.request.operation.value,
        "provider": value.provider,
        "model": value.model,
        "images": [image(item, data=images == "b64") for item in value.images],
        "cost": cost(value.cost),
        "quote": price(value.quote),
        "notes": [note(item) for item in value.notes],
        "attempts": [attempt(item) for item in value.attempts],
        "fallback_used": value.fallback_used,
        **({"tags": list(value.tags)} if value.tags else {}),
    }


def image(value: Image, *, data: bool = False) -> Json:
    """One picture: what was measured, and perhaps the bytes."""
    measured = value.measured
    fields: Json = {
        "width": measured.size.width,
        "height": measured.size.height,
        "mime_type": measured.media_type,
        "bytes": measured.bytes,
        "seed": value.seed,
        "revised_prompt": value.revised_prompt,
        "measured": {
            "changed_outside_mask": measured.changed_outside_mask,
            "outside_mask": measured.outside_mask,
            "seam": None if measured.seam is None else round(measured.seam, 3),
            "blank": measured.blank,
        },
    }
    if data:
        fields["b64_json"] = base64.b64encode(value.picture.data).decode()
    return fields


def note(value: Note) -> Json:
    """One note."""
    return {
        "kind": value.kind.value,
        "text": value.text,
        "field": value.field,
        "asked": value.asked,
        "used": value.used,
    }


def attempt(value: Attempt) -> Json:
    """One call."""
    return {
        "id": value.id,
        "provider": value.provider,
        "model": value.model,
        "state": value.state.value,
        "cost": cost(value.cost),
        "seconds": round(value.seconds, 3),
        "request_id": value.request_id,
        "error": None if value.error is None else error(value.error),
        "sent": value.sent,
    }


def cost(value: Cost) -> Json:
    """What was charged. Amounts are strings, so that no reader rounds them."""
    return {"kind": value.kind.value, **_amounts(value), "arithmetic": value.arithmetic}


def price(value: Price) -> Json:
    """What will be charged."""
    fields = {"kind": value.kind.value, **_amounts(value), "most": _amount(value.most)}
    return {**fields, "arithmetic": value.arithmetic}


def quote(value: "Quote") -> Json:
    """What a request would cost, and on what."""
    return {
        "model": value.model.id,
        "price": price(value.price),
        "calls": value.calls,
        "notes": [note(item) for item in value.notes],
    }


def ranking(value: "Ranking") -> Json:
    """Every model with its score or its reason, and the one that would be tried first."""
    chosen = [choice(item) for item in value.chosen]
    left_out = [
        {"model": item.model.id, "provider": item.model.provider, "code": item.code, "reason": item.reason}
        for item in value.left_out
    ]
    notes = [note(item) for item in value.notes]
    return {"best": chosen[0] if chosen else None, "chosen": chosen, "left_out": left_out, "notes": notes}


def choice(value: "Choice") -> Json:
    """A model that may do it."""
    found = band(value.price)
    return {
        "model": value.model.id,
        "provider": value.model.provider,
        "title": value.model.label,
        "tier": value.model.tier.value,
        "score": value.score,
        "price": price(value.price),
        "band": None if found is None else found.value,
        "reason": value.reason,
        "regions": list(value.regions),
        "address": value.address,
        "classification": None if value.model.classification is None else value.model.classification.value,
        "data_terms": value.model.data_terms,
    }


def comparison(value: "Comparison", paths: Sequence[Path]) -> Json:
    """What several models made of one request.

    Args:
        value: the comparison.
        paths: where it was written: each picture in order, then the sheet and the report.
    """
    rest = iter(paths)
    return {
        "operation": value.request.operation.value,
        "quote": price(value.quote),
        "cost": cost(value.cost),
        "entries": [compared(each, rest) for each in value.entries],
        "sheet": str(next(rest)),
        "report": str(next(rest)),
    }


def compared(value: "Compared", paths: Iterator[Path]) -> Json:
    """What came of one model; of its pictures, where they were written."""
    quoted = value.candidate.quote
    fields: Json = {
        "name": value.candidate.name,
        "model": None if quoted is None else quoted.model.id,
        "reason": value.candidate.reason,
        "quote": None if quoted is None else price(quoted.price),
        "cost": cost(value.cost),
        "seconds": round(value.seconds, 3),
    }
    if value.result is None:
        failed = None if value.error is None else error(value.error)
        return {**fields, "error": failed, "kept": [str(next(paths)) for _ in value.kept]}
    images = [{"path": str(next(paths)), **image(one)} for one in value.result.images]
    return {**fields, "result": {**result(value.result), "images": images}}


def recommendation(value: "Recommendation") -> Json:
    """What a person is advised to take."""
    return {
        "sentence": value.sentence,
        "choice": choice(value.choice),
        "cheaper": None if value.cheaper is None else choice(value.cheaper),
    }


def inspection(value: "Inspection") -> Json:
    """What a picture is."""
    file = value.file
    return {
        "media_type": file.media_type,
        "size": str(file.size),
        "mode": file.mode,
        "bits": file.bits,
        "frames": file.frames,
        "orientation": file.orientation,
        "alpha": file.has_alpha,
        "icc": file.has_icc,
        "metadata": file.has_metadata,
        "bytes": file.bytes,
        "settings": None if value.settings is None else settings(value.settings),
        "colours": [{"hex": one.hex, "share": round(one.share, 3)} for one in value.colours],
        "phash": f"{value.phash:016x}",
        "blank": value.blank,
        "blurred": value.blurred,
    }


def settings(value: "Settings") -> Json:
    """What a picture was made with. A field that is absent is not in the file."""
    return {
        "maker": value.maker,
        "prompt": value.prompt,
        "negative_prompt": value.negative_prompt,
        "model": value.model,
        "seed": value.seed,
        "size": None if value.size is None else str(value.size),
        "steps": value.steps,
        "guidance": value.guidance,
        "strength": value.strength,
        "sampler": value.sampler,
        "extra": dict(value.extra),
    }


def report(value: "Report") -> Json:
    """What a file says of its origin."""
    return {
        "standing": value.standing.value,
        "summary": value.summary,
        "signer": value.signer,
        "chain": list(value.chain),
        "problems": [{"code": each.code, "text": each.text} for each in value.problems],
    }


def run(value: "RunLine") -> Json:
    """A run in a list."""
    return {
        "id": value.id,
        "at": value.at.isoformat(),
        "state": value.state.value,
        "operation": value.operation,
        "model": value.model,
        "prompt": value.prompt,
        "owner": value.owner,
        "images": value.images,
        "usd": plain(value.usd),
        "held_usd": plain(value.held),
        "unknown_usd": plain(value.possible),
        "unpriced": value.unpriced,
        "unknown": list(value.unknown),
    }


def story(value: "RunStory") -> Json:
    """A run with every call."""
    return {
        **run(value.line),
        "idempotent": value.idempotent,
        "calls": [call(one) for one in value.calls],
        "error": None if value.error is None else error(value.error),
    }


def call(value: "Call") -> Json:
    """A call of a run, with its place in the ledger."""
    return {
        "id": value.id,
        "model": value.model,
        "state": value.state,
        "at": value.at.isoformat(),
        "request_id": value.request_id,
        "entry": None if value.entry is None else value.entry.value,
        "usd": _amount(value.usd),
        "possible_usd": _amount(value.possible),
        "native": value.native,
        "arithmetic": value.arithmetic,
        "error": None if value.error is None else error(value.error),
    }


def account(value: "Account") -> Json:
    """A budget, with what is used of it."""
    budget = value.budget
    return {
        "owner": budget.owner,
        "each": budget.period.value,
        "usd": _amount(budget.usd),
        "images": budget.images,
        "ceiling_usd": _amount(budget.ceiling),
        "used_usd": plain(value.usd),
        "used_images": value.images,
        "since": None if value.since is None else value.since.isoformat(),
    }


def _amounts(value: Cost | Price) -> Json:
    native = value.native
    return {
        "amount": None if native is None else plain(native.amount),
        "currency": None if native is None else native.unit,
        "usd": _amount(value.usd),
    }


def _amount(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def model(value: Model) -> Json:
    """What a model is, in short."""
    return {
        "id": value.id,
        "provider": value.provider,
        "title": value.label,
        "description": value.description,
        "operations": [operation.value for operation in value.abilities],
        "tier": value.tier.value,
        "lifecycle": value.lifecycle.value,
        "shutdown_on": None if value.shutdown_on is None else value.shutdown_on.isoformat(),
        "successor": value.successor,
        "hosting": value.hosting.value,
        "regions": list(value.regions),
        "addresses": dict(value.addresses),
        "classification": None if value.classification is None else value.classification.value,
        "data_terms": value.data_terms,
        "source": value.source,
        "checked_on": value.checked_on.isoformat(),
    }


def error(value: Error) -> Json:
    """What went wrong: the facts, and the three parts for people."""
    fields: Json = {
        "type": type(value).__name__,
        "code": value.code,
        "message": value.message,
        "billed": value.billed.value,
        "remedy": value.remedy,
        "request_id": value.request_id,
    }
    if isinstance(value, UserError):
        fields |= {"field": value.field, "suggestions": list(value.suggestions)}
    if isinstance(value, Refused):
        fields |= {"stage": value.stage.value, "categories": list(value.categories)}
    if isinstance(value, ProviderError):
        fields |= {
            "provider": value.provider,
            "model": value.model,
            "status": value.status,
            "vendor_code": value.vendor_code,
            "retry_after": value.retry_after,
            "again": value.again.value,
        }
    return fields
