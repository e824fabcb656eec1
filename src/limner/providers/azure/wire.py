"""Where an Azure deployment answers, and how Azure differs from OpenAI."""

from typing import Final
from urllib.parse import quote

from limner.core.adapter import Order
from limner.core.models import Model
from limner.providers._shared.openai.dialect import Dialect, wire_name
from limner.providers._shared.openai.send import EDITS, path

API_VERSION: Final = "2025-04-01-preview"
"""The oldest that knows these models, and the newest published (azure-rest-api-specs, 2026-11-21)."""
V1_API_VERSION: Final = "preview"

DIALECT: Final = Dialect(
    provider="azure",
    title="Azure OpenAI",
    user="user",
    request_id=("apim-request-id", "x-request-id"),
    url_seconds=86_400,  # "active for 24 hours" (dall-e how-to, 2026-04-17)
    remedies={
        401: "Check AZURE_OPENAI_API_KEY with `limner doctor`: each resource has its own key.",
        403: "Look at the resource in the Azure portal: it is blocked, or its network rules keep Limner out.",
        404: "Check AZURE_OPENAI_ENDPOINT and the model's `api_version`.",
        413: "Send smaller pictures, or fewer.",
        "DeploymentNotFound": "Set the model's `deployment` to the name it has in the Azure portal.",
    },
)


def deployment(model: Model) -> str:
    """What the operator called the deployment. Absent from the wire names: as the model is called."""
    return str(model.wire.get("deployment", wire_name(model)))


def address(order: Order) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The path and query of an endpoint.

    Args:
        order: its model's wire names choose the `style`: `v1`, with the deployment in the body; or,
            when absent, the older one with the deployment in the path.
    """
    wire = order.model.wire
    if wire.get("style") == "v1":
        return f"/openai/v1{path(order)}", (("api-version", str(wire.get("api_version", V1_API_VERSION))),)
    name = quote(deployment(order.model), safe="")
    version = str(wire.get("api_version", API_VERSION))
    return f"/openai/deployments/{name}{path(order)}", (("api-version", version),)


def parameters(order: Order, values: dict[str, object]) -> dict[str, object]:
    """OpenAI's parameters as Azure takes them.

    Args:
        order: its model's wire names choose the style.
        values: the parameters, as OpenAI takes them.
    """
    own = {name: value for name, value in values.items() if name not in {"model", untaken(order)}}
    return {"model": deployment(order.model), **own} if order.model.wire.get("style") == "v1" else own


def untaken(order: Order) -> str | None:
    """The parameter that Azure's edits do not list. `None`: all are taken."""
    compressed = order.request.compression is not None and path(order) == EDITS
    return "output_compression" if compressed else None
