"""The arrays of a traced step: given ones to start from, and the others, each compared once with what was recomputed."""
import os
from collections import namedtuple

import numpy as np

Signal = namedtuple("Signal", "values fraction exponent", defaults=(None, 0))
Signal.__doc__ = "Integers with their unit: value = integer * 2^(exponent - fraction). A fraction of None: plain integers without a unit."


class Refusal(Exception):
    """What the recomputation does not know; the text names it."""


class Arrays:
    """The arrays of one step. `before` holds the weights after the step before this one: a step's stored weights are compared with them."""

    def __init__(self, folder, step, before):
        self.number, self.before, self.after = step["step"], before, {}
        self.files, self.folder = {(t["layer"], t["quantity"]): t for t in step["tensors"]}, folder
        if len(self.files) != len(step["tensors"]): raise Refusal(f"step {self.number} names an array twice")
        self.taken, self.compared, self.wrong, self.elements = set(), set(), {}, 0

    def given(self, layer, quantity, fraction=None):
        """An array that the step starts from: images, labels and, in the first step, the stored weights."""
        tensor, values = self.load(layer, quantity)
        self.taken.add((layer, quantity))
        self.check_unit(tensor, Signal(values, fraction))
        return Signal(values.astype(np.int64), fraction)

    def stored_weights(self, layer, fraction):
        """The weights at the step's beginning: given, or those that the step before ended with."""
        if layer not in self.before: return self.given(layer, "storedWeights", fraction)
        self.equal(layer, "storedWeights", self.before[layer])
        return self.before[layer]

    def state(self, owner, name):
        """What a quantizer or an update rule remembers at the step's beginning: given, or as the step before left it."""
        updated = owner, f"updated{name.capitalize()}"
        if updated in self.before: self.equal(owner, name, self.before[updated])
        else: self.given(owner, name)
        values = self.load(owner, name)[1].astype(np.int64)
        return values[0] if name in ("exponent", "shift") else values

    def equal(self, layer, quantity, signal):
        """Compares a recomputed array, with its unit, with the traced one."""
        if not isinstance(signal, Signal): signal = Signal(np.asarray(signal))
        tensor, stored = self.load(layer, quantity)
        if (layer, quantity) in self.compared: raise Refusal(f"step {self.number}: {layer}.{quantity} was recomputed twice")
        self.compared.add((layer, quantity))
        self.elements += stored.size
        values = np.asarray(signal.values)
        if stored.size != values.size or not np.array_equal(stored, values.reshape(stored.shape)):
            self.differs(tensor, "values")
        self.check_unit(tensor, signal)
        if quantity == "updatedWeights": self.after[layer] = signal
        elif quantity.startswith("updated"): self.after[layer, quantity] = signal

    def report(self):
        """Prints the step's line, and each array that differs or that nothing recomputed; how many there are."""
        left = {".".join(key): ["not recomputed"] for key in self.files if key not in self.taken | self.compared}
        print(f"step {self.number}: {len(self.files)} arrays = {len(self.taken)} given + {len(self.compared)} recomputed + "
              f"{len(left)} not recomputed; {self.elements} elements compared, {len(self.wrong)} arrays differ")
        for name, what in {**self.wrong, **left}.items(): print(f"  {name}: {', '.join(what)}")
        return len(self.wrong) + len(left)

    def load(self, layer, quantity):
        tensor = self.files.get((layer, quantity))
        if tensor is None: raise Refusal(f"step {self.number} has no array {layer}.{quantity}")
        try: values = np.load(os.path.join(self.folder, tensor["file"]))
        except (OSError, ValueError) as error: raise Refusal(f"{tensor['file']} cannot be read ({error})") from error
        if list(values.shape) != tensor["shape"] or values.dtype != np.dtype(tensor["dtype"]):
            self.differs(tensor, "shape or type")
        return tensor, values

    def check_unit(self, tensor, signal):
        unit = (None, None) if signal.fraction is None else (signal.fraction, signal.exponent)
        if (tensor["fractionBits"], tensor["exponent"]) != unit: self.differs(tensor, "unit")

    def differs(self, tensor, what): self.wrong.setdefault(f"{tensor['layer']}.{tensor['quantity']}", []).append(what)

