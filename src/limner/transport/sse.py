"""Server-sent events, whatever the pieces they arrive in.

Read as https://html.spec.whatwg.org/multipage/server-sent-events.html says. Ids and retry times are
read over: nothing is ever asked for twice. One thing is more generous than the standard: an event
that lacks only its last empty line, in an answer that came whole, counts, because it may be a
picture that was paid for.
"""

from typing import Final

from limner.core.http import Frame

_BOM: Final = b"\xef\xbb\xbf"
_LF: Final = 0x0A


class SseParser:
    r"""Turns pieces of a stream into events.

    Example:
        >>> parser = SseParser()
        >>> parser.feed(b"event: done\ndata: 1\nda")
        ()
        >>> parser.feed(b"ta: 2\n\n")
        (Frame(event='done'),)
    """

    def __init__(self) -> None:
        """Start before the first byte."""
        self._buffer = bytearray()
        self._searched = 0
        self._after_cr = False
        self._begun = False
        self._event = ""
        self._data: list[bytes] = []

    def feed(self, piece: bytes | memoryview) -> tuple[Frame, ...]:
        """Read on.

        Args:
            piece: the next bytes, cut anywhere.

        Returns:
            The events that are complete now.
        """
        self._buffer += piece
        if not self._begun and not self._begin():
            return ()
        frames: list[Frame] = []
        while (line := self._line()) is not None:
            frame = self._read(line)
            if frame:
                frames.append(frame)
        return tuple(frames)

    def finish(self) -> tuple[Frame, ...]:
        """Give the event that was still open at the end of the stream, if there is one."""
        return self.feed(b"\n\n")

    def _begin(self) -> bool:
        """Skip a byte order mark, once enough has come to tell."""
        if len(self._buffer) < len(_BOM) and _BOM.startswith(self._buffer):
            return False
        if self._buffer.startswith(_BOM):
            del self._buffer[: len(_BOM)]
        self._begun = True
        return True

    def _line(self) -> bytes | None:
        """Take a line off the buffer; it ends with LF, CR or CRLF. `None`: none has ended yet."""
        buffer = self._buffer
        if self._after_cr and buffer:
            self._after_cr = False
            if buffer[0] == _LF:
                del buffer[:1]
        end = self._end()
        if end < 0:
            self._searched = len(buffer)
            return None
        line = bytes(memoryview(buffer)[:end])
        self._after_cr = buffer[end] != _LF
        del buffer[: end + 1]
        self._searched = 0
        return line

    def _end(self) -> int:
        """Where the first line ends, searching only what has not been searched before."""
        lf = self._buffer.find(b"\n", self._searched)
        cr = self._buffer.find(b"\r", self._searched, lf if lf >= 0 else len(self._buffer))
        return cr if cr >= 0 else lf

    def _read(self, line: bytes) -> Frame | None:
        if not line:
            return self._dispatch()
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value)
        elif name == b"event":
            self._event = value.decode(errors="replace")
        return None

    def _dispatch(self) -> Frame | None:
        data, event = self._data, self._event
        self._data, self._event = [], ""
        return Frame(b"\n".join(data), event or None) if data else None
