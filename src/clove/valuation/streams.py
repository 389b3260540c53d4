"""Where the science of value gets its random numbers: the streams that purchase models draw from, too."""

from clove.models.streams import stream_keys

__all__ = ["stream_keys"]
