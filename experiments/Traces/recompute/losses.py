"""The errors of the scores: dL / d scores as integers. Labels below 0 do not count."""
import numpy as np

from arithmetic import divide, drop, quotient
from arrays import Signal

PROBABILITY_BITS = 30
LOG2_E, HALF_POWERS = 1549082005, (-309, 4014, -46323, 467805, -4049402, 29210263, -168566006, 729568022, -2105088334, 3037000500)


def squared_error(scores, labels):
    """delta = out - onehot in units of the scores."""
    return Signal(counted(labels, scores.values - onehot(scores.values, labels) * (1 << scores.fraction)), scores.fraction)


def cross_entropy(scores, labels):
    """delta = softmax(out) - onehot in units of 2^-30."""
    distance = scores.values.max(1, keepdims=True) - scores.values
    e = exponential(distance, scores.fraction)
    p = quotient(e << PROBABILITY_BITS, e.sum(1, keepdims=True), "halfEven")
    return Signal(counted(labels, p - onehot(p, labels) * (1 << PROBABILITY_BITS)), PROBABILITY_BITS)


def exponential(distance, fraction):
    """e^-(distance / 2^fraction) in units of 2^-30, as 2^-n 2^-r: 2^-r by its Taylor polynomial about 1/2, coefficients 2^-1/2 (-ln 2)^k / k!."""
    far = distance >> fraction >= 32
    d = divide(np.where(far, 0, distance), fraction - 28, "halfEven")
    t = divide(d * (LOG2_E >> 2), 26, "halfEven")                                  # d log2 e = n + r in units of 2^-30
    n, c = t >> 30, (t & ((1 << 30) - 1)) - (1 << 29)                              # c = r - 1/2
    power = np.full_like(c, HALF_POWERS[0])
    for coefficient in HALF_POWERS[1:]: power = coefficient + ((power * c) >> 30)
    return np.where(far, 0, drop(power, n + 2, "halfEven"))


def onehot(scores, labels): return (labels[:, None] == np.arange(scores.shape[1])).astype(np.int64)


def counted(labels, delta): return np.where(labels[:, None] < 0, 0, delta)


LOSSES = {"sse": squared_error, "crossEntropy": cross_entropy}
