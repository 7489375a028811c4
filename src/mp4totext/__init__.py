"""MP4toText: a recording in, text people can use out."""

import os
from importlib.metadata import PackageNotFoundError, version

# Since 1.29 onnxruntime tells its maker about each model it runs, unless this is set before it is
# loaded. What a recording's owner runs here is nobody's business.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # noqa: TID251  settings would come too late

try:
    __version__ = version("mp4totext")
except PackageNotFoundError:  # run from a source tree that was never installed
    __version__ = "0+unknown"
