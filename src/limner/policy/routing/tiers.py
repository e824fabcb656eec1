"""Which tier the words of a prompt ask for (row C1), in English and in Swedish."""

import re
import unicodedata
from typing import Final

from limner.catalog.tiers import KEYWORDS
from limner.core.requests import Tier

_NEGATIONS: Final = (
    "no", "not", "non", "never", "without", "nothing", "less", "isn't", "don't", "doesn't",
    "inte", "ej", "icke", "utan", "aldrig", "ingen", "inget", "inga", "mindre",
)  # fmt: skip
_NEGATED: Final = re.compile(rf"(?<!\w)(?:{'|'.join(_NEGATIONS)})[\s-]+(?:[\w'-]+\s+){{0,2}}$")
"""Such a word, with at most two between it and the keyword: "not a very detailed map"."""
_LOOK_BACK: Final = 64
"""Characters before a keyword in which it is looked for."""


def _pattern(keywords: tuple[str, ...]) -> re.Pattern[str]:
    """Whole words. What a hyphen follows is part of another one: an ultra-wide lens, a draft-horse."""
    words = "|".join(re.escape(word).replace(r"\ ", r"[\s-]+") for word in keywords)
    return re.compile(rf"(?<!\w)(?:{words})(?![\w-])")


_PATTERNS: Final = {tier: _pattern(keywords) for tier, keywords in KEYWORDS.items()}


def tier_in(text: str) -> Tier | None:
    """The tier that the words of a prompt ask for.

    Args:
        text: the prompt.

    Returns:
        Of several, the highest. `None`: the words ask for none, or for the contrary.

    Example:
        >>> tier_in("a photorealistic fox, quick please"), tier_in("a breakfast, not detailed")
        (<Tier.ULTRA: 'ultra'>, None)
        >>> tier_in("ett snabbt utkast av en räv")
        <Tier.DRAFT: 'draft'>
    """
    folded = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
    for tier, pattern in _PATTERNS.items():
        for found in pattern.finditer(folded):
            before = folded[max(0, found.start() - _LOOK_BACK) : found.start()]
            if not _NEGATED.search(before):
                return tier
    return None


def tier_of(prompt: str, quality: Tier | None) -> Tier | None:
    """The tier to prefer: the one that is given, else the one that the words ask for.

    Args:
        prompt: the words.
        quality: given explicitly. Absent: the words count.
    """
    return quality if quality is not None else tier_in(prompt)
