"""The installed version."""

from importlib.metadata import PackageNotFoundError, version

try:
    VERSION = version("mp4totext")
except PackageNotFoundError:  # run from a source tree that was never installed
    VERSION = "0+unknown"
