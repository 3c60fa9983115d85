#!/usr/bin/env python3
"""Recomputes every step of a trace with numpy, in integers, and compares each array to the last bit.

    wage trace wage-lenet5-mnist --steps 2 --out trace --set training.batch=8
    python3 experiments/Traces/recompute.py trace

Takes what chains of convolutions, max pools and dense layers need: SSE, and an eta that is a power of two. docs/trace.md walks through it.
"""
import json
import os
import sys

import numpy as np


def main(folder):
    with open(os.path.join(folder, "manifest.json"), encoding="utf-8") as file:
        manifest = json.load(file)
    if manifest["format"] != "wage-trace-1": sys.exit("recompute: not a trace of format wage-trace-1")
    if manifest["loss"] != "sse": sys.exit(f"recompute: takes the loss sse, not {manifest['loss']}")
    wrong = 0
    for step in manifest["steps"]:
        check = Check(folder, step)
        recompute(manifest, step, check)
        check.require_all()
        print(f"step {step['step']}: {check.arrays} arrays, {check.elements} elements, {len(check.wrong)} arrays differ {check.wrong[:3]}")
        wrong += len(check.wrong)
    return 1 if wrong else 0


class Check:
    """The arrays of a step, each compared once with what was recomputed."""

    def __init__(self, folder, step):
        self.files = {(t["layer"], t["quantity"]): os.path.join(folder, t["file"]) for t in step["tensors"]}
        self.compared, self.wrong, self.elements = set(), [], 0

    @property
    def arrays(self): return len(self.compared)

    def has(self, layer, quantity): return (layer, quantity) in self.files

    def given(self, layer, quantity):
        """An input of the step: its weights, images and labels."""
        self.compared.add((layer, quantity))
        return np.load(self.files[layer, quantity]).astype(np.int64)

    def equal(self, layer, quantity, values):
        stored = np.load(self.files[layer, quantity])
        self.compared.add((layer, quantity))
        self.elements += stored.size
        if not np.array_equal(stored.astype(object).ravel(), np.asarray(values).astype(object).ravel()): self.wrong.append(f"{layer}.{quantity}")

    def require_all(self):
        self.wrong += [f"{layer}.{quantity} was not recomputed" for layer, quantity in self.files if (layer, quantity) not in self.compared]


def recompute(manifest, step, check):
    bits, rounding, layers = manifest["bits"], manifest["rounding"], manifest["layers"]
    limit = {k: 2 ** (v - 1) - 1 for k, v in bits.items()}
    stored, weights = {}, {}
    for layer in layers:
        if "product" not in layer: continue
        name, g = layer["name"], layer["product"]
        stored[name] = check.given(name, "storedWeights")
        used = clip(divide(stored[name], bits["G"] - bits["W"], rounding), limit["W"])              # W_q = Q_W(W)
        check.equal(name, "weights", used)
        weights[name] = used.reshape(g["filters"], g["kernelHeight"], g["kernelWidth"], g["channels"])

    # Forward: acc = W_q * a, [max pool,] ReLU, Q_A. A block is what lies between two quantizations.
    a, labels = check.given("input", "images"), check.given("input", "labels")
    blocks, x = [], a
    for i, layer in enumerate(layers):
        name = layer["name"]
        if "product" in layer:
            g = layer["product"]
            block = {"name": name, "product": g, "input": a.reshape(g["batch"], g["height"], g["width"], g["channels"])}
            block["fraction"] = bits["A"] - 1 + layer["weightFractionBits"]
            block["weightFraction"] = layer["weightFractionBits"]
            blocks.append(block)
            x = convolve(block["input"], weights[name], g)
            check.equal(name, "accumulators", x)
        else:
            block["pool"] = layer["pool"]
            x, block["positions"] = max_pool(x, layer["pool"])
            check.equal(name, "pooled", x)
            check.equal(name, "poolPositions", block["positions"])
        if i + 1 < len(layers) and "pool" in layers[i + 1]: continue
        if not check.has(block["name"], "activations"): continue
        x = np.maximum(x, 0)
        check.equal(block["name"], "activationInputs", x)
        block["x"], dropped = x, block["fraction"] - (bits["A"] - 1)
        a = clip(divide(x, dropped, rounding), limit["A"])                                        # Q_A
        block["clip"] = limit["A"] << dropped
        check.equal(block["name"], "activations", a)
    last = blocks[-1]
    scores = x.reshape(len(labels), -1)
    check.equal(last["name"], "scores", scores)

    # Backward: the error of the SSE, then block by block clip mask, Q_E, ReLU mask, pool routing, products.
    onehot = (labels[:, None] == np.arange(scores.shape[1])) * (1 << last["fraction"])
    delta = np.where(labels[:, None] < 0, 0, scores - onehot)
    updates = {}
    for block in reversed(blocks):
        name, g = block["name"], block["product"]
        if block is not last:
            inside = np.abs(block["x"]) <= block["clip"] if manifest["activationClipMask"] == "inclusive" else \
                np.abs(block["x"]) < block["clip"] if manifest["activationClipMask"] == "exclusive" else True
            delta = np.where(inside, delta.reshape(block["x"].shape), 0)
        check.equal(name, "errorInputs", delta)
        most = int(np.abs(delta).max())
        shift = rounded_log2(most) - (bits["E"] - 1) if most else 0
        e = clip(divide(delta, shift, rounding), limit["E"])                                      # Q_E
        check.equal(name, "errors", e)
        check.equal(name, "errorShift", [shift])
        if block is not last: e = np.where(block["x"] > 0, e, 0)                                  # ReLU
        if "pool" in block: e = max_pool_error(e, block["positions"], block["pool"])
        check.equal(name, "productErrors", e)
        e = e.reshape(g["batch"], -1, convolve_extent(g, "width"), g["filters"])
        gradient = convolve_gradient(block["input"], e, g)                                        # g = E a^T
        if manifest["weightClipMask"]:
            outside = np.abs(stored[name]) > limit["W"] << (bits["G"] - bits["W"])
            gradient = np.where(outside.reshape(gradient.shape), 0, gradient)
        check.equal(name, "gradients", gradient)
        updates[name] = gradient.reshape(stored[name].shape)
        if block is blocks[0]: continue
        delta = convolve_error(e, weights[name], g)                                               # E^(l-1) = W_q^T E^l
        check.equal(name, "errorAccumulators", delta)

    # Update: dW = Q_G(eta g) by stochastic rounding, W <- clip(W - dW).
    for index, (name, gradient) in enumerate((b["name"], updates[b["name"]]) for b in blocks):
        update = quantize_gradient(manifest, step, check, name, index, gradient)
        check.equal(name, "updates", update)
        rule = manifest["update"]
        if rule["clipFirst"]: new = clip(clip(stored[name], rule["clip"]) - update, rule["storage"])
        else: new = clip(stored[name] - update, rule["clip"])
        check.equal(name, "updatedWeights", new)


def quantize_gradient(manifest, step, check, name, index, gradient):
    eta = step["eta"]
    numerator, denominator = eta["numerator"], eta["denominator"]
    if numerator & (numerator - 1) or denominator & (denominator - 1): sys.exit(f"recompute: takes an eta that is a power of two, not {eta}")
    magnitude = np.abs(gradient)
    most = int(magnitude.max())
    s = rounded_log2(most) if most else 0
    d = (s - (numerator.bit_length() - denominator.bit_length())) if most else 0                   # bits dropped: s - log2 eta
    check.equal(name, "gradientShift", [s])
    exact = manifest["randomizer"] == "exact"
    words = philox_words(manifest["seed"], (2 << 16) | index, step["step"], gradient.size, wide=exact and d > 32).reshape(gradient.shape)
    check.equal(name, "randomWords", words)
    if not exact:
        magnitude, d = divide(magnitude, d - 15, manifest["rounding"]), 15                          # the paper's 16-bit randomizer
    if d <= 0: moves = magnitude << -d
    else:
        mask = (1 << d) - 1
        moves = (magnitude >> d) + ((magnitude & mask) > (words & np.uint64(mask)).astype(np.int64))
    return np.sign(gradient) * np.minimum(moves, 32767)


def divide(x, shift, rounding):
    """x / 2^shift, ties to even or away from zero; a negative shift multiplies."""
    if shift <= 0: return x << -shift
    floor, rest, half = x >> shift, x & ((1 << shift) - 1), 1 << (shift - 1)
    tie = (floor & 1 != 0) if rounding == "halfEven" else (x > 0)
    return floor + ((rest > half) | ((rest == half) & tie))


def clip(x, limit): return np.clip(x, -limit, limit)


def rounded_log2(m):
    """round(log2 m) without a logarithm: f, or f + 1 where m^2 > 2^(2f + 1)."""
    f = m.bit_length() - 1
    return f + (m * m > 1 << (2 * f + 1))


def convolve_extent(g, side):
    kernel, before, after = ("kernelHeight", "top", "bottom") if side == "height" else ("kernelWidth", "left", "right")
    return (g[side] + g[before] + g[after] - g[kernel]) // g["stride"] + 1


def windows(g):
    """For every kernel position the slice of the padded input that it reads."""
    rows, columns, s = convolve_extent(g, "height"), convolve_extent(g, "width"), g["stride"]
    for ky in range(g["kernelHeight"]):
        for kx in range(g["kernelWidth"]):
            yield ky, kx, (slice(None), slice(ky, ky + rows * s, s), slice(kx, kx + columns * s, s))


def pad(x, g): return np.pad(x, ((0, 0), (g["top"], g["bottom"]), (g["left"], g["right"]), (0, 0)))


def convolve(x, w, g):
    x = pad(x, g)
    return sum(x[place] @ w[:, ky, kx, :].T for ky, kx, place in windows(g))


def convolve_error(e, w, g):
    delta = pad(np.zeros((g["batch"], g["height"], g["width"], g["channels"]), np.int64), g)
    for ky, kx, place in windows(g): delta[place] += e @ w[:, ky, kx, :]
    return delta[:, g["top"]:g["top"] + g["height"], g["left"]:g["left"] + g["width"], :]


def convolve_gradient(x, e, g):
    x, gradient = pad(x, g), np.zeros((g["filters"], g["kernelHeight"], g["kernelWidth"], g["channels"]), np.int64)
    errors = e.reshape(-1, g["filters"])
    for ky, kx, place in windows(g): gradient[:, ky, kx, :] = errors.T @ x[place].reshape(-1, g["channels"])
    return gradient


def pool_windows(g):
    rows, columns, s = (g["height"] - g["windowHeight"]) // g["stride"] + 1, (g["width"] - g["windowWidth"]) // g["stride"] + 1, g["stride"]
    for k in range(g["windowHeight"] * g["windowWidth"]):
        y, x = divmod(k, g["windowWidth"])
        yield k, (slice(None), slice(y, y + (rows - 1) * s + 1, s), slice(x, x + (columns - 1) * s + 1, s))


def max_pool(x, g):
    """The maximum of each window, and where it is found first in row-major order."""
    stack = np.stack([x[place] for _, place in pool_windows(g)])
    return stack.max(0), stack.argmax(0)


def max_pool_error(e, positions, g):
    image = np.zeros((e.shape[0], g["height"], g["width"], g["channels"]), np.int64)
    for k, place in pool_windows(g): image[place] += np.where(positions == k, e, 0)
    return image


def philox_words(seed, stream, step, count, wide):
    """Philox 4x32-10 (Salmon et al. 2011): counter (block low, block high, step, stream), key (seed low, seed high)."""
    low = np.uint64(0xFFFFFFFF)
    per_block = 2 if wide else 4
    block = np.arange((count + per_block - 1) // per_block, dtype=np.uint64)
    c = [block & low, block >> np.uint64(32), np.full_like(block, step), np.full_like(block, stream)]
    k0, k1 = seed & 0xFFFFFFFF, seed >> 32
    for _ in range(10):
        p0, p1 = np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]
        c = [(p1 >> np.uint64(32)) ^ c[1] ^ np.uint64(k0), p1 & low, (p0 >> np.uint64(32)) ^ c[3] ^ np.uint64(k1), p0 & low]
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    if wide: words = np.stack([(c[1] << np.uint64(32)) | c[0], (c[3] << np.uint64(32)) | c[2]], 1)
    else: words = np.stack(c, 1)
    return words.ravel()[:count]


if __name__ == "__main__":
    if len(sys.argv) != 2: sys.exit("usage: recompute.py FOLDER, a folder written by wage trace")
    sys.exit(main(sys.argv[1]))
