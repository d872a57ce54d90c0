"""Checks the JSON of `addnorm-bench npu --quick`: check_npu.py FILE TARGET..."""

import json
import sys

KEYS = {"rows", "n", "type", "sum", "target", "schedule", "tile_rows", "tile_columns", "buffers",
        "result_buffers", "cores",
        "tiles_per_core", "bytes", "min_bytes", "padding_bytes", "unfused_bytes", "norm_only_bytes",
        "all_f32_bytes", "cycles", "bound_cycles", "launch_cycles", "dma_cycles", "compute_cycles",
        "unfused_cycles", "norm_only_cycles", "all_f32_cycles", "model_cycles", "peak_scratchpad",
        "schedule_scratchpad", "capacity", "hazards"}
BASELINE = {"baseline_cycles"}
SHAPES = {(32, 128, "f32"), (256, 512, "f32"), (64, 8192, "f16"), (64, 8192, "bf16"), (17, 40000, "f16")}
SIZES = {"f16": 2, "bf16": 2, "f32": 4}

with open(sys.argv[1], encoding="utf-8") as file:
    results = json.load(file)

cases = [(r["target"], r["rows"], r["n"], r["type"], r["sum"]) for r in results]
wanted = {(t, *shape, s) for t in sys.argv[2:] for shape in SHAPES for s in (True, False)}
assert len(cases) == len(set(cases)) and set(cases) == wanted, cases
assert {r["schedule"] for r in results} == {"single", "multi"}
assert any(r["tiles_per_core"] > 1 for r in results)

for r in results:
    assert set(r) == (KEYS | BASELINE if r["type"] == "f32" else KEYS), set(r) ^ KEYS
    assert r["hazards"] == 0, r
    assert 0 < r["peak_scratchpad"] <= r["schedule_scratchpad"] <= r["capacity"], r
    assert r["cores"] * r["tile_rows"] < r["rows"] + r["tile_rows"], r
    size = SIZES[r["type"]]
    outputs = 2 if r["sum"] else 1
    rows_bytes = r["rows"] * r["n"] * size
    if r["schedule"] == "single":
        # Each element of an addend or result once, and gamma once for each core.
        assert r["bytes"] == rows_bytes * (2 + outputs) + r["cores"] * r["n"] * size, r
    assert r["bytes"] == r["min_bytes"], r
    assert r["bytes"] <= r["norm_only_bytes"] < r["unfused_bytes"], r
    assert r["bound_cycles"] > max(r["dma_cycles"], r["compute_cycles"]), r
    assert max(r["dma_cycles"], r["compute_cycles"]) < r["cycles"] < 1.25 * r["bound_cycles"], r
    if r["type"] == "f32":
        assert r["model_cycles"] < r["baseline_cycles"], r

# The sum costs what it moves.
by_case = dict(zip(cases, results))
for (target, rows, n, kind, with_sum), r in by_case.items():
    if with_sum and r["schedule"] == "single":
        without = by_case[target, rows, n, kind, False]
        if without["schedule"] == "single" and without["cores"] == r["cores"]:
            assert r["bytes"] - without["bytes"] == rows * n * SIZES[kind], r
