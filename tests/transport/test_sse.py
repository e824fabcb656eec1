from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.core.http import Frame
from limner.transport.length_prefixed import LengthPrefixedParser
from limner.transport.sse import SseParser


def read(*pieces: bytes) -> list[Frame]:
    parser = SseParser()
    frames = [frame for piece in pieces for frame in parser.feed(piece)]
    return [*frames, *parser.finish()]


@pytest.mark.parametrize(
    ("stream", "frames"),
    [
        (b"data: one\n\ndata: two\n\n", [Frame(b"one"), Frame(b"two")]),
        (b"event: done\ndata: x\n\n", [Frame(b"x", "done")]),
        (b"data: a\ndata: b\ndata:\ndata:  c\n\n", [Frame(b"a\nb\n\n c")]),
        (b"data\n\n", [Frame(b"")]),
        (b"data:\n\n", [Frame(b"")]),
        (b"\xef\xbb\xbfdata: bom\n\n", [Frame(b"bom")]),
        (b"data: \xef\xbb\xbfinner\n\n", [Frame(b"\xef\xbb\xbfinner")]),
        (b": comment\n\n: again\ndata: x\n\n", [Frame(b"x")]),
        (b"event: lonely\n\ndata: x\n\n", [Frame(b"x")]),
        (b"id: 7\nretry: 9\nwhat: ever\ndata: x\n\n", [Frame(b"x")]),
        (b"data: cr\r\rdata: crlf\r\n\r\ndata: lf\n\n", [Frame(b"cr"), Frame(b"crlf"), Frame(b"lf")]),
        (b"data: a\r\ndata: b\r\r\n", [Frame(b"a\nb")]),
        (b"\n\n\n", []),
        (b"", []),
        (b'data: {"a":"b:c"}\n\n', [Frame(b'{"a":"b:c"}')]),
        (b"event: \xff\ndata: x\n\n", [Frame(b"x", "\ufffd")]),
        (b"event: a\nevent: b\ndata: x\n\ndata: y\n\n", [Frame(b"x", "b"), Frame(b"y")]),
        # Whole, but for the empty line at the end: kept, unlike in the standard.
        (b"data: last\n", [Frame(b"last")]),
        (b"data: last", [Frame(b"last")]),
        (b"\xef\xbb", []),
    ],
)
def test_streams_are_read_as_the_standard_says(stream: bytes, frames: list[Frame]):
    assert read(stream) == frames
    assert read(*(stream[i : i + 1] for i in range(len(stream)))) == frames


LINES = st.sampled_from(
    [
        b"data: x",
        b"data:y",
        b"data",
        b"event: e",
        b": c",
        b"id: 1",
        b"",
        b"",
        b"data: \xc3\xa9",
        b"\xef\xbb\xbf",
    ]
)
STREAMS = st.lists(st.tuples(LINES, st.sampled_from([b"\n", b"\r", b"\r\n"]))).map(
    lambda pairs: b"".join(line + end for line, end in pairs)
)


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(min(place, len(stream)) for place in places), len(stream)]
    return [stream[start:end] for start, end in pairwise(edges)]


@given(STREAMS | st.binary(), st.lists(st.integers(0, 200)))
def test_where_a_stream_is_cut_does_not_matter(stream: bytes, places: list[int]):
    assert read(*cut(stream, places)) == read(stream)


def naive(stream: bytes) -> list[Frame]:
    """The standard's own words, for a stream that is all there."""
    text = stream.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n") + b"\n\n"
    frames: list[Frame] = []
    data, event = b"", ""
    for line in text.split(b"\n"):
        field, _, value = line.partition(b":")
        value = value[1:] if value.startswith(b" ") else value
        if line == b"":
            if data:
                frames.append(Frame(data[:-1], event or None))
            data, event = b"", ""
        elif field == b"data":
            data += value + b"\n"
        elif field == b"event":
            event = value.decode("utf-8", "replace")
    return frames


@given(STREAMS)
def test_it_agrees_with_the_standard_spelled_out(stream: bytes):
    assert read(stream) == naive(stream)


def test_an_event_is_given_as_soon_as_it_is_complete():
    parser = SseParser()
    assert parser.feed(b"data: x\r\n\r") == (Frame(b"x"),)
    assert parser.feed(b"\ndata: y\n") == ()
    assert parser.feed(b"\n") == (Frame(b"y"),)


def test_a_picture_in_one_line_is_searched_once():
    """A line of 8 MB in pieces of 1 KB: quadratic searching would take minutes."""
    parser = SseParser()
    parser.feed(b"data: ")
    for _ in range(8192):
        assert parser.feed(b"x" * 1024) == ()
    (frame,) = parser.feed(b"\n\n")
    assert len(frame.data) == 8192 * 1024


@given(st.lists(st.binary()), st.lists(st.integers(0, 200)))
def test_messages_behind_their_lengths_survive_any_cut(messages: list[bytes], places: list[int]):
    stream = b"".join(len(message).to_bytes(4) + message for message in messages)
    parser = LengthPrefixedParser()
    frames = [frame for piece in cut(stream, places) for frame in parser.feed(piece)]
    assert frames == [Frame(message) for message in messages]
    assert not parser.open


@pytest.mark.parametrize("rest", [b"\0", b"\0\0\0\4abc"])
def test_an_unfinished_message_is_noticed(rest: bytes):
    parser = LengthPrefixedParser()
    assert parser.feed(b"\0\0\0\1x" + rest) == (Frame(b"x"),)
    assert parser.open
