"""MP4toText: a recording in, text people can use out."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("mp4totext")
except PackageNotFoundError:  # run from a source tree that was never installed
    __version__ = "0+unknown"
