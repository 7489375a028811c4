"""MP4toText: a recording in, text people can use out."""

import importlib
import os

# Since 1.29 onnxruntime tells its maker about each model it runs, unless this is set before it is
# loaded. Users have not agreed to be reported on.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # noqa: TID251  settings would come too late

# Imported when they are used: what they need takes longer than a help text may. Their types are in
# __init__.pyi.
_LAZY = {
    "AppError": "mp4totext.kit.errors:AppError",
    "Progress": "mp4totext.library:Progress",
    "Recording": "mp4totext.library:Recording",
    "Transcriber": "mp4totext.library:Transcriber",
    "TranscriptionFailed": "mp4totext.library:TranscriptionFailed",
    "__version__": "mp4totext.kit.version:VERSION",
    "transcribe": "mp4totext.library:transcribe",
}

__all__ = [
    "AppError",
    "Progress",
    "Recording",
    "Transcriber",
    "TranscriptionFailed",
    "__version__",
    "transcribe",
]


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        raise AttributeError(f"module 'mp4totext' has no attribute {name!r}")
    module, _, attribute = _LAZY[name].partition(":")
    value = getattr(importlib.import_module(module), attribute)
    globals()[name] = value
    return value
