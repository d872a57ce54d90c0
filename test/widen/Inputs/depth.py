"""Runs 80 layers with the residual stream in f16 and in f32, and compares it with f64 by depth.

usage: depth.py MODEL DIRECTORY
"""

import os
import subprocess
import sys

import numpy as np

LAYERS, ROWS, N = 80, 4, 512
DEPTHS = (1, 5, 10, 20, 40, 80)
MODES = {"narrow": [], "widened": ["--widen-residual"]}


def run(model, directory, inputs):
    """(stream, y) of each mode, by layer."""
    os.makedirs(directory, exist_ok=True)
    given = []
    for i, array in enumerate(inputs):
        path = os.path.join(directory, "in_%d.npy" % i)
        np.save(path, array)
        given += ["--input", path]
    results = {}
    for mode, flags in MODES.items():
        out = os.path.join(directory, mode)
        subprocess.run(["addnormc", "run", model, "--output-dir", out] + given + flags, check=True,
                       stdout=subprocess.DEVNULL)
        results[mode] = [np.load(os.path.join(out, "%d.npy" % i)) for i in range(2)]
    return results


def reference(inputs):
    """The stream and y in f64."""
    x0, a, gamma = (array.astype(np.float64) for array in inputs)
    stream = x0 + np.cumsum(a, axis=0)
    return stream, stream / np.sqrt((stream**2).mean(axis=2, keepdims=True) + 1e-5) * gamma


def bias(stream, truth):
    """The mean signed error in the direction of the truth, relative to its mean magnitude: what a
    stream loses (-) or gains that is rounded to one side."""
    return ((stream - truth) * np.sign(truth)).sum() / np.abs(truth).sum()


def spread(stream, truth):
    return np.sqrt(((stream - truth) ** 2).sum() / (truth**2).sum())


def ulps(y, truth):
    """The largest error of y in units of the last place of f16."""
    exponent = np.maximum(np.frexp(truth)[1] - 1, -14)
    return (np.abs(y - truth) / np.ldexp(1.0, exponent - 10)).max()


failures = 0


def expect(holds, text):
    global failures
    if not holds:
        failures += 1
        print("FAILED: " + text)


def random_branches(rng):
    """Branch outputs a 30th of the stream: the lower half of their bits is below its last place."""
    return [rng.normal(0, 30, (ROWS, N)), rng.normal(0, 1, (LAYERS, ROWS, N)),
            rng.uniform(0.5, 1.5, N)]


def aligned_branches(rng):
    """Branch outputs along the stream, each below half of its last place."""
    x0 = rng.normal(0, 30, (ROWS, N))
    return [x0, x0 * rng.uniform(0, 2**-12, (LAYERS, ROWS, N)), rng.uniform(0.5, 1.5, N)]


def growing_branches(rng):
    """Eight channels grow by 1600 a layer, past 65504 in layer 41."""
    a = rng.normal(0, 1, (LAYERS, ROWS, N))
    a[:, :, ::64] = 1600
    return [np.zeros((ROWS, N)), a, rng.uniform(0.5, 1.5, N)]


def show_bias(model, directory, name, branches):
    inputs = [array.astype(np.float16) for array in branches(np.random.default_rng(1))]
    results, truth = run(model, directory, inputs), reference(inputs)[0]
    print(name + ": bias and relative error of the stream against f64")
    print("%5s %12s %12s %12s %12s" % ("layer", "bias, f16", "bias, f32", "error, f16", "error, f32"))
    for depth in DEPTHS:
        at = {mode: results[mode][0][depth - 1].astype(np.float64) for mode in MODES}
        biases = {mode: bias(at[mode], truth[depth - 1]) for mode in MODES}
        spreads = {mode: spread(at[mode], truth[depth - 1]) for mode in MODES}
        print("%5d %12.2e %12.2e %12.2e %12.2e" % (depth, biases["narrow"], biases["widened"],
                                                   spreads["narrow"], spreads["widened"]))
        expect(abs(biases["widened"]) <= 1e-6, "the bias of the widened stream at %d" % depth)
        expect(abs(biases["widened"]) < abs(biases["narrow"]), "the bias falls at %d" % depth)
        expect(spreads["widened"] <= 1e-3 * spreads["narrow"], "the error falls at %d" % depth)


def show_growth(model, directory):
    inputs = [array.astype(np.float16) for array in growing_branches(np.random.default_rng(2))]
    results, truth = run(model, directory, inputs), reference(inputs)
    print("growing channels: finite rows of y")
    print("%5s %12s %8s %8s" % ("layer", "largest sum", "f16", "f32"))
    for depth in sorted(DEPTHS + (41, 42)):
        largest = np.abs(truth[0][depth - 1]).max()
        rows = {mode: int(np.isfinite(results[mode][1][depth - 1]).all(axis=1).sum())
                for mode in MODES}
        print("%5d %12.0f %8d %8d" % (depth, largest, rows["narrow"], rows["widened"]))
        # The fused op that makes the sum too large still has its y right; the next one does not.
        expect(rows["narrow"] == (ROWS if depth <= 41 else 0), "f16 at %d" % depth)
        expect(rows["widened"] == ROWS, "f32 at %d" % depth)
        expect(ulps(results["widened"][1][depth - 1], truth[1][depth - 1]) <= 1, "y at %d" % depth)


show_bias(sys.argv[1], os.path.join(sys.argv[2], "random"), "random branches", random_branches)
show_bias(sys.argv[1], os.path.join(sys.argv[2], "aligned"), "aligned branches", aligned_branches)
show_growth(sys.argv[1], os.path.join(sys.argv[2], "growth"))
sys.exit(1 if failures else 0)
