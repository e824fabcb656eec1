"""Answers in fal's own forms: model errors, platform errors, the queue's statuses."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from limner.core.ids import new_id
from limner.sandbox.fal.work import Outcome
from limner.sandbox.tasks import Stage, Task


def platform_error(status: int, text: str, kind: str | None = None) -> Response:
    """An error of the queue or the gateway.

    Args:
        status: the HTTP status.
        text: for people.
        kind: what programs branch on. Absent: none is published for it.
    """
    body = {"detail": text} | ({"error_type": kind} if kind else {})
    headers = {"x-fal-request-id": new_id("fal")} | ({"x-fal-error-type": kind} if kind else {})
    return JSONResponse(body, status, headers)


def failure(status: int, message: str) -> Response:
    """An error of the service as a whole."""
    kinds = {429: "concurrent_requests_limit", 500: "internal_error", 503: "runner_connection_error"}
    return platform_error(status, message, kinds.get(status))


def not_found() -> Response:
    """No such request."""
    return JSONResponse({"status": "NOT_FOUND"}, 404)


def outcome(run: Outcome, request_id: str) -> Response:
    """The model's own answer, or its own error."""
    headers = {"x-fal-request-id": request_id, "x-fal-billable-units": f"{run.units:f}"}
    if run.status >= 400:  # noqa: PLR2004 - errors
        headers["x-fal-retryable"] = "false"
    return JSONResponse(run.body, run.status, headers)


def root_of(request: Request) -> str:
    """Where the emulator's hosts begin: `http://127.0.0.1:8790/fal`."""
    return f"{str(request.base_url).rstrip('/')}/fal"


def urls(request: Request, app: str, request_id: str) -> dict[str, str]:
    """The follow-up addresses: they name owner and app, and no more of the endpoint."""
    base = f"{root_of(request)}/queue/{app}/requests/{request_id}"
    return {"response_url": base, "status_url": f"{base}/status", "cancel_url": f"{base}/cancel"}


def status(request: Request, app: str, task: Task[Outcome], stage: Stage, *, logs: bool) -> dict[str, Any]:
    """Where a request stands. A failed run is a completed one with an error."""
    links = urls(request, app, task.id)
    body: dict[str, Any] = {"request_id": task.id, "response_url": links["response_url"]}
    if stage is Stage.QUEUED:
        return {"status": "IN_QUEUE", "queue_position": 0, **body}
    body["logs"] = [_log(task)] if logs else []
    if stage is Stage.RUNNING:
        return {"status": "IN_PROGRESS", **body}
    body["metrics"] = {"inference_time": 1.2}
    if stage is Stage.CANCELLED:
        body |= {"error": "Request was cancelled", "error_type": "client_cancelled"}
    elif task.work.status >= 400:  # noqa: PLR2004 - errors
        body |= {
            "error": f"Invalid status code: {task.work.status}",
            "error_type": task.work.body["detail"][0]["type"],
        }
    return {"status": "COMPLETED", **body}


def _log(task: Task[Outcome]) -> dict[str, str]:
    return {
        "message": "painting",
        "level": "INFO",
        "source": "USER",
        "timestamp": task.started.isoformat(),
    }
