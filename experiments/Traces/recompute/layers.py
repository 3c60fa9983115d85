"""The layers, each with its way forward and back; `needs_error` is False where no layer with weights comes before."""
import numpy as np

from arithmetic import clip, divide, quotient
from arrays import Refusal, Signal
import windows


class Chain:
    """Layers one after the other."""

    def __init__(self, nodes, scheme, arrays):
        for node in nodes:
            if node["op"] not in LAYERS: raise Refusal(f"{node['name']} is of kind {node['op']}, which is none of {', '.join(LAYERS)}")
        self.layers = [LAYERS[node["op"]](node, scheme, arrays) for node in nodes]

    def products(self):
        for layer in self.layers: yield from layer.products()

    def forward(self, x):
        for layer in self.layers: x = layer.forward(x)
        return x

    def backward(self, e, needs_error, first=0):
        for i in range(len(self.layers) - 1, first - 1, -1): e = self.layers[i].backward(e, needs_error or i > first)
        return e

    def first_with_weights(self): return next(i for i, layer in enumerate(self.layers) if any(layer.products()))


class Layer:
    def __init__(self, node, scheme, arrays):
        self.node, self.name, self.arrays = node, node["name"], arrays
        self.scheme = scheme.of(node.get("shownAs", self.name))

    def products(self): return ()


class Product(Layer):
    """A convolution or dense layer: acc = W_q a; backward g = e a^T and delta = W_q^T e."""

    def products(self): yield self

    def quantize_weights(self):
        g, arrays = self.node["product"], self.arrays
        self.stored = arrays.stored_weights(self.name, self.scheme.bits["G"] - 1)
        used = self.scheme.quantize_weights(self.name, self.stored)
        arrays.equal(self.name, "weights", used)
        self.weights = used.values.reshape(windows.weight_shape(g))

    def forward(self, x):
        g = self.node["product"]
        self.input = Signal(x.values.reshape(g["batch"], g["height"], g["width"], g["channels"]), x.fraction)
        sums = Signal(windows.convolve(self.input.values, self.weights, g), x.fraction + self.node["weightFractionBits"])
        self.arrays.equal(self.name, "accumulators", sums)
        return sums

    def backward(self, e, needs_error):
        g = self.node["product"]
        self.arrays.equal(self.name, "productErrors", e)
        values = e.values.reshape(g["batch"], windows.rows(g), windows.columns(g), g["filters"])
        self.gradient = Signal(windows.convolve_gradient(self.input.values, values, g), e.fraction + self.input.fraction, e.exponent)
        if not needs_error: return e
        delta = Signal(windows.convolve_error(values, self.weights, g), e.fraction + self.node["weightFractionBits"], e.exponent)
        self.arrays.equal(self.name, "errorAccumulators", delta)
        return delta

    def learn(self):
        g = self.scheme.weight_mask(self.stored.values, self.gradient.values.reshape(self.stored.values.shape))
        self.arrays.equal(self.name, "gradients", self.gradient._replace(values=g))
        update = self.scheme.quantize_gradient(self.arrays, self.name, self.node["parameter"], g)
        self.arrays.equal(self.name, "updates", update)
        self.arrays.equal(self.name, "updatedWeights", self.scheme.update(self.stored, update))


class Pool(Layer):
    """What the poolings share. Where windows overlap, errors that meet may saturate; no recipe has such."""

    def __init__(self, node, scheme, arrays):
        super().__init__(node, scheme, arrays)
        self.g = g = node["pool"]
        if g["stride"] < max(g["windowHeight"], g["windowWidth"]): raise Refusal(f"{self.name} has windows that overlap")

    def images(self, x): return x.values.reshape(-1, self.g["height"], self.g["width"], self.g["channels"])

    def errors(self, e): return e.values.reshape(-1, windows.pool_rows(self.g), windows.pool_columns(self.g), self.g["channels"])


class MaxPool(Pool):
    """The maximum of each window; the error goes to the first one, row-major."""

    def forward(self, x):
        stack = np.stack([self.images(x)[place] for place in windows.pool(self.g)])
        y, self.positions = x._replace(values=stack.max(0)), stack.argmax(0)
        self.arrays.equal(self.name, "pooled", y)
        self.arrays.equal(self.name, "poolPositions", self.positions)
        return y

    def backward(self, e, needs_error):
        errors = [np.where(self.positions == k, self.errors(e), 0) for k in range(len(windows.pool(self.g)))]
        return e._replace(values=windows.spread(self.g, errors))


class AveragePool(Pool):
    """The rounded mean of each window; the error goes undivided to every element, and 1 / elements into its unit."""

    def forward(self, x):
        total = sum(self.images(x)[place] for place in windows.pool(self.g))
        y = x._replace(values=quotient(total, len(windows.pool(self.g)), self.node["rounding"]))
        self.arrays.equal(self.name, "pooled", y)
        return y

    def backward(self, e, needs_error):
        values = windows.spread(self.g, [self.errors(e)] * len(windows.pool(self.g)))
        return Signal(values, e.fraction + self.node["unitBits"], e.exponent)


class Relu(Layer):
    def forward(self, x):
        self.y = np.maximum(x.values, 0)
        return x._replace(values=self.y)

    def backward(self, e, needs_error): return e._replace(values=np.where(self.y > 0, e.values.reshape(self.y.shape), 0))


class Quantize(Layer):
    """Q_A forward; backward its clip mask, then Q_E."""

    def forward(self, x):
        layer = self.node["shownAs"]
        self.x, a = x, self.scheme.quantize_activations(layer, x)
        self.arrays.equal(layer, "activationInputs", x)
        self.arrays.equal(layer, "activations", a)
        return a

    def backward(self, e, needs_error):
        if not needs_error: return e
        delta = np.where(self.scheme.activation_mask(self.x), e.values.reshape(self.x.values.shape), 0)
        return self.scheme.quantize_errors(self.arrays, self.node["shownAs"], e._replace(values=delta))


class Flatten(Layer):
    def forward(self, x): return x._replace(values=x.values.reshape(len(x.values), -1))

    def backward(self, e, needs_error): return e


class Residual(Layer):
    """The sum of two chains, in the finer of their units; backward the sum of their errors, whose units only the step knows."""

    def __init__(self, node, scheme, arrays):
        super().__init__(node, scheme, arrays)
        self.branch, self.shortcut = Chain(node["branch"], scheme, arrays), Chain(node["shortcut"], scheme, arrays)

    def products(self):
        yield from self.branch.products()
        yield from self.shortcut.products()

    def forward(self, x):
        left, right = self.branch.forward(x), self.shortcut.forward(x)
        fraction = max(left.fraction, right.fraction)
        total = (left.values << (fraction - left.fraction)) + (right.values << (fraction - right.fraction))
        self.arrays.equal(self.name, "accumulators", Signal(total, fraction))
        return Signal(total, fraction)

    def backward(self, e, needs_error):
        left, right = self.branch.backward(e, needs_error), self.shortcut.backward(e, needs_error)
        if not needs_error: return e
        units = (left.exponent - left.fraction, right.exponent - right.fraction)
        unit = max(min(units), max(units) - self.node["guard"])
        return Signal(align(left.values, unit - units[0]) + align(right.values.reshape(left.values.shape), unit - units[1]), 0, unit)


def align(x, shift): return divide(x, min(shift, 62), "halfEven")


LAYERS = {
    "product": Product, "maxPool": MaxPool, "averagePool": AveragePool, "relu": Relu, "quantize": Quantize, "flatten": Flatten, "residual": Residual,
}
