"""A record of origin in words: what its codes for actions, sources and faults mean.

Sources, looked up on 2026-11-21: C2PA specification 2.2, actions and validation status codes; IPTC NewsCodes
`digitalsourcetype`. A code that is not here is said as it stands.
"""

from typing import Final

ACTIONS: Final = {
    "c2pa.addedText": "text added",
    "c2pa.adjustedColor": "colours adjusted",
    "c2pa.color_adjustments": "colours adjusted",
    "c2pa.converted": "converted to another format",
    "c2pa.created": "made",
    "c2pa.cropped": "cropped",
    "c2pa.deleted": "a part deleted",
    "c2pa.drawing": "drawn on",
    "c2pa.edited": "edited",
    "c2pa.edited.metadata": "its metadata edited",
    "c2pa.enhanced": "enhanced",
    "c2pa.filtered": "filtered",
    "c2pa.opened": "opened",
    "c2pa.orientation": "turned",
    "c2pa.placed": "another picture placed in it",
    "c2pa.published": "published",
    "c2pa.redacted": "a part of its record removed",
    "c2pa.removed": "a picture taken out of it",
    "c2pa.repackaged": "repackaged",
    "c2pa.resized": "resized",
    "c2pa.resized.proportional": "resized",
    "c2pa.transcoded": "encoded anew",
    "c2pa.unknown": "something unknown done to it",
    "c2pa.watermarked": "an invisible watermark added",
    "c2pa.watermarked.bound": "an invisible watermark added",
    "c2pa.watermarked.unbound": "an invisible watermark added",
}
"""What was done."""

SOURCES: Final = {
    "algorithmicMedia": "by a procedure, without training data",
    "algorithmicallyEnhanced": "from a given picture, by a procedure",
    "compositeCapture": "from several photographs",
    "composite": "from several sources",
    "compositeSynthetic": "from several sources, at least one of them generated",
    "compositeWithTrainedAlgorithmicMedia": "from a given picture, with a generative model",
    "computationalCapture": "with a camera, from several exposures",
    "dataDrivenMedia": "from data",
    "digitalArt": "by a person, with software",
    "digitalCapture": "with a camera",
    "digitalCreation": "by a person, with software",
    "humanEdits": "by a person, without a generative model",
    "minorHumanEdits": "by a person, with small corrections",
    "negativeFilm": "from a negative",
    "positiveFilm": "from a slide",
    "print": "from a print",
    "screenCapture": "from a screen",
    "softwareImage": "with software",
    "trainedAlgorithmicMedia": "by a generative model",
    "virtualRecording": "from a virtual event",
}
"""What made it."""

_CHANGED: Final = "the picture was changed after it was signed"
_RECORD: Final = "the record itself was changed after it was signed"
_EXPIRED: Final = "the certificate was not valid when it signed"
_PROBLEMS: Final = {
    "algorithm.": "it is signed in a way that is not safe, or not known",
    "assertion.action": "what it says was done contradicts itself",
    "assertion.bmffHash.mismatch": _CHANGED,
    "assertion.boxesHash.mismatch": _CHANGED,
    "assertion.dataHash.mismatch": _CHANGED,
    "assertion.": _RECORD,
    "claim.": _RECORD,
    "claimSignature.mismatch": "the signature does not belong to the record",
    "claimSignature.outsideValidity": _EXPIRED,
    "claimSignature.": "the signature is missing or broken",
    "ingredient.": "the record of a picture it was made from was changed",
    "manifest.": "the record is incomplete",
    "signingCredential.expired": _EXPIRED,
    "signingCredential.invalid": "the certificate is not made for signing pictures",
    "signingCredential.ocsp.revoked": "the certificate was withdrawn",
    "signingCredential.revoked": "the certificate was withdrawn",
    "timeStamp.": "its time stamp does not hold",
}
"""By the code, or by how it begins; the first that fits counts."""


def problem(code: str) -> str:
    """What does not hold.

    Args:
        code: a C2PA validation status.

    Example:
        >>> problem("assertion.dataHash.mismatch")
        'the picture was changed after it was signed'
        >>> problem("com.example.odd")
        'com.example.odd'
    """
    return next((words for start, words in _PROBLEMS.items() if code.startswith(start)), code)
