"""Runs a model on small integers, as it is and with its stream widened: where f16 rounds no sum, the
two give the same bits. The fourth result is also checked in integers.

usage: exact.py MODEL DIRECTORY
"""

import os
import subprocess
import sys

import numpy as np

model, directory = sys.argv[1:]
os.makedirs(directory, exist_ok=True)
rng = np.random.default_rng(1)
x, a, b = (rng.integers(-8, 9, (2, 8, 16)) for _ in range(3))
given = []
for name, array in zip("xab", (x, a, b)):
    path = os.path.join(directory, name + ".npy")
    np.save(path, array.astype(np.float16))
    given += ["--input", path]

results = {}
for mode, flags in (("narrow", []), ("widened", ["--widen-residual"])):
    out = os.path.join(directory, mode)
    subprocess.run(["addnormc", "run", model, "--entry", "main", "--output-dir", out] + given + flags,
                   check=True)
    results[mode] = [np.load(os.path.join(out, "%d.npy" % i)) for i in range(4)]

for i, (narrow, widened) in enumerate(zip(results["narrow"], results["widened"])):
    if narrow.tobytes() != widened.tobytes():
        sys.exit("result %d differs in %d of %d values" % (i, (narrow != widened).sum(), narrow.size))
loop = [x + a]  # before and after each of the three layers
for odd in (0, 1, 1):
    loop.append(loop[-1] + b + odd * a)
truth = loop[-1] + 2 * a
if not (results["widened"][3] == np.swapaxes(truth, 1, 2)).all():
    sys.exit("the stream is not the sum of its addends")
