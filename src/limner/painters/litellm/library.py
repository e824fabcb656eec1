"""LiteLLM itself, imported when it is first asked for, and held to what is promised here.

Its import takes two to three seconds, 170 MiB and, unless it is told otherwise, a download of its price
list (measured on 1.106.2, 2026-11-21). Nothing of it is imported with Limner.
"""

import warnings
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, Final

from limner.settings import hold

_GENERATES_ITSELF: Final = frozenset(
    {"recraft", "aiml", "gemini", "fal_ai", "stability", "runwayml", "vertex_ai", "openrouter", "dashscope"}
    | {"qwencloud", "qwen_ai_platform", "black_forest_labs", "bedrock"}
)
"""Providers whose generations LiteLLM sends by the client it is given; the others' go through the OpenAI SDK,
which is built with our session. Read in `images/main.py` of 1.103.7, 2026-11-21."""
_PAST_THE_DOOR: Final = frozenset(
    {("image_generation", "azure"), ("image_generation", "azure_ai"), ("image_variation", "topaz")}
)
"""What it sends by a client of its own, whatever it is given. It sends these once, too."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a call leaves."""

    client: object | None
    """To hand to LiteLLM. Absent: none; the OpenAI SDK has our session."""
    watched: bool
    """Whether it leaves through our door, so that what was not seen there was not sent."""


@cache
def library() -> Any:
    """The module `litellm`, set up: no download while it loads, and its calls through our door."""
    hold("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else it fetches a price list while it is imported
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own and its dependencies', about their own future
        litellm: Any = import_module("litellm")
        handlers: Any = import_module("litellm.llms.custom_httpx.http_handler")
        door: Any = import_module("limner.painters.litellm.door")  # it needs httpx, which LiteLLM brings
    litellm.suppress_debug_info = True
    litellm.client_session = door.open_session()
    litellm.limner_handler = handlers.HTTPHandler(client=litellm.client_session)
    return litellm


def way(litellm: Any, function: str, model: str) -> Way:
    """Say how a call leaves.

    Args:
        litellm: the module.
        function: of LiteLLM's.
        model: as LiteLLM names it.
    """
    provider = str(litellm.get_llm_provider(model=model)[1])
    by_sdk = function == "image_generation" and provider not in _GENERATES_ITSELF
    handler = None if by_sdk else litellm.limner_handler
    return Way(handler, watched=(function, provider) not in _PAST_THE_DOOR)
