"""Sums over windows: the three products of a layer, and the places that a pooling reads. Images are [N,H,W,C], weights [out,kh,kw,in/groups]."""
import numpy as np


def rows(g): return (g["height"] + g["top"] + g["bottom"] - g["kernelHeight"]) // g["stride"] + 1


def columns(g): return (g["width"] + g["left"] + g["right"] - g["kernelWidth"]) // g["stride"] + 1


def every(start, count, stride): return slice(start, start + (count - 1) * stride + 1, stride)


def taps(g):
    """For every element of the kernel the places of the padded input that it reads."""
    for ky in range(g["kernelHeight"]):
        for kx in range(g["kernelWidth"]):
            yield ky, kx, (slice(None), every(ky, rows(g), g["stride"]), every(kx, columns(g), g["stride"]))


def pad(x, g): return np.pad(x, ((0, 0), (g["top"], g["bottom"]), (g["left"], g["right"]), (0, 0)))


def groups(g):
    """The channels and the filters of each group; a trace that names none has one."""
    count = g.get("groups", 1)
    channels, filters = g["channels"] // count, g["filters"] // count
    return [(slice(i * channels, (i + 1) * channels), slice(i * filters, (i + 1) * filters)) for i in range(count)]


def weight_shape(g): return g["filters"], g["kernelHeight"], g["kernelWidth"], g["channels"] // g.get("groups", 1)


def convolve(x, w, g):
    x = pad(x, g)
    return np.concatenate([sum(x[place][..., c] @ w[f, ky, kx, :].T for ky, kx, place in taps(g)) for c, f in groups(g)], -1)


def convolve_error(e, w, g):
    delta = pad(np.zeros((g["batch"], g["height"], g["width"], g["channels"]), np.int64), g)
    for ky, kx, place in taps(g):
        for c, f in groups(g): delta[place][..., c] += e[..., f] @ w[f, ky, kx, :]
    return delta[:, g["top"]:g["top"] + g["height"], g["left"]:g["left"] + g["width"], :]


def convolve_gradient(x, e, g):
    x, gradient = pad(x, g), np.zeros(weight_shape(g), np.int64)
    errors = e.reshape(-1, g["filters"])
    for ky, kx, place in taps(g):
        inputs = x[place].reshape(-1, g["channels"])
        for c, f in groups(g): gradient[f, ky, kx, :] = errors[:, f].T @ inputs[:, c]
    return gradient


def pool_rows(g): return (g["height"] - g["windowHeight"]) // g["stride"] + 1


def pool_columns(g): return (g["width"] - g["windowWidth"]) // g["stride"] + 1


def pool(g):
    """For every element of a window, row-major, the places of the input that it is at."""
    return [(slice(None), every(y, pool_rows(g), g["stride"]), every(x, pool_columns(g), g["stride"]))
            for y in range(g["windowHeight"]) for x in range(g["windowWidth"])]


def spread(g, errors):
    """The errors of the input: errors[k] go to element k of each window."""
    image = np.zeros((errors[0].shape[0], g["height"], g["width"], g["channels"]), np.int64)
    for place, e in zip(pool(g), errors): image[place] += e
    return image
