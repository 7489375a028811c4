"""A tiny transducer with token durations, in the files onnx-asr loads Parakeet from.

It computes: its encoder halves the spectrogram in time three times, as the real one does, and its
decoder goes by the token before. Only its weights are simple: each token leads to the next one, and
the last to nothing more.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

TOKENS = ("▁no", "body", "▁heard", "▁it.", "<blk>")
SAYS = "nobody heard it."
FRAMES_PER_TOKEN = 4  # of 80 ms each
_FEATURES, _DURATIONS, _STATE = 80, 5, 2


def make_parakeet(folder: Path) -> Path:
    """8-bit in name only: it is small as it is."""
    folder.mkdir(parents=True)
    lines = [f"{token} {number}" for number, token in enumerate(TOKENS)]
    (folder / "vocab.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "config.json").write_text('{"model_type": "nemo-conformer-tdt"}')
    onnx.save(_encoder(), folder / "encoder-model.int8.onnx")
    onnx.save(_decoder(), folder / "decoder_joint-model.int8.onnx")
    return folder


def _encoder() -> onnx.ModelProto:
    """The encoder: maps (batch, features, time) to the mean of each 8 frames, and their number."""
    nodes = [
        helper.make_node(
            "AveragePool", ["audio_signal"], ["outputs"], kernel_shape=[8], strides=[8], ceil_mode=1
        ),
        helper.make_node("Sub", ["length", "one"], ["last"]),
        helper.make_node("Div", ["last", "eight"], ["before"]),
        helper.make_node("Add", ["before", "one"], ["encoded_lengths"]),
    ]
    return _model(
        nodes,
        inputs=[
            ("audio_signal", TensorProto.FLOAT, ["batch", _FEATURES, "time"]),
            ("length", TensorProto.INT64, ["batch"]),
        ],
        outputs=[
            ("outputs", TensorProto.FLOAT, ["batch", _FEATURES, "frames"]),
            ("encoded_lengths", TensorProto.INT64, ["batch"]),
        ],
        constants={"one": np.array([1], np.int64), "eight": np.array([8], np.int64)},
    )


def _decoder() -> onnx.ModelProto:
    """The decoder: scores of tokens and durations, which depend only on the previous token."""
    scores = np.zeros((len(TOKENS), len(TOKENS) + _DURATIONS), np.float32)
    for token in range(len(TOKENS)):
        scores[token, (token + 1) % len(TOKENS)] = 5.0
        scores[token, len(TOKENS) + FRAMES_PER_TOKEN] = 5.0
    states = [(name, TensorProto.FLOAT, [1, "batch", _STATE]) for name in ("1", "2")]
    return _model(
        [
            helper.make_node("Gather", ["scores", "targets"], ["outputs"]),
            *(
                helper.make_node("Identity", [f"input_states_{n}"], [f"output_states_{n}"])
                for n, _, _ in states
            ),
        ],
        inputs=[
            ("encoder_outputs", TensorProto.FLOAT, ["batch", _FEATURES, 1]),
            ("targets", TensorProto.INT64, ["batch", 1]),
            ("target_length", TensorProto.INT64, ["batch"]),
            *((f"input_states_{n}", kind, shape) for n, kind, shape in states),
        ],
        outputs=[
            ("outputs", TensorProto.FLOAT, ["batch", 1, scores.shape[1]]),
            *((f"output_states_{n}", kind, shape) for n, kind, shape in states),
        ],
        constants={"scores": scores},
    )


def _model(
    nodes: list[onnx.NodeProto],
    *,
    inputs: list[tuple[str, int, list[object]]],
    outputs: list[tuple[str, int, list[object]]],
    constants: dict[str, np.ndarray],
) -> onnx.ModelProto:
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(*value) for value in inputs],
        [helper.make_tensor_value_info(*value) for value in outputs],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)])
    model.ir_version = 9
    onnx.checker.check_model(model)
    return model
