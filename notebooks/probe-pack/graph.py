"""A small builder for ONNX graphs: every tensor is a value that knows how to add, multiply and slice itself."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

TYPES = {
    "float32": TensorProto.FLOAT,
    "float16": TensorProto.FLOAT16,
    "uint8": TensorProto.UINT8,
}


class Value:
    """A tensor of the graph; operators append nodes to it."""

    __array_ufunc__ = None  # or NumPy would take `array * value` apart, element by element

    def __init__(self, graph, name):
        self.graph, self.name = graph, name

    def __add__(self, other):
        return self.graph.op("Add", self, other)

    def __radd__(self, other):
        return self.graph.op("Add", other, self)

    def __sub__(self, other):
        return self.graph.op("Sub", self, other)

    def __rsub__(self, other):
        return self.graph.op("Sub", other, self)

    def __mul__(self, other):
        return self.graph.op("Mul", self, other)

    def __rmul__(self, other):
        return self.graph.op("Mul", other, self)

    def __matmul__(self, other):
        return self.graph.op("MatMul", self, other)

    def cut(self, axis, start, end):
        """The half-open range along an axis."""
        return self.graph.op("Slice", self, *(np.array([v], np.int64) for v in (start, end, axis)))

    def reshape(self, *shape):
        """A new shape; -1 stands for the batch axis."""
        return self.graph.op("Reshape", self, np.array(shape, np.int64))

    def unsqueeze(self, *axes):
        return self.graph.op("Unsqueeze", self, np.array(axes, np.int64))

    def mean(self, *axes, keep=False):
        return self.graph.op("ReduceMean", self, axes=list(axes), keepdims=int(keep))

    def transpose(self, *order):
        return self.graph.op("Transpose", self, perm=list(order))

    def cast(self, kind):
        return self.graph.op("Cast", self, to=TYPES[kind])

    def sigmoid(self):
        return self.graph.op("Sigmoid", self)

    def tanh(self):
        return self.graph.op("Tanh", self)

    def clip(self, low, high):
        return self.graph.op("Clip", self, np.float32(low), np.float32(high))


class Graph:
    """One ONNX file, operator set 17, whose first axis is "batch" everywhere."""

    def __init__(self, name, inputs):
        self.name, self.specs = name, inputs
        self.nodes, self.constants, self.outputs = [], [], {}
        self.inputs = {key: Value(self, key) for key in inputs}

    def __getitem__(self, name):
        return self.inputs[name]

    def value(self, operand):
        if isinstance(operand, Value):
            return operand.name
        array = np.asarray(operand)
        if array.dtype == np.float64:
            array = array.astype(np.float32)
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def op(self, kind, *operands, **attributes):
        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, [self.value(o) for o in operands], [name], **attributes))
        return Value(self, name)

    def concat(self, axis, *values):
        return self.op("Concat", *values, axis=axis)

    def output(self, name, value, shape, kind="float32"):
        self.nodes.append(helper.make_node("Identity", [value.name], [name]))
        self.outputs[name] = (kind, shape)

    def write(self, folder):
        """Writes NAME.onnx and returns the manifest's entry."""

        def infos(specs):
            return [helper.make_tensor_value_info(n, TYPES[k], ["batch", *s]) for n, (k, s) in specs.items()]

        graph = helper.make_graph(self.nodes, self.name, infos(self.specs), infos(self.outputs), self.constants)
        model = helper.make_model(
            graph, producer_name="avatarflow-probe", opset_imports=[helper.make_opsetid("", 17)], ir_version=8
        )
        onnx.checker.check_model(model, full_check=True)
        (folder / f"{self.name}.onnx").write_bytes(model.SerializeToString(deterministic=True))
        return {"file": f"{self.name}.onnx", "inputs": self.specs, "outputs": self.outputs}
