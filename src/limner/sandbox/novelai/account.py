"""What an account has: its subscription, its Anlas, its free pictures."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from limner.core.clock import Clock
from limner.sandbox.accounts import Balances
from limner.sandbox.novelai.prices import FREE_AREA, PICTURES_A_PERCENT

_START: Final = Decimal(10_000)
_OPUS, _SCROLL = 3, 2
_MONTH: Final = timedelta(days=30)


class Accounts:
    """Every account. A key with `opus` in it has that subscription; all others have Scroll."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.anlas: Final = Balances(_START)
        self._percent: dict[str, Decimal] = {}

    def is_opus(self, key: str) -> bool:
        """Whether small pictures are free."""
        return "opus" in key

    def may_draw(self, key: str) -> bool:
        """Whether the percentage for free V5 pictures is not used up."""
        return self._percent.get(key, Decimal(100)) > 0

    def draw(self, key: str) -> None:
        """Use up the share of one free V5 picture."""
        self._percent[key] = self._percent.get(key, Decimal(100)) - 1 / PICTURES_A_PERCENT

    def subscription(self, key: str) -> Mapping[str, Any]:
        """The published object."""
        opus = self.is_opus(key)
        percent = self._percent.get(key, Decimal(100))
        body: dict[str, Any] = {
            "tier": _OPUS if opus else _SCROLL,
            "active": True,
            "expiresAt": int((self._clock.now() + _MONTH).timestamp()),
            "accountType": 0,
            "isGracePeriod": False,
            "paymentProcessorData": None,
            "perks": {
                "maxPriorityActions": 1000,
                "startPriority": 10,
                "contextTokens": 8192,
                "unlimitedMaxPriority": opus,
                "moduleTrainingSteps": int(_START),
                "voiceGeneration": True,
                "imageGeneration": True,
                "unlimitedImageGeneration": opus,
                "unlimitedImageGenerationLimits": [{"resolution": FREE_AREA, "maxPrompts": 1}]
                if opus
                else [],
            },
            "trainingStepsLeft": {
                "fixedTrainingStepsLeft": int(self.anlas.left(key)),
                "purchasedTrainingSteps": 0,
            },
        }
        if opus:
            body["usage"] = {
                "percent": float(round(percent, 2)),
                "isNegative": percent < 0,
                "timeUntilNextPercent": 3600,
            }
        return body
