"""Every place where bits are dropped, and the random words: int64 and uint64 arrays, no float."""
import numpy as np


ROUNDINGS = ("halfEven", "halfAway", "towardZero", "pseudoStochastic", "stochastic")


def divide(x, shift, rounding, words=None):
    """x / 2^shift by one of the roundings; a negative shift multiplies. `words` gives the random bits of a stochastic one when they are needed."""
    return x << -shift if shift <= 0 else drop(x, shift, rounding, words)


def drop(x, shift, rounding, words=None):
    """The same for a shift of at least 1, which may be an array."""
    floor, rest, half = x >> shift, x & ((1 << shift) - 1), 1 << (shift - 1)
    if rounding == "stochastic": return floor + (rest > words(shift))
    if rounding == "towardZero": return floor + ((x < 0) & (rest > 0))
    if rounding == "pseudoStochastic": return drop_pseudo(x, shift)
    tie = (floor & 1 != 0) if rounding == "halfEven" else (x > 0)
    return floor + ((rest > half) | ((rest == half) & tie))


def drop_pseudo(x, shift):
    """NITI (Wang et al. 2020): away from zero where the upper half of the dropped bits exceeds the lower, which an odd number of bits doubles."""
    magnitude, low = np.abs(x), shift // 2
    rest = magnitude & ((1 << shift) - 1)
    upper, lower = rest >> low, (rest & ((1 << low) - 1)) << (shift % 2)
    return np.sign(x) * ((magnitude >> shift) + (upper > lower))


def quotient(x, divisor, rounding):
    """x / divisor, ties to even or away from zero."""
    whole, rest = np.divmod(np.abs(x), divisor)
    tie = (whole & 1 != 0) if rounding == "halfEven" else True
    return np.sign(x) * (whole + ((2 * rest > divisor) | ((2 * rest == divisor) & tie)))


def clip(x, limit): return np.clip(x, -limit, limit)


def rounded_log2(m):
    """round(log2 m) without a logarithm: f, or f + 1 where m^2 > 2^(2f + 1)."""
    f = m.bit_length() - 1
    return f + (m * m > 1 << (2 * f + 1))


def high_product(x, words):
    """floor(x * word / 2^64), 0 <= x < 2^63, from four products of 32 bits."""
    low, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    x0, x1, w0, w1 = np.uint64(x) & low, np.uint64(x) >> half, words & low, words >> half
    middle = ((x0 * w0) >> half) + ((x0 * w1) & low) + ((x1 * w0) & low)
    return (x1 * w1 + ((x0 * w1) >> half) + ((x1 * w0) >> half) + (middle >> half)).astype(np.int64)


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
