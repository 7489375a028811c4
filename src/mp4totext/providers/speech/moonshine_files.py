"""Finds the files of the bundled Moonshine and derives, once, decoders that return attention."""

import hashlib
import os
import tempfile
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
_RECIPE = "2"  # raised when the derivation changes, so that older caches are not read
_LOCK_TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFiles:
    encoder: Path
    first: Path  # decoder for the first token: makes the cross-attention keys and values
    following: Path  # decoder for every later token: reads them, and does not copy them out again
    tokenizer: Path


def prepare(cache_dir: Path) -> ModelFiles:
    """The files the engine loads; derives the two decoders into ``cache_dir`` when missing.

    Takes about 3 s the first time. Safe in concurrent processes. Raises ProviderMisconfigured when
    the bundled model is absent, is another one, or the cache folder cannot be written.
    """
    bundled = _bundled()
    version = f"moonshine-{_FOLDER}-{_SHA256['decoder_model_merged.ort'][:12]}-r{_RECIPE}"
    folder = cache_dir / version
    first, following = folder / "decoder_first.ort", folder / "decoder_following.ort"
    if not (first.exists() and following.exists()):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with FileLock(folder / "derive.lock", timeout=_LOCK_TIMEOUT_S):
                if not (first.exists() and following.exists()):
                    _derive(_checked(bundled["decoder_model_merged.ort"]), first, following)
        except OSError as e:
            raise ProviderMisconfigured(
                f"The bundled speech model could not be prepared in {str(cache_dir)!r}: {e}. "
                "Choose a cache folder that can be written.",
                provider="moonshine",
            ) from e
    return ModelFiles(
        encoder=bundled["encoder_model.ort"],
        first=first,
        following=following,
        tokenizer=bundled["tokenizer.bin"],
    )


def _bundled() -> dict[str, Path]:
    try:
        files = metadata.files(_PACKAGE) or []
    except metadata.PackageNotFoundError:
        files = []
    paths = {
        file.name: Path(str(file.locate()))
        for file in files
        if file.parent.name == _FOLDER and file.name in _SHA256
    }
    if paths.keys() != _SHA256.keys():
        # Later releases of the package carry no model, so the version is part of the advice.
        raise ProviderMisconfigured(
            "The bundled English speech model is not installed: "
            + install_command(f"{_PACKAGE}==0.1.0", anew=True),
            provider="moonshine",
        )
    return paths


def _checked(path: Path) -> Path:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != _SHA256[path.name]:
        raise ProviderMisconfigured(
            f"{path.name!r} is not the model file this version was made for: "
            + install_command(f"{_PACKAGE}==0.1.0", anew=True),
            provider="moonshine",
        )
    return path


def _derive(source: Path, first: Path, following: Path) -> None:
    """Split the merged decoder at its If node into two plain graphs with attention outputs.

    The merged graph copies all cross-attention keys and values (11 MB for 20 s) out of every step
    and hides the attention weights that word times need.
    """
    import onnx  # noqa: PLC0415  # 60 MB in memory, needed once per installation

    with tempfile.TemporaryDirectory(dir=first.parent) as scratch:
        plain = Path(scratch) / "merged.onnx"
        _convert(source, plain)
        model = onnx.load(str(plain))
        branches = {
            attribute.name: attribute.g
            for node in model.graph.node
            if node.op_type == "If"
            for attribute in node.attribute
        }
        for name, target in (("else_branch", first), ("then_branch", following)):
            split, ready = Path(scratch) / f"{name}.onnx", Path(scratch) / target.name
            onnx.save(_branch_model(onnx, model, branches[name]), str(split))
            _convert(split, ready)
            os.replace(ready, target)  # noqa: PTH105  # atomic: readers see all or nothing


def _convert(source: Path, target: Path) -> None:
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(target)
    ort.InferenceSession(str(source), options, providers=["CPUExecutionProvider"])


def _branch_model(onnx: Any, model: Any, branch: Any) -> Any:
    """One branch of the If node as a model of its own (onnx has no types)."""
    nodes = [node for node in model.graph.node if node.op_type != "If"] + list(branch.node)
    produced = {name for node in nodes for name in node.output}
    outputs = [out for out in branch.output if out.name in produced]
    for node in branch.node:
        if node.op_type == "Softmax" and "encoder_attn" in node.name:
            layer = node.name.split("layers.")[1].split("/")[0]
            name = f"attention.{layer}"
            nodes.append(onnx.helper.make_node("Identity", [node.output[0]], [name]))
            outputs.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    used = {name for node in nodes for name in node.input}
    graph = onnx.helper.make_graph(
        nodes,
        branch.name or "decoder",
        [value for value in model.graph.input if value.name in used],
        outputs,
        [w for w in (*model.graph.initializer, *branch.initializer) if w.name in used],
    )
    return onnx.helper.make_model(
        graph, opset_imports=model.opset_import, ir_version=model.ir_version
    )
