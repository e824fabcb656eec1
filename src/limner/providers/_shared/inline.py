"""Pictures inside JSON: as a data URI, or by the address at which the vendor hosts them."""

from collections.abc import Iterable, Mapping

from limner.core.http import Inline
from limner.core.pictures import Picture
from limner.providers._shared.named import many


def placed(value: object, hosted: Mapping[str, str]) -> object:
    """A value with its pictures as JSON can hold them.

    Args:
        value: of a parameter: a picture, a tuple of them, or anything else, which stays as it is.
        hosted: where pictures lie at the vendor, by digest. Others become data URIs.
    """
    if isinstance(value, Picture):
        url = hosted.get(value.digest)
        return url or Inline(value.data, prefix=f"data:{value.media_type or 'image/png'};base64,")
    return [placed(one, hosted) for one in many(value)] if many(value) else value


def large(values: Iterable[object], most: int) -> tuple[Picture, ...]:
    """The pictures of more than so many bytes, each once.

    Args:
        values: of parameters.
        most: bytes that still go inline.
    """
    shown = [one for value in values for one in many(value)]
    return tuple({one.digest: one for one in shown if len(one.data) > most}.values())
