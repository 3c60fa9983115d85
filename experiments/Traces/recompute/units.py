"""A step of the scheme integer-sgd: units that follow their tensors, batch norm, momentum. Equations: docs/integer-resnet.md."""
from fractions import Fraction
from math import isqrt
import json

import numpy as np

import windows
from arithmetic import clip, divide, philox_words, quotient
from arrays import Refusal, Signal
from losses import LOSSES

UNKNOWN, NO_LEAST, MOST_SHIFT, FRACTION = -1 << 63, -1 << 24, 30, 24
Y, ERROR_GUARD, WIDE, SCORE_FRACTION, SCORE_LIMIT, MEAN_BITS = 32767, 23, 46, 16, (1 << 28) - 1, 15
FIXED, FIRST_STEPS = 12, 16


def rn(x, shift): return x << -shift if shift <= 0 else (x + (1 << (shift - 1))) >> shift


def rdiv(x, n): return quotient(np.asarray(x), n, "halfAway")


def fitting(most, limit):
    """The least s at which most fits."""
    s = max(most.bit_length() - limit.bit_length(), 0)
    return s if rn(most, s) <= limit else s + 1


def greatest(x): return int(np.abs(x).max())


def exponent(signal): return signal.exponent - signal.fraction


class Step:
    """The options, by layer, the states that the step starts from, and the random words."""

    def __init__(self, manifest, step, arrays):
        self.manifest, self.step, self.arrays = manifest, step, arrays
        self.batch = manifest["layers"] and arrays.load("input", "labels")[1].size
        eta = Fraction(step["eta"]["numerator"], step["eta"]["denominator"])
        self.rate = self.scaled(eta, 16)
        self.learning = []
        self.begins_with_zeros = '"fixup": true' in json.dumps(manifest["layers"])

    def of(self, layer): return self.manifest["schemes"].get(layer, self.manifest["options"])

    @staticmethod
    def scaled(ratio, bits): return min((2 * ratio.numerator * (1 << bits) + ratio.denominator) // (2 * ratio.denominator), 1 << 30)

    def words(self, stream, x, shift):
        wide = shift > 32
        drawn = philox_words(self.manifest["seed"], stream, self.step["step"], x.size, wide).reshape(x.shape)
        return ((drawn >> np.uint64(wide)) & np.uint64((1 << shift) - 1)).astype(np.int64)

    def stochastic(self, stream, x, shift): return divide(x, shift, "stochastic", lambda bits: self.words(stream, x, bits))

    def state(self, owner, name): return self.arrays.state(owner, name)

    def keep(self, owner, name, values): self.arrays.equal(owner, f"updated{name.capitalize()}", np.asarray(values, np.int64))


class Site:
    """The unit of one tensor: in hindsight that of the step before, or the step's own."""

    def __init__(self, step, name, limit, headroom, current, least=NO_LEAST):
        self.step, self.name, self.limit, self.headroom, self.current, self.least = step, name, limit, headroom, current, least

    def shift(self, x, v):
        """The bits that are dropped of v, sums of the exponent x."""
        kept, fits = int(self.step.state(self.name, "exponent")), fitting(greatest(v), self.limit)
        self.step.keep(self.name, "exponent", [max(x + fits + self.headroom, self.least) if np.any(v) else kept])
        if not self.current and kept != UNKNOWN: return min(max(max(kept, self.least) - x, 0), MOST_SHIFT)
        return fits if self.least == NO_LEAST else max(fits, min(self.least - x, MOST_SHIFT))

    def random(self, x, v, gate=None):
        """SR(v, s), saturated, and its exponent: of errors."""
        if self.step.begins_with_zeros and self.step.step["step"] < FIRST_STEPS: self.current = True
        s = self.shift(x, v)
        stream = (8 << 16) | self.step.manifest["roundingIndices"][self.name]
        e = clip(self.step.stochastic(stream, v, s), self.limit)
        return (e if gate is None else np.where(gate, e, 0)), x + s


class Parameter:
    """Stored weights: Q_W of them, and how they learn."""

    def __init__(self, step, name, options, index, kind):
        self.step, self.name, self.options, self.index, self.kind = step, name, options, index, kind
        self.narrow = options["masters"] == "16" and kind in ("weights", "bias")
        self.fraction = 13 if self.narrow else FRACTION
        self.limit = {"gamma": (1 << 26) - 1, "beta": (1 << 29) - 1}.get(kind, 32767 if self.narrow else (1 << 31) - 1)
        self.stored = step.arrays.stored_weights(name, self.fraction)
        step.learning.append(self)
        w = self.stored.values
        if kind != "weights":
            fraction = SCORE_FRACTION if kind == "bias" else FRACTION
            self.used = Signal(divide(w, self.fraction - fraction, "halfEven"), fraction)
        else:
            bits = int(options["kW"])
            self.codes = (1 << (bits - 1)) - 1
            self.shift = fitting(greatest(w), self.codes) if bits == 8 else int(step.state(f"{name}.W", "shift"))
            self.used = Signal(clip(rn(w, self.shift), self.codes), 0, self.shift - self.fraction)
            if bits < 8: step.keep(f"{name}.W", "shift", [self.shift])
            else: self.codes = None
        step.arrays.equal(name, "weights", self.used)

    def learn(self):
        step, g, w = self.step, self.gradient, self.stored.values
        step.arrays.equal(self.name, "gradients", g)
        k = (step.batch - 1).bit_length()
        right = max(min(-g.exponent - (self.fraction - k + 16 - g.fraction), 62), -WIDE)
        left, most = max(-right, 0), 1 << (WIDE - max(-right, 0))
        scaled = clip(rn(g.values.reshape(w.shape), max(right, 0)), most) << left
        share = min(int(rdiv(1 << (16 + k), step.batch)), (1 << 17) - 1)
        momentum, decay = (step.scaled(Fraction(self.options[key]), bits) for key, bits in (("momentum", 16), ("weightDecay", 26)))
        v = step.state(f"{self.name}.rule", "velocity").reshape(w.shape)
        total = v * momentum + ((w * decay) >> 10) + ((scaled * share + (1 << 15)) >> 16)
        if self.narrow:
            v = clip(step.stochastic((2 << 16) | self.index, total, 16), self.limit)
            new = clip(step.stochastic((9 << 16) | self.index, (w << 16) - v * step.rate, 16), self.limit)
        else:
            v = clip(rn(total, 16), (1 << 31) - 1)
            new = clip(w - rn(v * step.rate, 16), self.limit)
        if self.kind == "weights" and self.codes: new = clip(new, min(self.codes << self.shift, (1 << 31) - 1))
        step.keep(f"{self.name}.rule", "velocity", v)
        step.arrays.equal(self.name, "updatedWeights", Signal(new, self.fraction))


class Product:
    """Codes times weights; the gradient, and the sums of the input's errors."""

    def __init__(self, step, node):
        self.step, self.name, self.g = step, node["name"], node["product"]
        self.options = step.of(self.name)
        self.w = Parameter(step, self.name, self.options, node["parameter"], "weights")
        self.weights = self.w.used.values.reshape(windows.weight_shape(self.g))

    def forward(self, x):
        g = self.g
        self.x = x._replace(values=x.values.reshape(g["batch"], g["height"], g["width"], g["channels"]))
        return windows.convolve(self.x.values, self.weights, g), exponent(x) + self.w.used.exponent

    def backward(self, e, needs_error):
        g = self.g
        self.step.arrays.equal(self.name, "productErrors", e)
        values = e.values.reshape(g["batch"], windows.rows(g), windows.columns(g), g["filters"])
        self.w.gradient = Signal(windows.convolve_gradient(self.x.values, values, g), e.fraction, e.exponent + exponent(self.x))
        if not needs_error: return None
        delta = Signal(windows.convolve_error(values, self.weights, g), e.fraction, e.exponent + self.w.used.exponent)
        self.step.arrays.equal(self.name, "errorAccumulators", delta)
        return delta


class Norm:
    """A product and its batch norm: y of 16 bits, xhat, z in units of 2^-24."""

    def __init__(self, step, product, norm):
        self.step, self.name = step, norm["name"]
        self.product = Product(step, product)
        options, network = self.product.options, step.manifest["options"]
        index = product["parameter"]
        self.gamma = Parameter(step, f"{self.name}.gamma", network, index + 1, "gamma")
        self.beta = Parameter(step, f"{self.name}.beta", network, index + 2, "beta")
        self.fixup = norm.get("fixup", False)
        self.y_site = None if self.fixup else Site(step, f"{self.product.name}.Y", Y, 1, options["ranges.A"] == "current")
        self.guard = 0 if options["kD"] == "16" else 7
        self.e_site = Site(step, f"{self.name}.E", (1 << (int(options["kE"]) - 1)) - 1, 0, options["ranges.E"] == "current")

    def forward(self, x, shortcut=None):
        sums, unit = self.product.forward(x)
        s = -FIXED - unit if self.fixup else self.y_site.shift(unit, sums)
        self.y, self.unit = clip(rn(sums, s), Y), unit + s
        self.step.arrays.equal(self.product.name, "accumulators", Signal(self.y, 0, self.unit))
        flat = self.y.reshape(-1, self.y.shape[-1])
        self.m = len(flat)
        if self.fixup: self.inverse, self.sh, self.xhat = (np.full(flat.shape[1], v, np.int64) for v in (1 << 14, 14, 0))
        else: self.normalize(flat)
        if self.fixup: self.xhat = self.y
        self.slope = rn(self.gamma.stored.values, 12)
        z = self.xhat * self.slope + self.beta.stored.values
        return z if shortcut is None else z + self.added(shortcut)

    def normalize(self, flat):
        self.mean = rdiv(flat.sum(0), self.m)
        deviation = (flat * flat).sum(0) - 2 * self.mean * flat.sum(0) + self.m * self.mean * self.mean
        variance = np.maximum(16, (deviation << 8) // self.m)
        j = [max(0, (61 - int(v).bit_length() + 1) >> 1) for v in variance]
        self.inverse = np.array([(1 << 44) // isqrt(int(v) << (2 * k)) for v, k in zip(variance, j)], np.int64)
        self.sh = np.array([28 - k for k in j], np.int64)
        self.run(variance)
        half = (np.int64(1) << self.sh) >> 1
        self.xhat = clip(((self.y - self.mean) * self.inverse + half) >> self.sh, Y)

    def run(self, variance):
        running, new = self.step.state(self.name, "running"), []
        for old, now, left in zip(running, (self.mean, variance), (self.unit + 24, 2 * self.unit + 16)):
            now = rn(now, min(-left, 62)) if left < 0 else clip(now, (1 << 60) >> min(left, 60)) << min(left, 60)
            new.append(old + ((now - old + 4) >> 3))
        self.step.keep(self.name, "running", new)

    @staticmethod
    def added(shortcut):
        left = min(max(exponent(shortcut) + 24, 0), MOST_SHIFT)
        return clip(shortcut.values, (1 << 30) >> left) << left

    def backward(self, d, needs_error):
        sums, products = (v.reshape(-1, v.shape[-1]).sum(0) for v in (d.values, d.values * self.xhat))
        self.beta.gradient, self.gamma.gradient = Signal(sums, 0, d.exponent), Signal(products, 12, d.exponent)
        if self.fixup: sums, products = 0 * sums, 0 * products
        md, mx = rdiv(sums << self.guard, self.m), clip(rn(rdiv(products << self.guard, self.m), 12), Y)
        kr, ke = [int(v) for v in self.slope * self.inverse], [-24 - int(s) for s in self.sh]
        ek = max(e + abs(k).bit_length() for k, e in zip(kr, ke)) - 11
        k = np.array([rn(v, min(ek - e, 63)) for v, e in zip(kr, ke)], np.int64)
        dx = ((d.values << self.guard) - md - rn(self.xhat * mx, 12)) * k
        e, unit = self.e_site.random(ek - self.unit + d.exponent - self.guard, dx)
        return self.product.backward(Signal(e, 0, unit), needs_error)


class End:
    """ReLU and Q_A, and the errors of the codes."""

    def __init__(self, step, shown_as, current):
        options = step.of(shown_as)
        self.step, self.name, self.limit = step, shown_as, (1 << int(options["kA"])) - 1
        self.site = Site(step, f"{shown_as}.A", self.limit, 0, options["ranges.A"] == "current")
        limit = (1 << (int(options["kE"] if options["kD"] == "kE" else options["kD"]) - 1)) - 1
        self.errors = Site(step, f"{shown_as}.E", limit, 0, current or options["ranges.E"] == "current")

    def forward(self, z):
        pre = np.clip(rn(z, 16), 0, 32767)
        s = min(self.site.shift(-8, pre), MOST_SHIFT)
        self.a, self.passes = np.minimum(rn(pre, s), self.limit), pre > 0
        codes = Signal(self.a, 0, s - 8)
        self.step.arrays.equal(self.name, "activations", codes)
        return codes

    def backward(self, sums):
        sums = sums._replace(values=sums.values.reshape(self.a.shape))
        self.step.arrays.equal(self.name, "errorInputs", sums)
        d, unit = self.errors.random(exponent(sums), sums.values, self.passes)
        e = Signal(d, 0, unit)
        self.step.arrays.equal(self.name, "errors", e)
        self.step.arrays.equal(self.name, "errorShift", [unit - sums.exponent])
        return e


class Block:
    def __init__(self, step, nodes, shown_as, current):
        self.norm, self.end = Norm(step, *nodes[:2]), End(step, shown_as, current)

    def forward(self, x): return self.end.forward(self.norm.forward(x))

    def backward(self, e, needs_error): return self.norm.backward(self.end.backward(e), needs_error)


class Subsample:
    """Every stride-th position, and channels of zeros."""

    def __init__(self, node): self.stride, self.channels = node["stride"], node["channels"]

    def forward(self, x):
        self.shape = x.values.shape
        places = x.values[:, ::self.stride, ::self.stride, :]
        return x._replace(values=np.pad(places, ((0, 0), (0, 0), (0, 0), (0, self.channels - self.shape[-1]))))

    def backward(self, e, needs_error):
        delta = np.zeros(self.shape, np.int64)
        delta[:, ::self.stride, ::self.stride, :] = e.values[..., :self.shape[-1]]
        return e._replace(values=delta)


class Residual:
    def __init__(self, step, node, shown_as, current):
        nodes = [n for n in node["branch"]]
        self.before, self.norm = Chain(step, nodes[:-2]), None
        self.norm = Norm(step, *nodes[-2:])
        side = node["shortcut"]
        self.side = None if not side else Subsample(side[0]) if side[0]["op"] == "subsample" else Norm(step, *side)
        self.end = End(step, shown_as, current)

    def forward(self, x):
        left, right = self.before.forward(x), x
        if isinstance(self.side, Subsample): right = self.side.forward(x)
        elif self.side is not None: right = Signal(self.side.forward(x), 0, -24)
        return self.end.forward(self.norm.forward(left, right))

    def backward(self, e, needs_error):
        d = self.end.backward(e)
        left = self.before.backward(self.norm.backward(d, True), needs_error)
        right = d if self.side is None else self.side.backward(d, needs_error)
        units = (exponent(left), exponent(right))
        unit = max(min(units), max(units) - ERROR_GUARD)
        align = lambda v, shift: divide(v, min(shift, 62), "halfEven")
        values = align(left.values, unit - units[0]) + align(right.values.reshape(left.values.shape), unit - units[1])
        return Signal(values, 0, unit)


class Average:
    """The mean of codes with 15 bits more, which become codes again."""

    def __init__(self, step, node):
        options = step.manifest["options"]
        self.step, self.node, self.g, self.limit = step, node, node["pool"], (1 << int(options["kA"])) - 1
        self.site = Site(step, f"{node['name']}.A", self.limit, 0, options["ranges.A"] == "current", -FRACTION)

    def forward(self, x):
        places = windows.pool(self.g)
        mean = quotient(sum((x.values << MEAN_BITS)[place] for place in places), len(places), self.node["rounding"])
        unit = exponent(x) - MEAN_BITS
        self.step.arrays.equal(self.node["name"], "pooled", Signal(mean, 0, unit))
        s = min(self.site.shift(unit, mean), MOST_SHIFT)
        codes = Signal(np.minimum(rn(mean, s), self.limit), 0, unit + s)
        self.step.arrays.equal(self.node["name"], "means", codes)
        return codes

    def backward(self, e, needs_error):
        g = self.g
        values = e.values.reshape(-1, windows.pool_rows(g), windows.pool_columns(g), g["channels"])
        return Signal(windows.spread(g, [values] * len(windows.pool(g))), e.fraction + self.node["unitBits"], e.exponent)


class Flatten:
    def forward(self, x): return x

    def backward(self, e, needs_error): return e


class Scores:
    """The dense layer at the end: scores in units of 2^-16."""

    def __init__(self, step, node):
        self.step, self.product = step, Product(step, node)
        self.bias = Parameter(step, f"{node['name']}.bias", self.product.options, node["parameter"] + 1, "bias") if node.get("bias") else None

    def forward(self, x):
        sums, unit = self.product.forward(x)
        shift = max(min(-unit - SCORE_FRACTION, 62), -WIDE)
        scores = clip(rn(sums, shift), SCORE_LIMIT)
        if self.bias: scores = scores + self.bias.used.values
        self.step.arrays.equal(self.product.name, "accumulators", Signal(scores, SCORE_FRACTION))
        return Signal(scores, SCORE_FRACTION)

    def backward(self, e, needs_error):
        if self.bias: self.bias.gradient = Signal(e.values.reshape(-1, e.values.shape[-1]).sum(0), e.fraction, e.exponent)
        return self.product.backward(e, needs_error)


class Chain:
    """Layers as the scheme takes them together. The last activations' errors come from the scores, whose unit is new in every step."""

    def __init__(self, step, nodes, last=False):
        self.layers, i = [], 0
        ends = [k for k, node in enumerate(nodes) if node["op"] == "relu"]
        while i < len(nodes):
            op, end = nodes[i]["op"], next((k for k in ends if k > i), None)
            after = nodes[end + 1] if end is not None and end + 1 < len(nodes) and nodes[end + 1]["op"] == "quantize" else None
            shown = after["shownAs"] if after else nodes[i]["name"]
            current = last and end == (ends[-1] if ends else None)
            if op == "product" and i + 1 < len(nodes) and nodes[i + 1]["op"] == "batchNorm": made = Block(step, nodes[i:i + 2], shown, current)
            elif op == "residual": made = Residual(step, nodes[i], shown, current)
            elif op == "product": made, end = Scores(step, nodes[i]), None
            elif op == "averagePool": made, end = Average(step, nodes[i]), None
            elif op == "flatten": made, end = Flatten(), None
            else: raise Refusal(f"{nodes[i]['name']} is of kind {op}, which is not recomputed in this place of integer-sgd")
            self.layers.append(made)
            i = i + 1 if end is None else end + 1 + (after is not None)

    def forward(self, x):
        for layer in self.layers: x = layer.forward(x)
        return x

    def backward(self, e, needs_error):
        for i in range(len(self.layers) - 1, -1, -1): e = self.layers[i].backward(e, needs_error or i > 0)
        return e


def recompute(manifest, number, arrays):
    """One training step, in the order of docs/integer-resnet.md."""
    step = Step(manifest, number, arrays)
    network = Chain(step, manifest["layers"], last=True)
    images = arrays.given("input", "images", 7)
    labels, last = arrays.given("input", "labels").values, manifest["scoresShownAs"]
    scores = network.forward(images)
    arrays.equal(last, "scores", scores)
    delta = LOSSES["crossEntropy"](Signal(scores.values.reshape(len(labels), -1), SCORE_FRACTION), labels)
    arrays.equal(last, "errorInputs", delta)
    e = Signal(clip(divide(delta.values, delta.fraction - 15, "halfEven"), 32767), delta.fraction, delta.exponent + delta.fraction - 15)
    arrays.equal(last, "errors", e)
    arrays.equal(last, "errorShift", [delta.fraction - 15])
    network.backward(e, False)
    for parameter in step.learning: parameter.learn()
