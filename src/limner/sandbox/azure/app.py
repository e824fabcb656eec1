"""Azure's endpoints: by deployment, and by `/openai/v1`."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from limner.core.ids import new_id
from limner.sandbox.azure import shapes
from limner.sandbox.azure.models import (
    DEPLOYMENTS,
    EDIT_FIELDS,
    FORMATS,
    GENERATION_FIELDS,
    OLDEST_VERSION,
    PER_MINUTE,
    RATES,
    USUAL_PER_MINUTE,
)
from limner.sandbox.desk import Desk, Rejection, Route, Vendor
from limner.sandbox.forms import media_type_of
from limner.sandbox.keys import Account, account_of
from limner.sandbox.limits import Windows
from limner.sandbox.openai import fields
from limner.sandbox.openai.bodies import form_body, json_body
from limner.sandbox.openai.fields import Complaint, Values
from limner.sandbox.openai.models import Model
from limner.sandbox.openai.rules import ask
from limner.sandbox.openai.uploads import Uploads
from limner.sandbox.openai.work import House, perform
from limner.sandbox.words import refused_before

Read = Callable[[Request], Awaitable[tuple[Values, Uploads]]]


class Azure:
    """The emulator: one resource."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._windows = Windows(desk.clock)
        self._house = House(desk, RATES, shapes.blocked, shapes.images)

    def routes(self) -> Sequence[Route]:
        """Its addresses."""
        by_name = "/openai/deployments/{deployment}/images"
        return (
            Route("POST", f"{by_name}/generations", self._door("generations", read_generation)),
            Route("POST", f"{by_name}/edits", self._door("edits", read_edit)),
            Route("POST", "/openai/v1/images/generations", self._door("generations", read_generation)),
            Route("POST", "/openai/v1/images/edits", self._door("edits", read_edit)),
        )

    def _door(self, operation: str, read: Read) -> Callable[[Request], Awaitable[Response]]:
        async def handler(request: Request) -> Response:
            request_id = new_id("apim")
            headers = {"apim-request-id": request_id, "x-ms-region": "Sandbox", "x-request-id": request_id}
            try:
                key = authenticated(request)
                check_version(request)
                response = await self._answer(request, operation, read, (key, request_id, headers))
            except Rejection as rejection:
                response = rejection.response
            except Complaint as complaint:
                response = JSONResponse(shapes.error(complaint), complaint.status)
            response.headers.update(headers)
            return response

        return handler

    async def _answer(
        self, request: Request, operation: str, read: Read, caller: tuple[str, str, dict[str, str]]
    ) -> Response:
        key, request_id, headers = caller
        name = request.path_params.get("deployment")
        model = None if name is None else self._deployment(name)
        values, uploads = await read(request)
        if model is None:
            name = str(values.get("model", ""))
            model = self._deployment(name)
        wanted = ask(model, values, uploads, FORMATS)
        self._refuse_crowd(key, str(name), wanted.n, model, headers)
        words = refused_before(wanted.prompt)
        if words:
            raise shapes.blocked(words, "input", request_id)
        return perform(self._house, request, wanted, operation, request_id)

    def _deployment(self, name: str) -> Model:
        model = DEPLOYMENTS.get(name)
        if model is None or model.retired(self._desk.clock.now().date()):
            raise Rejection(
                shapes.plain(
                    404,
                    "DeploymentNotFound",
                    "The API deployment for this resource does not exist. If you created the deployment "
                    "within the last 5 minutes, please wait a moment and try again.",
                )
            )
        return model

    def _refuse_crowd(self, key: str, name: str, images: int, model: Model, headers: dict[str, str]) -> None:
        limit = self._desk.rate or PER_MINUTE.get(model.family, USUAL_PER_MINUTE)
        standing = self._windows.take(f"{key}|{name}", limit, images)
        headers["x-ratelimit-remaining-requests"] = str(standing.remaining)
        if standing.exceeded:
            wait = standing.resets_in
            headers |= {"retry-after": f"{wait:g}", "retry-after-ms": f"{wait * 1000:.0f}"}
            message = (
                f"Requests have exceeded the rate limit of your tier. Please retry after {wait:g} seconds."
            )
            raise Rejection(shapes.plain(429, "429", message))


async def read_generation(request: Request) -> tuple[Values, Uploads]:
    """Read and check the body of a generation."""
    return fields.checked(await json_body(request), GENERATION_FIELDS), Uploads()


async def read_edit(request: Request) -> tuple[Values, Uploads]:
    """Read and check the form of an edit."""
    if media_type_of(request) != "multipart/form-data":
        raise Complaint("Invalid Content-Type header. Expected: multipart/form-data.", code="BadRequest")
    return await form_body(request, EDIT_FIELDS, FORMATS)


def authenticated(request: Request) -> str:
    """The caller's key or token.

    Raises:
        Rejection: it is missing, wrong, or the resource is blocked.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    key = request.headers.get("api-key") or (token if scheme.lower() == "bearer" else "")
    account = account_of(key)
    if account is Account.INVALID:
        raise Rejection(
            shapes.plain(
                401,
                "401",
                "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a "
                "valid key for an active subscription and use a correct regional API endpoint for your "
                "resource.",
            )
        )
    if account is Account.FORBIDDEN:
        message = (
            "Your resource has been temporarily blocked because we detected behavior that may violate our "
            "content policy."
        )
        raise Rejection(shapes.plain(403, "Forbidden", message))
    if account is Account.EMPTY:
        raise Rejection(shapes.plain(429, "insufficient_quota", "You exceeded your current quota."))
    return key


def check_version(request: Request) -> None:
    """Check `api-version`: mandatory by deployment, `preview` or nothing on `/openai/v1`.

    Raises:
        Rejection: it is missing, unknown or too old; Azure calls that a wrong address.
    """
    version = request.query_params.get("api-version")
    if "deployment" in request.path_params:
        right = version is not None and version[:4].isdecimal() and version >= OLDEST_VERSION
    else:
        right = version in {None, "preview", "latest", "v1"}
    if not right:
        raise Rejection(shapes.plain(404, "404", "Resource not found"))


AZURE: Final = Vendor(
    slug="azure",
    base="",
    key="sandbox",
    sources=("Azure OpenAI inference 2025-04-01-preview (b2f74197)", "facts sheet of 2026-11-21"),
    open=lambda desk: Azure(desk).routes(),
    failure=shapes.failure,
    hints=("forbidden-policy-…, forbidden-filter-…, forbidden-generic-…: refused in the other spellings",),
)
"""Azure's emulator."""
