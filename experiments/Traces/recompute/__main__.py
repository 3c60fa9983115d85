#!/usr/bin/env python3
"""Recomputes every step of a trace with numpy, in integers, and compares each array to the last bit.

    wage trace wage-resnet20-cifar10 --steps 2 --out trace --set training.batch=2
    python3 experiments/Traces/recompute trace

Takes every network, loss and WAGE option that a recipe can name; docs/trace.md walks through a step. What it does not know it refuses with a line.
arithmetic.py has the roundings and random words, quantizers.py W, A, E, G and the update, layers.py the products, poolings and residual sums,
losses.py the errors of the scores, arrays.py the comparison; units.py is a step of the scheme integer-sgd.
"""
import json
import os
import sys

try:
    import numpy
except ImportError as error:
    print(f"recompute: this Python ({sys.executable}) has no numpy ({' '.join(str(error).split())[:80]}). HINT: install it with "
          "`python3 -m pip install numpy` or Debian's python3-numpy, or take a Python that has it.", file=sys.stderr)
    sys.exit(2)

import units
from arrays import Arrays, Refusal, Signal
from layers import Chain
from losses import LOSSES
from quantizers import Scheme

FORMAT = "wage-trace-3"


def main(folder):
    path = os.path.join(folder, "manifest.json")
    try:
        with open(path, encoding="utf-8") as file: manifest = json.load(file)
    except OSError as error: raise Refusal(f"{path} cannot be read ({error.strerror}); the folder is not a complete trace") from error
    except ValueError as error: raise Refusal(f"{path} is not JSON ({error})") from error
    if manifest.get("format") != FORMAT: raise Refusal(f"{path} is of format {manifest.get('format')}, not {FORMAT}; trace the step again")
    wrong, before = 0, {}
    for step in manifest["steps"]:
        arrays = Arrays(folder, step, before)
        if manifest.get("scheme", "wage") == "integer-sgd": units.recompute(manifest, step, arrays)
        else: recompute(manifest, step, arrays)
        wrong += arrays.report()
        before = arrays.after
    return 1 if wrong else 0


def recompute(manifest, step, arrays):
    """One training step, in the order of docs/wage.md."""
    scheme = Scheme(manifest, step)
    network = Chain(manifest["layers"], scheme, arrays)
    products = list(network.products())
    for product in products: product.quantize_weights()                                # W_q = Q_W(W)

    a = arrays.given("input", "images", scheme.bits["A"] - 1)                          # A^0
    labels = arrays.given("input", "labels").values
    scores, last = network.forward(a), manifest["scoresShownAs"]                       # A^l = Q_A(W_q A^(l-1))
    arrays.equal(last, "scores", scores)

    if manifest["loss"] not in LOSSES: raise Refusal(f"the loss is {manifest['loss']}, which is none of {', '.join(LOSSES)}")
    rows = Signal(scores.values.reshape(len(labels), -1), scores.fraction)
    e = scheme.of(last).quantize_errors(arrays, last, LOSSES[manifest["loss"]](rows, labels))  # E^L = Q_E(dL/dA^L)
    network.backward(e, False, network.first_with_weights())                           # E^(l-1) = Q_E(W_q^T E^l), g = E A^T

    for product in products: product.learn()                                           # W <- clip(W - Q_G(eta g))


if __name__ == "__main__":
    try:
        if len(sys.argv) != 2: raise Refusal("usage: python3 experiments/Traces/recompute FOLDER, a folder written by wage trace")
        sys.exit(main(sys.argv[1]))
    except Refusal as refusal:
        print(f"recompute: {refusal}.", file=sys.stderr)
        sys.exit(2)
