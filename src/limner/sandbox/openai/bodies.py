"""Reading what was sent: JSON, or a form with files."""

import json
from collections.abc import Mapping
from typing import Final, cast

from starlette.requests import Request

from limner.sandbox.forms import Part, UnreadableForm, media_type_of, read_parts
from limner.sandbox.openai import fields, uploads
from limner.sandbox.openai.fields import Complaint, Field, Values, duplicate
from limner.sandbox.openai.uploads import Uploads

_MOST_BYTES: Final = 512 * 1024 * 1024


async def json_body(request: Request) -> Values:
    """The JSON object that was sent.

    Raises:
        Complaint: it is too large, of another type, or no object.
    """
    _refuse_bulk(request)
    if media_type_of(request) != "application/json":
        raise Complaint(
            f"Unsupported content type: '{media_type_of(request)}'. This API method only accepts "
            "'application/json' requests, but you specified the header 'Content-Type: "
            f"{request.headers.get('content-type', '')}'. Please try again with a supported content type.",
            code="unsupported_content_type",
        )
    try:
        body: object = json.loads(await request.body())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Complaint(
            "We could not parse the JSON body of your request. The OpenAI API expects a JSON payload."
        )
    return cast("Values", body)


async def form_body(
    request: Request, known: Mapping[str, Field], forms: tuple[str, ...]
) -> tuple[Values, Uploads]:
    """The form that was sent: its fields, checked one by one, and its pictures.

    Args:
        request: a multipart request.
        known: the fields the endpoint takes.
        forms: formats this vendor accepts for images.

    Raises:
        Complaint: the form cannot be read, or something in it is wrong.
    """
    _refuse_bulk(request)
    try:
        parts = await read_parts(request)
    except UnreadableForm as error:
        raise Complaint("Could not parse multipart form.", code="invalid_multipart_form") from error
    texts: dict[str, str] = {}
    files: list[Part] = []
    for part in parts:
        if part.name in uploads.FILE_NAMES:
            files.append(part)
        elif part.text is None:
            raise Complaint(f"Unknown parameter: '{part.name}'.", param=part.name, code="unknown_parameter")
        elif part.name in texts:
            raise duplicate(part.name)
        else:
            texts[part.name] = part.text
    body = fields.checked(fields.from_form(texts, known), known)
    return body, uploads.from_form(files, forms)


def _refuse_bulk(request: Request) -> None:
    if int(request.headers.get("content-length", "0")) > _MOST_BYTES:
        raise Complaint("The request body is too large.", status=413)
