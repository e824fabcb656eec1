"""The IPTC digital source type: in one word, what made the picture.

Source: IPTC NewsCodes, vocabulary `digitalsourcetype` (cv.iptc.org/newscodes/digitalsourcetype),
as of its update of 2024-09-17, looked up on 2026-11-21.
"""

from enum import StrEnum
from typing import Final

_VOCABULARY: Final = "http://cv.iptc.org/newscodes/digitalsourcetype"


class DigitalSource(StrEnum):
    """What made the pixels."""

    TRAINED = "trainedAlgorithmicMedia"
    """A model that was trained on pictures."""
    COMPOSITE = "compositeWithTrainedAlgorithmicMedia"
    """A given picture, partly repainted by such a model."""
    ALGORITHMIC = "algorithmicMedia"
    """A procedure, without training data."""
    ENHANCED = "algorithmicallyEnhanced"
    """A given picture, changed by a procedure."""

    @property
    def uri(self) -> str:
        """As manifests and metadata name it."""
        return f"{_VOCABULARY}/{self.value}"

    @classmethod
    def of(cls, *, procedural: bool, given: bool) -> "DigitalSource":
        """Choose the word.

        Args:
            procedural: nothing trained took part.
            given: a picture was given to work on.
        """
        if procedural:
            return cls.ENHANCED if given else cls.ALGORITHMIC
        return cls.COMPOSITE if given else cls.TRAINED


def xmp(source: DigitalSource) -> bytes:
    """The metadata packet that says it, for files without a manifest of somebody else's.

    Example:
        >>> b"algorithmicMedia" in xmp(DigitalSource.ALGORITHMIC)
        True
    """
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
        f'Iptc4xmpExt:DigitalSourceType="{source.uri}"/></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
    ).encode()
