"""The multilingual-e5-small encoder as an int8 ONNX graph, built from the bundled weights.

Matrices are quantised per output column to signed 8 bit, activations to unsigned 8 bit at run time,
which is what onnxruntime has fast kernels for. The word embeddings stay outside the graph: they are
looked up from the memory-mapped 4-bit file, 384 numbers per token instead of 384 MB in memory.
"""

from typing import Any, Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from indexes.e5_weights import Float32, Weights

# Part of the cache file's name: raise it whenever this file changes what the graph computes.
VERSION: Final = "1"
_OPSET: Final = 17
_MICROSOFT: Final = "com.microsoft"
_LEVELS: Final = 127


class _Graph:
    """Collects nodes and constants."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: np.ndarray[Any, Any]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(
        self, kind: str, inputs: list[str], outputs: list[str], domain: str = "", **options: Any
    ) -> str:
        self.nodes.append(helper.make_node(kind, inputs, outputs, domain=domain, **options))
        return outputs[0]

    def linear(self, source: str, name: str, weight: Float32) -> str:
        """``source @ weight.T`` in int8; the bias is added by whoever comes next."""
        scale = np.maximum(np.abs(weight).max(axis=1), 1e-12) / _LEVELS
        quantised = np.rint(weight / scale[:, None]).astype(np.int8)
        w = self.constant(f"{name}.w", quantised.T)
        zero = self.constant(f"{name}.z", np.zeros(len(scale), np.int8))
        scales = self.constant(f"{name}.s", scale.astype(np.float32))
        # One quantisation of an activation serves all that read it: named after the source.
        a = f"{source}.u8"
        if not any(a in node.output for node in self.nodes):
            self.node("DynamicQuantizeLinear", [source], [a, f"{source}.s", f"{source}.z"])
        self.node("MatMulInteger", [a, w, f"{source}.z", zero], [f"{name}.i32"])
        self.node("Cast", [f"{name}.i32"], [f"{name}.f"], to=TensorProto.FLOAT)
        both = self.node("Mul", [f"{source}.s", scales], [f"{name}.ss"])
        return self.node("Mul", [f"{name}.f", both], [f"{name}.y"])


def build(weights: Weights) -> bytes:
    """The encoder as a serialised ONNX model.

    Args:
        weights: The model's weights.

    Returns:
        A model with the inputs ``emb`` (float32, (n, tokens, 384): word + position + type
        embedding) and ``mask`` (int32, (n, tokens), 1 where there is a token) and the output
        ``h`` (float32, (n, tokens, 384)). Equal weights give equal bytes.
    """
    graph = _Graph()
    width, epsilon = weights.hidden, weights.epsilon
    x = graph.node(
        "LayerNormalization",
        [
            "emb",
            graph.constant("emb.ln.w", weights.floats("emb.ln.w", width)),
            graph.constant("emb.ln.b", weights.floats("emb.ln.b", width)),
        ],
        ["x0"],
        axis=-1,
        epsilon=epsilon,
    )
    thirds = graph.constant("thirds", np.array([width] * 3, np.int64))
    for layer in range(weights.layers):
        x = _layer(graph, weights, f"l{layer}", x, thirds)
    graph.node("Identity", [x], ["h"])
    shape: list[str | int | None] = ["n", "tokens", width]
    made = helper.make_graph(
        graph.nodes,
        "multilingual-e5-small",
        [
            helper.make_tensor_value_info("emb", TensorProto.FLOAT, shape),
            helper.make_tensor_value_info("mask", TensorProto.INT32, ["n", "tokens"]),
        ],
        [helper.make_tensor_value_info("h", TensorProto.FLOAT, shape)],
        graph.constants,
    )
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_MICROSOFT, 1)]
    model = helper.make_model(made, opset_imports=opsets, ir_version=8)
    return bytes(model.SerializeToString(deterministic=True))


def _layer(graph: _Graph, weights: Weights, name: str, x: str, thirds: str) -> str:
    width, inner, epsilon = weights.hidden, weights.inner, weights.epsilon

    def bias(part: str, size: int) -> str:
        return graph.constant(f"{name}.{part}.b", weights.floats(f"{name}.{part}.b", size))

    def norm(part: str) -> list[str]:
        return [
            graph.constant(f"{name}.{part}.{end}", weights.floats(f"{name}.{part}.{end}", width))
            for end in "wb"
        ]

    qkv = np.concatenate([weights.matrix(f"{name}.{part}.w", width, width) for part in "qkv"])
    qkv_bias = np.concatenate([weights.floats(f"{name}.{part}.b", width) for part in "qkv"])
    y = graph.linear(x, f"{name}.qkv", qkv)
    y = graph.node("Add", [y, graph.constant(f"{name}.qkv.b", qkv_bias)], [f"{name}.qkv.o"])
    heads = [f"{name}.{part}" for part in "qkv"]
    graph.node("Split", [y, thirds], heads, axis=-1)
    graph.node(
        "MultiHeadAttention",
        [*heads, "", "mask"],
        [f"{name}.context"],
        _MICROSOFT,
        num_heads=weights.heads,
    )
    out = weights.matrix(f"{name}.ao.w", width, width)
    y = graph.linear(f"{name}.context", f"{name}.ao", out)
    middle = graph.node(
        "SkipLayerNormalization",
        [y, x, *norm("aln"), bias("ao", width)],
        [f"{name}.middle"],
        _MICROSOFT,
        epsilon=epsilon,
    )
    y = graph.linear(middle, f"{name}.fi", weights.matrix(f"{name}.fi.w", inner, width))
    y = graph.node("BiasGelu", [y, bias("fi", inner)], [f"{name}.gelu"], _MICROSOFT)
    y = graph.linear(y, f"{name}.fo", weights.matrix(f"{name}.fo.w", width, inner))
    return graph.node(
        "SkipLayerNormalization",
        [y, middle, *norm("oln"), bias("fo", width)],
        [f"{name}.out"],
        _MICROSOFT,
        epsilon=epsilon,
    )
