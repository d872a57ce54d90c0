"""Runs blocks of the corpus fused, fused with numerics=source, and unfused, and compares.

semantics.py CORPUS ADDNORMC SCRATCH: the same seeded inputs for all three. The bounds, in units u
of the type's rounding, relative to the element:
  widen   4 u: the source rounds the sum, t * rstd and the product with gamma, each half a unit,
          in the numerator and, averaged away, in the statistic; a statistic that is accumulated in the
          narrow type adds up to N/2 u, of which the root leaves half. A sum of more than two addends is rounded on the way, which
          cancellation can make large beside the element: there the unit is that of the largest.
  source  2 u: the same roundings, so only ties that f32 detail tips, once at norm_type, once at the end.
"""

import concurrent.futures
import glob
import os
import re
import subprocess
import sys

import numpy

PRECISION = {"f16": 2.0**-10, "bf16": 2.0**-7, "f32": 2.0**-23}
NARROW_STATISTIC = ("all_native", "f_rms_norm")
SEVERAL_ADDS = ("chain", "three_")
ROW = 64
F32_DETAIL = 16  # order of summation, x * rstd against x / rms: in f32 all of it is seen


def read(path, dtype):
    array = numpy.load(path)
    if dtype == "bf16" and array.dtype == numpy.uint16:
        array = (array.astype(numpy.uint32) << 16).view(numpy.float32)
    return array.astype(numpy.float64)


def run(addnormc, path, directory, options):
    os.makedirs(directory, exist_ok=True)
    result = subprocess.run([addnormc, "run", path, "--seed", "1", "--output-dir", directory] + options,
                            capture_output=True, text=True, check=False)
    if result.returncode:
        sys.exit("%s: %s" % (path, result.stderr))
    dtype = os.path.basename(path).split(".")[1]
    count = len(glob.glob(os.path.join(directory, "*.npy")))
    return [read(os.path.join(directory, "%d.npy" % i), dtype) for i in range(count)]


def distance(outputs, reference, unit, floor):
    """The largest difference, in units of the type's rounding, relative to the element but at least
    to `floor` times the largest."""
    worst = 0.0
    for got, want in zip(outputs, reference, strict=True):
        if got.shape != want.shape or not numpy.isfinite(got).all():
            return numpy.inf
        error = numpy.abs(got - want) / numpy.maximum(numpy.abs(want), numpy.abs(want).max() * floor)
        worst = max(worst, float(error.max(initial=0)) / unit)
    return worst


def compare(addnormc, path, scratch):
    name = os.path.basename(path)
    block, dtype = name.split(".")[:2]
    directory = os.path.join(scratch, name)
    outputs = {}
    for mode, options in (("unfused", ["--unfused"]), ("widen", []),
                          ("source", ["--numerics", "source"])):
        outputs[mode] = run(addnormc, path, os.path.join(directory, mode), options)
    unit = PRECISION[dtype]
    floor = 1 if block.startswith(SEVERAL_ADDS) else 1e-3
    widen = distance(outputs["widen"], outputs["unfused"], unit, floor)
    source = distance(outputs["source"], outputs["unfused"], unit, floor)
    detail = F32_DETAIL if dtype == "f32" else 0
    bound = 4 + detail + (ROW / 4 if block in NARROW_STATISTIC else 0)
    source_bound = 2 + detail
    return name, widen, bound, source, source_bound


def choose(corpus):
    """One route of each block and type, in turn, and every dynamic block."""
    routes = {}
    for path in sorted(glob.glob(os.path.join(corpus, "blocks", "*.mlir"))):
        key = re.match(r"(\w+\.\w+)\.", os.path.basename(path))[1]
        routes.setdefault(key, []).append(path)
    chosen = [paths[i % len(paths)] for i, paths in enumerate(routes.values())]
    return chosen + sorted(glob.glob(os.path.join(corpus, "dyn", "[a-z]*.mlir")))[::2]


def main():
    corpus, addnormc, scratch = sys.argv[1:]
    paths = choose(corpus)
    failed = 0
    worst = {"widen": 0.0, "source": 0.0}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for name, widen, bound, source, source_bound in pool.map(
                lambda path: compare(addnormc, path, scratch), paths):
            worst["widen"] = max(worst["widen"], widen)
            worst["source"] = max(worst["source"], source)
            if widen > bound or source > source_bound:
                failed += 1
                print("%s: widen %.2f u (bound %d), source %.2f u (bound %d)" %
                      (name, widen, bound, source, source_bound))
    print("largest difference from unfused: widen %.2f u, source %.2f u" %
          (worst["widen"], worst["source"]))
    print("%d passed, %d failed" % (len(paths) - failed, failed))
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
