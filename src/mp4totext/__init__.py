"""MP4toText: a recording in, text people can use out."""

import importlib
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    __version__: str

# Since 1.29 onnxruntime tells its maker about each model it runs, unless this is set before it is
# loaded. What a recording's owner runs here is nobody's business.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # noqa: TID251  settings would come too late

# Read when they are used: what they need takes longer to import than a help text may take.
_LAZY = {"__version__": "mp4totext.kit.version:VERSION"}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'mp4totext' has no attribute {name!r}")
    module, _, attribute = _LAZY[name].partition(":")
    value = getattr(importlib.import_module(module), attribute)
    globals()[name] = value
    return value
