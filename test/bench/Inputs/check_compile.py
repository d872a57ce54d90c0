"""Checks the JSON of `addnorm-bench compile`: its form, and that the time grows with the model.

The margins are wide: a busy host must not fail the suite. A pass that is quadratic takes 16 times as
long per layer at 128 layers as at 8.
"""

import json
import sys

KEYS = {"layers", "ops", "parse_ms", "fuse_ms"}


def check(path):
    with open(path, encoding="utf-8") as file:
        rows = json.load(file)
    assert [row["layers"] for row in rows] == [2, 8, 32, 128], rows
    for row in rows:
        assert set(row) == KEYS, row
        assert row["ops"] > 100 * row["layers"], row
        assert 0 < row["fuse_ms"] < 3 * row["parse_ms"], row
    growth = rows[3]["fuse_ms"] / rows[1]["fuse_ms"] / 16
    assert growth < 3, "128 layers take %.1f times as long per layer as 8" % growth


for argument in sys.argv[1:]:
    check(argument)
