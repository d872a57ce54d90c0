"""Checks the form of the JSON of `addnorm-bench cpu --quick`; times are only required to be positive."""

import collections
import json
import os
import sys

TYPES = {"f16": 2, "bf16": 2, "f32": 4}
ONE_THREAD = ["addnorm", "handwritten", "stream", "narrow", "unfused", "add+norm"]
ALL_THREADS = ["addnorm", "handwritten", "stream"]
KEYS = {"rows", "n", "type", "gamma", "addends", "sum", "huge_pages", "threads", "kernel", "us", "visits", "bytes"}

with open(sys.argv[1], encoding="utf-8") as file:
    rows = json.load(file)
only_one_thread = sys.argv[2:] == ["one"]

cases = collections.defaultdict(list)
for row in rows:
    assert set(row) == KEYS, row
    assert row["us"] == row["visits"][0] > 0 and not any(row["visits"][1:]), row
    assert row["gamma"] == row["type"] and row["addends"] == 2, row
    tensors = 4 if row["sum"] else 3
    assert row["bytes"] == row["rows"] * row["n"] * TYPES[row["type"]] * tensors, row
    cases[row["rows"], row["n"], row["type"], row["sum"], row["threads"]].append(row["kernel"])

threads = {case[4] for case in cases}
assert 1 in threads and len(threads) == (1 if only_one_thread else min(len(os.sched_getaffinity(0)), 2)), threads
assert len({case[:2] for case in cases}) == 2, cases.keys()
assert len(cases) == 2 * len(TYPES) * 2 * len(threads), cases.keys()
for case, kernels in cases.items():
    names = ONE_THREAD if case[4] == 1 else ALL_THREADS
    assert kernels == [k for k in names if k != "narrow" or case[2] == "f16"], (case, kernels)
