"""Messages behind their lengths: four bytes, the first the greatest, then that many bytes.

NovelAI sends msgpack maps this way (`stream: "msgpack"`). What is in a message is the adapter's business.
"""

from typing import Final

from limner.core.http import Frame

_PREFIX: Final = 4


class LengthPrefixedParser:
    r"""Turns pieces of a stream into messages.

    Example:
        >>> parser = LengthPrefixedParser()
        >>> parser.feed(b"\0\0\0\3ab"), [frame.data for frame in parser.feed(b"c\0")]
        ((), [b'abc'])
    """

    def __init__(self) -> None:
        """Start before the first byte."""
        self._buffer = bytearray()

    def feed(self, piece: bytes | memoryview) -> tuple[Frame, ...]:
        """Read on.

        Args:
            piece: the next bytes, cut anywhere.

        Returns:
            The messages that are complete now.
        """
        self._buffer += piece
        frames: list[Frame] = []
        start = 0
        while (end := self._end(start)) is not None:
            frames.append(Frame(bytes(memoryview(self._buffer)[start + _PREFIX : end])))
            start = end
        del self._buffer[:start]
        return tuple(frames)

    @property
    def open(self) -> bool:
        """Whether a message has begun and not ended."""
        return bool(self._buffer)

    def _end(self, start: int) -> int | None:
        """Where the message that begins here ends. `None`: it has not all come."""
        prefix = self._buffer[start : start + _PREFIX]
        end = start + _PREFIX + int.from_bytes(prefix)
        return end if len(prefix) == _PREFIX and end <= len(self._buffer) else None
