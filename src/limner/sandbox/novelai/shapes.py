"""Answers in NovelAI's own forms: ZIP archives, stream frames, the error body."""

import io
import json
import struct
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgpack  # pyright: ignore[reportMissingTypeStubs]
import pybase64
from starlette.responses import JSONResponse, Response

from limner.sandbox.codecs import encode
from limner.sandbox.codecs.painting import Painting
from limner.sandbox.codecs.png import encode as encode_png
from limner.sandbox.novelai.rules import Job
from limner.sandbox.paint import paint, repaint

_PREVIEW: Final = 8
_FIRST_SIGMA: Final = 20_000.0
_PICTURES: Final = ("image", "mask", "reference_image_multiple", "director_reference_images")

Event = Mapping[str, Any]


def error(status: int, message: str) -> Response:
    """The error body."""
    return JSONResponse({"statusCode": status, "message": message}, status)


def archive(pictures: Sequence[tuple[str, bytes]]) -> Response:
    """A ZIP of pictures.

    Args:
        pictures: names and contents, in order.
    """
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as packed:
        for name, data in pictures:
            packed.writestr(name, data)
    headers = {"content-disposition": "attachment; filename=images.zip"}
    return Response(file.getvalue(), headers=headers, media_type="binary/octet-stream")


def finished(job: Job, number: int) -> bytes:
    """One finished picture. A PNG says in text chunks how it was made."""
    painting = _painting(job, number)
    if job.form != "png":
        return encode(painting, job.form)
    told = {name: value for name, value in job.parameters.items() if name not in _PICTURES}
    comment = {**told, "prompt": job.prompt, "seed": job.seed + number, "steps": job.steps}
    return encode_png(
        painting,
        {
            "Title": "NovelAI generated image",
            "Description": job.prompt,
            "Software": "NovelAI",
            "Source": f"{job.model.id} 0A1B2C3D",
            "Comment": json.dumps(comment),
        },
    )


def _painting(job: Job, number: int) -> Painting:
    subject = f"{job.model.id}|{job.prompt}|{job.seed + number}"
    alpha = bool(job.parameters.get("straight_alpha"))
    if job.source is not None:
        return repaint(subject, job.source, job.width, job.height, transparent=alpha)
    return paint(subject, job.width, job.height, transparent=alpha)


def events(job: Job, gen_id: int, broken: str | None) -> Iterator[Event]:
    """What a stream tells: a small JPEG for every step but the last, then the picture.

    Args:
        job: the generation.
        gen_id: the generation's number.
        broken: ends the stream with this error instead of the first picture. Absent: it does not break.
    """
    preview = encode(paint(f"{job.prompt}|{job.seed}", job.width // _PREVIEW, job.height // _PREVIEW), "jpeg")
    for number in range(job.samples):
        for step in range(job.steps - 1):
            yield {
                "event_type": "intermediate",
                "samp_ix": number,
                "step_ix": step,
                "gen_id": gen_id,
                "sigma": _FIRST_SIGMA / (step + 1),
                "image": preview,
            }
        if broken is not None:
            yield {"event_type": "error", "code": 500, "message": broken}
            return
        yield {"event_type": "final", "samp_ix": number, "gen_id": gen_id, "image": finished(job, number)}


def sse(event: Event) -> bytes:
    """An event as `text/event-stream`, its picture in base64."""
    told = {
        name: pybase64.b64encode(value).decode() if isinstance(value, bytes) else value
        for name, value in event.items()
    }
    return f"event: {event['event_type']}\ndata: {json.dumps(told)}\n\n".encode()


def frame(event: Event) -> bytes:
    """An event as a length and a msgpack map, its picture in bytes."""
    packed: bytes = msgpack.packb(dict(event))  # pyright: ignore[reportUnknownMemberType, reportAssignmentType, reportUnknownVariableType]
    return struct.pack(">I", len(packed)) + packed
