"""Builds Moonshine's graphs for ONNX Runtime from the weights of the graphs in its package.

The package's decoder rounds the numbers of all parts of a batch alike, so that a text depends on
what is decoded with it, spends 650 of its 850 nodes on shapes, and hides the attention that word
times need. These graphs have the same weights, and each row of a batch is rounded by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

LAYERS, HEADS, HEAD_SIZE = 6, 8, 36  # of encoder, decoder and their attention
ATTENTION_LAYERS = (2, 3)  # whose attention the decoder returns
_WIDTH = HEADS * HEAD_SIZE
_HIDDEN = 1_152  # numbers between the two layers of a perceptron
_ROTATED = 32  # of a head's numbers, in pairs
_SCALE = HEAD_SIZE**-0.5
_BLOCK = 32  # numbers that are rounded alike; _WIDTH and _HIDDEN are multiples of it
_POSITIONS = 2_048  # more than a part has tokens or frames
_EPSILON = 1e-5
_MICROSOFT = "com.microsoft"
_DECODER = "/model/decoder/"
_SOUND, _FIRST_FRAMES = "input_values", "/Transpose_output_0"  # of the package's encoder


@dataclass(frozen=True, slots=True, kw_only=True)
class _Weight:
    """The matrix ``(numbers - zeros) * scales``, by column."""

    numbers: NDArray[np.uint8]  # (rows, columns)
    scales: NDArray[np.float32]
    zeros: NDArray[np.uint8]
    bias: NDArray[np.float32] | None = None


class _Source:
    """The nodes and weights of graphs of the package, by the name of an output."""

    def __init__(self, *graphs: Any) -> None:
        self.nodes = {name: node for graph in graphs for node in graph.node for name in node.output}
        self.weights = {weight.name: weight for graph in graphs for weight in graph.initializer}

    def array(self, name: str) -> NDArray[Any]:
        return np.asarray(numpy_helper.to_array(self.weights[name]))

    def matrix(self, output: str) -> _Weight:
        """The weight with which an output is computed."""
        node = self.nodes[output]
        names = [*node.input, ""]
        fused = node.op_type == "DynamicQuantizeMatMul"
        numbers, scale, zero, bias = (names[n] for n in ((1, 2, 3, 4) if fused else (1, 3, 5, 6)))
        weight = self.array(numbers)
        columns = weight.shape[1]
        return _Weight(
            numbers=weight,
            scales=np.full(columns, self.array(scale), np.float32),
            zeros=np.full(columns, self.array(zero), np.uint8),
            bias=self.array(bias) if bias else None,
        )


class _Graph:
    """A graph that is being built. Methods return the name of what they compute."""

    def __init__(self, source: _Source) -> None:
        self.source = source
        self.nodes: list[Any] = []
        self.weights: dict[str, Any] = {}

    def add(self, operator: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        return self.split(operator, inputs, [output], **attributes)[0]

    def split(
        self, operator: str, inputs: Sequence[str], outputs: Sequence[str], **attributes: Any
    ) -> Sequence[str]:
        self.nodes.append(helper.make_node(operator, inputs, outputs, **attributes))
        return outputs

    def constant(self, name: str, values: Any) -> str:
        self.weights[name] = numpy_helper.from_array(np.asarray(values), name)
        return name

    def multiplied(self, values: str, weight: _Weight, output: str) -> str:
        """Each row of the values is rounded in blocks, unlike by DynamicQuantizeMatMul."""
        rows, columns = weight.numbers.shape
        blocks = rows // _BLOCK
        turned = np.ascontiguousarray(weight.numbers.T).reshape(columns, blocks, _BLOCK)
        inputs = [
            values,
            self.constant(f"{output}.weight", turned),
            self.constant(f"{output}.scales", np.repeat(weight.scales, blocks)),
            self.constant(f"{output}.zeros", np.repeat(weight.zeros, blocks)),
        ]
        if weight.bias is not None:
            inputs += ["", self.constant(f"{output}.bias", weight.bias)]
        return self.add(
            "MatMulNBits",
            inputs,
            output,
            domain=_MICROSOFT,
            K=rows,
            N=columns,
            bits=8,
            block_size=_BLOCK,
            accuracy_level=4,  # in whole numbers
        )

    def normed(self, values: str, like: str) -> str:
        """Normalised with the weight of the package's node ``like``."""
        name = self.source.nodes[like].input[-2]
        self.weights[name] = self.source.weights[name]
        zeros = self.constant("zeros", np.zeros(_WIDTH, np.float32))
        return self.add(
            "LayerNormalization", [values, name, zeros], f"{values}.normed", epsilon=_EPSILON
        )

    def model(self, name: str, inputs: Sequence[Any], outputs: Sequence[str]) -> Any:
        shapeless = [helper.make_tensor_value_info(o, TensorProto.FLOAT, None) for o in outputs]
        graph = helper.make_graph(self.nodes, name, inputs, shapeless, list(self.weights.values()))
        versions = [helper.make_opsetid("", 18), helper.make_opsetid(_MICROSOFT, 1)]
        return helper.make_model(graph, opset_imports=versions, ir_version=10)


def encoder(package: Any, whole: Any, first_token: Any) -> Any:
    """From samples to the keys and values that the decoder reads: (1, heads, numbers, frames), and
    (1, heads, frames, numbers).

    ``package`` is its encoder, ``first_token`` the branch of its decoder that computes them.
    """
    graph = _Graph(_Source(package, whole, first_token))
    _convolutions(graph, package)
    cosines, sines = _rotations(graph.source.array("onnx::Expand_202"))
    graph.constant("cosines", cosines)
    graph.constant("sines", sines)
    graph.constant("first", np.zeros(1, np.int64))
    values = _FIRST_FRAMES
    for layer in range(LAYERS):
        values = _encoder_layer(graph, layer, values)
    heard = graph.normed(values, "last_hidden_state")
    outputs = _keys_and_values(graph, heard)
    samples = helper.make_tensor_value_info(_SOUND, TensorProto.FLOAT, [1, "samples"])
    return graph.model("encoder", [samples], outputs)


def decoder(whole: Any, next_token: Any) -> Any:
    """One step for several parts: the logits of the next token, the attention to the sound, and
    the keys and values of the next step.

    ``next_token`` is the branch of the package's decoder that computes a later token.
    """
    graph = _Graph(_Source(whole, next_token))
    cosines, sines = _rotations(graph.source.array("onnx::Expand_248"))
    untouched = HEAD_SIZE - _ROTATED
    cosines = np.pad(np.repeat(cosines, 2, axis=1), ((0, 0), (0, untouched)), constant_values=1)
    sines = np.pad(np.repeat(sines, 2, axis=1), ((0, 0), (0, untouched)))
    graph.add("Gather", [graph.constant("cosines", cosines), "position"], "cosine")
    graph.add("Gather", [graph.constant("sines", sines), "position"], "sine")
    graph.constant("heads", [0, -1, 1, HEAD_SIZE])
    graph.constant("row", [0, 1, _WIDTH])
    values = _embedded(graph)
    for layer in range(LAYERS):
        values = _decoder_layer(graph, layer, values)
    last = graph.normed(values, f"{_DECODER}norm/LayerNormalization_output_0")
    graph.multiplied(last, graph.source.matrix("logits"), "logits")
    return graph.model("decoder", _decoder_inputs(), _decoder_outputs())


def _decoder_inputs() -> list[Any]:
    number, whole = TensorProto.FLOAT, TensorProto.INT64
    shapes = {
        "past_key_values.{}.decoder.key": ["parts", HEADS, "tokens", HEAD_SIZE],
        "past_key_values.{}.decoder.value": ["parts", HEADS, "tokens", HEAD_SIZE],
        "past_key_values.{}.encoder.key": ["parts", HEADS, HEAD_SIZE, "frames"],
        "past_key_values.{}.encoder.value": ["parts", HEADS, "frames", HEAD_SIZE],
    }
    return [
        helper.make_tensor_value_info("input_ids", whole, ["parts", 1]),
        helper.make_tensor_value_info("position", whole, [1]),
        helper.make_tensor_value_info("mask", number, ["parts", 1, 1, "frames"]),
        *(
            helper.make_tensor_value_info(name.format(layer), number, shape)
            for name, shape in shapes.items()
            for layer in range(LAYERS)
        ),
    ]


def _decoder_outputs() -> list[str]:
    return [
        "logits",
        *(f"attention.{layer}" for layer in ATTENTION_LAYERS),
        *(f"present.{n}.decoder.{what}" for n in range(LAYERS) for what in ("key", "value")),
    ]


def _embedded(graph: _Graph) -> str:
    """The vectors of the tokens, which are the weights of the logits, too."""
    name = "model.decoder.embed_tokens.weight_merged_0"
    parts = [f"{name}_quantized", f"{name}_scale", f"{name}_zero_point"]
    graph.weights |= {part: graph.source.weights[part] for part in parts}
    rounded = graph.add("Gather", [parts[0], "input_ids"], "rounded")
    return graph.add("DequantizeLinear", [rounded, *parts[1:]], "embedded")


def _decoder_layer(graph: _Graph, layer: int, values: str) -> str:
    here = f"{_DECODER}layers.{layer}/"
    values = _added(graph, values, _attention_to_text(graph, layer, values, here))
    values = _added(graph, values, _attention_to_sound(graph, layer, values, here))
    normed = graph.normed(values, f"{here}final_layernorm/LayerNormalization_output_0")
    both = graph.multiplied(normed, graph.source.matrix(f"{here}mlp/fc1/Add_output_0"), f"{here}1")
    halves = graph.constant("halves", [_HIDDEN, _HIDDEN])
    graph.split("Split", [both, halves], [f"{here}up", f"{here}gate"], axis=-1)
    gate = graph.add("QuickGelu", [f"{here}gate"], f"{here}gate.open", domain=_MICROSOFT, alpha=1.0)
    hidden = graph.add("Mul", [gate, f"{here}up"], f"{here}hidden")
    again = graph.source.matrix(f"{here}mlp/fc2/Add_output_0")
    return _added(graph, values, graph.multiplied(hidden, again, f"{here}2"))


def _attention_to_text(graph: _Graph, layer: int, values: str, here: str) -> str:
    normed = graph.normed(values, f"{here}input_layernorm/LayerNormalization_output_0")
    query, key, value = (
        graph.source.matrix(f"{here}self_attn/{which}_proj/MatMul_output_0") for which in "qkv"
    )
    # Turned pairs are columns of the same product: of no cost, unlike taking them apart.
    columns = _joined(query, key, _turned(query), _turned(key), value)
    both = graph.add(
        "Reshape", [graph.multiplied(normed, columns, f"{here}all"), "heads"], f"{here}heads"
    )
    three = graph.constant("three", [2 * HEADS, 2 * HEADS, HEADS])
    plain, turned, value_now = graph.split(
        "Split", [both, three], [f"{here}plain", f"{here}turned", f"{here}value"], axis=1
    )
    rotated = graph.add(
        "Add",
        [
            graph.add("Mul", [plain, "cosine"], f"{here}plain.cosine"),
            graph.add("Mul", [turned, "sine"], f"{here}turned.sine"),
        ],
        f"{here}rotated",
    )
    two = graph.constant("two", [HEADS, HEADS])
    asked, key_now = graph.split("Split", [rotated, two], [f"{here}query", f"{here}key"], axis=1)
    past, present = f"past_key_values.{layer}.decoder", f"present.{layer}.decoder"
    keys = graph.add("Concat", [f"{past}.key", key_now], f"{present}.key", axis=2)
    all_values = graph.add("Concat", [f"{past}.value", value_now], f"{present}.value", axis=2)
    scores = graph.add(
        "FusedMatMul", [asked, keys], f"{here}scores", domain=_MICROSOFT, alpha=_SCALE, transB=1
    )
    attention = graph.add("Softmax", [scores], f"{here}attention", axis=-1)
    return _projected(graph, attention, all_values, f"{here}self_attn/")


def _attention_to_sound(graph: _Graph, layer: int, values: str, here: str) -> str:
    normed = graph.normed(values, f"{here}post_attention_layernorm/LayerNormalization_output_0")
    query = graph.source.matrix(f"{here}encoder_attn/q_proj/MatMul_output_0")
    asked = graph.add(
        "Reshape", [graph.multiplied(normed, query, f"{here}asked"), "heads"], f"{here}asked.heads"
    )
    sound = f"past_key_values.{layer}.encoder"
    scores = graph.add(
        "FusedMatMul", [asked, f"{sound}.key"], f"{here}heard", domain=_MICROSOFT, alpha=_SCALE
    )
    masked = graph.add("Add", [scores, "mask"], f"{here}heard.masked")
    attention = graph.add("Softmax", [masked], f"attention.{layer}", axis=-1)
    return _projected(graph, attention, f"{sound}.value", f"{here}encoder_attn/")


def _projected(graph: _Graph, attention: str, values: str, here: str) -> str:
    mixed = graph.add("MatMul", [attention, values], f"{here}mixed")
    row = graph.add("Reshape", [mixed, "row"], f"{here}row")
    weight = graph.source.matrix(f"{here}o_proj/MatMul_output_0")
    return graph.multiplied(row, weight, f"{here}projected")


def _added(graph: _Graph, values: str, more: str) -> str:
    return graph.add("Add", [values, more], f"{more}.sum")


def _convolutions(graph: _Graph, package: Any) -> None:
    """The nodes of the package's encoder up to the first frames."""
    wanted, kept = [_FIRST_FRAMES], set[str]()
    while wanted:
        node = graph.source.nodes.get(wanted.pop())
        if node is not None and node.output[0] not in kept:
            kept.add(node.output[0])
            wanted += node.input
    graph.nodes = [node for node in package.node if node.output[0] in kept]
    names = {name for node in graph.nodes for name in node.input}
    graph.weights = {name: w for name, w in graph.source.weights.items() if name in names}


def _encoder_layer(graph: _Graph, layer: int, values: str) -> str:
    here = f"/layers.{layer}/"
    normed = graph.normed(values, f"{here}input_layernorm/LayerNormalization_output_0")
    weights = [
        graph.source.matrix(f"{here}self_attn/{which}_proj/MatMul_output_0") for which in "qkv"
    ]
    product = graph.multiplied(normed, _joined(*weights), f"{here}all")
    three = graph.constant("three", [_WIDTH] * 3)
    query, key, value = graph.split(
        "Split", [product, three], [f"{here}query", f"{here}key", f"{here}value"], axis=-1
    )
    rotated = [
        graph.add(
            "RotaryEmbedding",
            [plain, "first", "cosines", "sines"],
            f"{plain}.rotated",
            domain=_MICROSOFT,
            interleaved=1,
            num_heads=HEADS,
            rotary_embedding_dim=_ROTATED,
        )
        for plain in (query, key)
    ]
    mixed = graph.add(
        "MultiHeadAttention",
        [*rotated, value],
        f"{here}mixed",
        domain=_MICROSOFT,
        num_heads=HEADS,
        scale=_SCALE,
    )
    weight = graph.source.matrix(f"{here}self_attn/o_proj/MatMul_output_0")
    values = _added(graph, values, graph.multiplied(mixed, weight, f"{here}projected"))
    normed = graph.normed(values, f"{here}post_attention_layernorm/LayerNormalization_output_0")
    first, second = (graph.source.matrix(f"{here}mlp/fc{n}/Add_output_0") for n in (1, 2))
    hidden = graph.add(
        "Gelu", [graph.multiplied(normed, first, f"{here}1")], f"{here}hidden", domain=_MICROSOFT
    )
    return _added(graph, values, graph.multiplied(hidden, second, f"{here}2"))


def _keys_and_values(graph: _Graph, heard: str) -> list[str]:
    """Of all layers of the decoder, in one product."""
    names = [(layer, what) for layer in range(LAYERS) for what in ("key", "value")]
    weights = [
        graph.source.matrix(f"{_DECODER}layers.{layer}/encoder_attn/{what[0]}_proj/MatMul_output_0")
        for layer, what in names
    ]
    product = graph.multiplied(heard, _joined(*weights), "keys_and_values")
    each = graph.constant("each", [_WIDTH] * len(names))
    rows = graph.split("Split", [product, each], [f"{n}.{what}.row" for n, what in names], axis=-1)
    split = graph.constant("heads", [0, 0, HEADS, HEAD_SIZE])
    outputs = []
    for (layer, what), row in zip(names, rows, strict=True):
        by_head = graph.add("Reshape", [row, split], f"{row}.heads")
        order = [0, 2, 3, 1] if what == "key" else [0, 2, 1, 3]
        output = f"past_key_values.{layer}.encoder.{what}"
        outputs.append(graph.add("Transpose", [by_head], output, perm=order))
    return outputs


def _joined(*weights: _Weight) -> _Weight:
    return _Weight(
        numbers=np.concatenate([weight.numbers for weight in weights], axis=1),
        scales=np.concatenate([weight.scales for weight in weights]),
        zeros=np.concatenate([weight.zeros for weight in weights]),
    )


def _turned(weight: _Weight) -> _Weight:
    """The weight of each pair (a, b) of rotated numbers replaced by that of (-b, a)."""

    def turned(numbers: NDArray[np.uint8]) -> NDArray[np.uint8]:
        heads = numbers.reshape(-1, HEADS, HEAD_SIZE)
        result = heads.copy()
        result[..., 0:_ROTATED:2] = (
            255 - heads[..., 1:_ROTATED:2]
        )  # minus, as the zero is turned, too
        result[..., 1:_ROTATED:2] = heads[..., 0:_ROTATED:2]
        return result.reshape(numbers.shape)

    return _Weight(numbers=turned(weight.numbers), scales=weight.scales, zeros=turned(weight.zeros))


def _rotations(frequencies: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Cosine and sine of each pair's angle at each position."""
    angles = np.arange(_POSITIONS, dtype=np.float32)[:, None] * frequencies.reshape(1, -1)
    return np.cos(angles), np.sin(angles)
