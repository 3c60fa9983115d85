"""WAGE's quantizers Q_W, Q_A, Q_E, Q_G and its update rule, with every option of a recipe's `scheme`. Equations: docs/wage.md."""
import numpy as np

from arithmetic import ROUNDINGS, clip, divide, high_product, philox_words, quotient, rounded_log2
from arrays import Refusal, Signal

CHOICES = {
    "rounding": ("halfEven", "halfAway"),
    "randomizer": ("exact", "bits16"),
    "activationClipMask": ("inclusive", "exclusive", "none"),
    "weightClipMask": (False, True),
}


class Scheme:
    """The quantizers of one step: the manifest has the options, the step eta; `schemes` has those of layers that differ."""

    def __init__(self, manifest, step):
        self.layers = {name: Scheme({**manifest, **own, "schemes": {}}, step) for name, own in manifest.get("schemes", {}).items()}
        for key, known in CHOICES.items():
            if manifest[key] not in known: raise Refusal(f"{key} is {manifest[key]}, which is none of {', '.join(map(str, known))}")
        for tensor, rounding in manifest["roundings"].items():
            if rounding not in ROUNDINGS: raise Refusal(f"the rounding of {tensor} is {rounding}, which is none of {', '.join(ROUNDINGS)}")
        for tensor, ranges in manifest.get("ranges", {}).items():
            if ranges != "current": raise Refusal(f"the ranges of {tensor} are {ranges}, of which only current are recomputed")
        if manifest.get("hybrid"): raise Refusal("the weights are ternary in part, which is not recomputed")
        self.options, self.bits, self.rounding, self.step = manifest, manifest["bits"], manifest["rounding"], step
        self.limit = {tensor: 2 ** (bits - 1) - 1 for tensor, bits in self.bits.items()}
        self.log2_gamma = manifest["errorWindow"].bit_length() - 1

    def of(self, layer):
        """The scheme of a layer, by the name that it is shown as."""
        return self.layers.get(layer, self)

    def round(self, layer, tensor, x, dropped):
        """x / 2^dropped, saturated, by the rounding of this kind of tensor, whose random words are of the stream 6, 7, 8 of W, A, E."""
        def words(dropped):
            stream, wide = ((6 + "WAE".index(tensor)) << 16) | self.options["roundingIndices"][f"{layer}.{tensor}"], dropped > 32
            drawn = philox_words(self.options["seed"], stream, self.step["step"], x.size, wide).reshape(x.shape)
            return ((drawn >> np.uint64(wide)) & np.uint64((1 << dropped) - 1)).astype(np.int64)
        return clip(divide(x, dropped, self.options["roundings"][tensor], words), self.limit[tensor])

    def quantize_weights(self, layer, stored):
        """Q_W: from the k_G grid to the k_W grid."""
        used = self.round(layer, "W", stored.values, self.bits["G"] - self.bits["W"])
        return Signal(used, self.bits["W"] - 1)

    def weight_mask(self, stored, gradient):
        """The derivative of Q_W: straight through, or 0 beyond its clip."""
        if not self.options["weightClipMask"]: return gradient
        return np.where(np.abs(stored) > self.limit["W"] << (self.bits["G"] - self.bits["W"]), 0, gradient)

    def quantize_activations(self, layer, x):
        """Q_A: to the k_A grid."""
        fraction = self.bits["A"] - 1
        return Signal(self.round(layer, "A", x.values, x.fraction - fraction), fraction)

    def activation_mask(self, x):
        """The derivative of Q_A's clip: 1 where |x| is at most, or below, the limit in units of x."""
        mask, dropped, magnitude = self.options["activationClipMask"], x.fraction - (self.bits["A"] - 1), np.abs(x.values)
        if mask == "none": return np.full(x.values.shape, True)
        if dropped < 0: raise Refusal(f"what enters Q_A has {x.fraction} fraction bits, fewer than the {self.bits['A'] - 1} that leave it")
        return magnitude <= self.limit["A"] << dropped if mask == "inclusive" else magnitude < self.limit["A"] << dropped

    def quantize_errors(self, arrays, layer, delta):
        """Q_E: the greatest |delta| is brought to k_E bits by a power of two; a window keeps log2 gamma bits more below, and saturates."""
        arrays.equal(layer, "errorInputs", delta)
        most = int(np.abs(delta.values).max())
        shift = rounded_log2(most) - (self.bits["E"] + self.log2_gamma - 1) if most else 0
        e = Signal(self.round(layer, "E", delta.values, shift), delta.fraction, delta.exponent + shift)
        arrays.equal(layer, "errors", e)
        arrays.equal(layer, "errorShift", [shift])
        return e

    def quantize_gradient(self, arrays, layer, index, gradient):
        """Q_G: x = eta |g| / 2^s, s = round(log2 max|g|), rounded down or up by the element's random word."""
        magnitude, eta, exact = np.abs(gradient), self.step["eta"], self.options["randomizer"] == "exact"
        most = int(magnitude.max())
        s = rounded_log2(most) if most else 0
        arrays.equal(layer, "gradientShift", [s])
        p, q = odd(eta["numerator"]), odd(eta["denominator"])                      # eta = p / q * 2^e, p and q odd
        e = exponent(eta["numerator"]) - exponent(eta["denominator"])
        d = s - e if most else 0                                                   # x = |g| p / (q 2^d)
        power = p == q == 1
        wide = exact and (d > 32 or not power)
        words = philox_words(self.options["seed"], (2 << 16) | index, self.step["step"], gradient.size, wide).reshape(gradient.shape)
        arrays.equal(layer, "randomWords", words)
        if not exact:                                                              # the paper's randomizer: 15 fraction bits, 15 random bits
            over, under = ratio(magnitude, p, q, d - 15)
            moves = drop_random(divide(magnitude, d - 15, self.rounding) if power else quotient(over, under, self.rounding), 15, words)
        elif power: moves = drop_random(magnitude, d, words)
        else:
            over, under = ratio(magnitude, p, q, d)
            moves = over // under + (over % under > high_product(under, words))
        return Signal(np.sign(gradient) * np.minimum(moves, 32767), self.bits["G"] - 1)

    def update(self, stored, update):
        """W <- clip(W - dW), the old weight clipped first or the new one."""
        rule = self.options["update"]
        if rule["clipFirst"]: new = clip(clip(stored.values, rule["clip"]) - update.values, rule["storage"])
        else: new = clip(stored.values - update.values, rule["clip"])
        return Signal(new, stored.fraction)


def drop_random(magnitude, dropped, words):
    """magnitude / 2^dropped, up where the dropped bits exceed the word's low bits."""
    if dropped <= 0: return magnitude << -dropped
    mask = (1 << dropped) - 1
    return (magnitude >> dropped) + ((magnitude & mask) > (words & np.uint64(mask)).astype(np.int64))


def ratio(magnitude, p, q, shift):
    """magnitude p / (q 2^shift) as two integers."""
    return (magnitude * p, q << shift) if shift >= 0 else ((magnitude * p) << -shift, q)


def odd(n): return n >> exponent(n)


def exponent(n): return (n & -n).bit_length() - 1
