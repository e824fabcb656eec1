"""Which codecs this installation has."""

from PIL import features


def codecs() -> dict[str, str | None]:
    """The version of the library behind each format. `None`: the format cannot be read or written here.

    Example:
        >>> sorted(codecs())
        ['avif', 'jpeg', 'png', 'webp']
    """
    return {
        "avif": features.version_module("avif"),
        "jpeg": features.version_codec("jpg"),
        "png": features.version_codec("zlib"),
        "webp": features.version_module("webp"),
    }
