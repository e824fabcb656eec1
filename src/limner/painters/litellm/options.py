"""LiteLLM's own options."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from limner.core.errors import UserError

_OURS: Final = frozenset(
    {"api_key", "api_base", "base_url", "api_version", "client", "extra_headers", "headers", "model"}
    | {"max_retries", "num_retries", "fallbacks", "timeout", "custom_llm_provider", "mock_response"}
)
"""What only the operator says, or Limner."""


@dataclass(frozen=True, slots=True)
class LiteLLMOptions:
    """What the provider behind LiteLLM takes besides the request's own fields.

    Example:
        >>> LiteLLMOptions({"input_fidelity": "high"}).extra
        {'input_fidelity': 'high'}
    """

    extra: Mapping[str, object] = field(default_factory=dict[str, object])
    """Sent on as they are, by the provider's own names."""

    def __post_init__(self) -> None:
        """Refuse what is not the caller's to say.

        Raises:
            UserError: naming the first of them.
        """
        for name in sorted(_OURS & self.extra.keys()):
            raise UserError(
                f"{name!r} is not for a request to say.",
                code="invalid_option",
                field=f"options.extra.{name}",
                remedy="The operator sets it in limner.toml; leave it out.",
            )
