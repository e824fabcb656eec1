"""HTML in which nothing is ever unescaped: text becomes markup only through `element`."""

from html import escape
from typing import Final

_EMPTY: Final = frozenset({"img", "meta"})
"""Elements without an end."""


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def element(tag: str, *inside: str, **attributes: str | None) -> Markup:
    """An element. Whatever is inside and is no markup is escaped, and so is every attribute.

    Args:
        tag: its name.
        *inside: texts and elements.
        **attributes: an underscore stands for a hyphen, and one at the end is dropped (`class_`).
            `None`: left out.

    Example:
        >>> element("p", "1 < 2", element("b", "yes"), class_="a")
        '<p class="a">1 &lt; 2<b>yes</b></p>'
    """
    said = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    if tag in _EMPTY:
        return Markup(f"<{tag}{said}>")
    return Markup(f"<{tag}{said}>{joined(*inside)}</{tag}>")


def joined(*parts: str) -> Markup:
    """Texts and elements one after the other."""
    return Markup("".join(part if isinstance(part, Markup) else escape(part) for part in parts))
