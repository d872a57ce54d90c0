"""Checks the form of the JSON of `addnorm-bench cpu`; times are only required to be positive."""

import collections
import json
import sys

TYPES = {"f16": 2, "bf16": 2, "f32": 4}
KERNELS = ["addnorm", "handwritten", "stream", "unfused"]
KEYS = {"rows", "n", "type", "sum", "threads", "kernel", "us", "bytes"}

with open(sys.argv[1], encoding="utf-8") as file:
    rows = json.load(file)

cases = collections.defaultdict(list)
for row in rows:
    assert set(row) == KEYS, row
    assert row["threads"] == 1, row
    assert row["us"] > 0, row
    tensors = 4 if row["sum"] else 3
    assert row["bytes"] == row["rows"] * row["n"] * TYPES[row["type"]] * tensors, row
    cases[row["rows"], row["n"], row["type"], row["sum"]].append(row["kernel"])

assert len({case[:2] for case in cases}) == 2, cases.keys()
assert len(cases) == 2 * len(TYPES) * 2, cases.keys()
assert all(kernels == KERNELS for kernels in cases.values()), cases
