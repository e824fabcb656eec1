"""What people mean by the tiers (row C1): the words they use, and what a picture typically costs."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from limner.core.requests import Tier

KEYWORDS: Final[Mapping[Tier, tuple[str, ...]]] = MappingProxyType(
    {
        Tier.ULTRA: (
            "photorealistic", "ultra", "4k",
            "fotorealistisk", "fotorealistiskt", "fotorealistiska",
        ),
        Tier.HIGH: (
            "high quality", "detailed",
            "hög kvalitet", "högkvalitativ", "högkvalitativt", "detaljerad", "detaljerat", "detaljerade",
        ),
        Tier.STANDARD: ("standard", "illustration"),  # the same in Swedish
        Tier.DRAFT: ("fast", "quick", "draft", "snabb", "snabbt", "snabba", "utkast"),
    }
)  # fmt: skip
"""Words in a prompt that ask for a tier, in English and Swedish. Of several, the first tier here counts."""

TYPICAL_COST: Final[Mapping[Tier, Decimal]] = MappingProxyType(
    {
        Tier.ULTRA: Decimal("0.12"),
        Tier.HIGH: Decimal("0.04"),
        Tier.STANDARD: Decimal("0.002"),
        Tier.DRAFT: Decimal("0.001"),
    }
)
"""US dollars a picture, for orientation only: what a request costs is said by `quote`."""
