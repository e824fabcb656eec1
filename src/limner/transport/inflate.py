"""Unpacks a gzipped body piece by piece, so that a bomb is noticed before it goes off."""

import zlib
from collections.abc import AsyncIterator
from typing import Final

from limner.transport.faults import Lost

_GZIP: Final = 16 + zlib.MAX_WBITS
_PIECE: Final = 256 * 1024


async def gunzip(
    chunks: AsyncIterator[bytes | memoryview], *, host: str, status: int
) -> AsyncIterator[bytes | memoryview]:
    """Unpack a body.

    Args:
        chunks: the packed body.
        host: for the error.
        status: for the error.

    Returns:
        The body in pieces of 256 KiB at most.

    Raises:
        Lost: it is not gzip, or ends too early.
    """
    unpack = zlib.decompressobj(_GZIP)
    try:
        async for chunk in chunks:
            packed: bytes | memoryview = chunk
            while packed and not unpack.eof:
                yield unpack.decompress(packed, _PIECE)
                packed = unpack.unconsumed_tail
    except zlib.error as error:
        raise Lost("reading", host=host, status=status, detail=str(error)) from None
    if not unpack.eof:
        raise Lost("reading", host=host, status=status, detail="the gzip data end too early")
