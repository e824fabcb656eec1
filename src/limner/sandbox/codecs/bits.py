"""Bits in the order that WebP and GIF want them: the first bit is the lowest of the first byte."""


def low_first(value: int, count: int) -> str:
    """Write a number with its lowest bit first.

    Example:
        >>> low_first(6, 4)
        '0110'
    """
    return f"{value:0{count}b}"[::-1] if count else ""


def pack_low_first(bits: str) -> bytes:
    r"""Pack bits into bytes, the first bit lowest; the last byte is filled with zeros.

    Example:
        >>> pack_low_first("1000000001")
        b'\x01\x02'
    """
    return int(bits[::-1] or "0", 2).to_bytes((len(bits) + 7) // 8, "little")


def pack_high_first(bits: str) -> bytes:
    r"""Pack bits into bytes, the first bit highest; the last byte is filled with ones, as JPEG wants it.

    Example:
        >>> pack_high_first("1000000001")
        b'\x80\x7f'
    """
    padded = bits + "1" * (-len(bits) % 8)
    return int(padded or "0", 2).to_bytes(len(padded) // 8, "big")
