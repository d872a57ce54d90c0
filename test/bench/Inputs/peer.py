"""Speaks the protocol of bench/peers.py with nothing but the standard library."""

import array
import json
import math
import mmap
import struct
import sys

CODES = {"f16": "e", "f32": "f"}


def read(file, offset, count, element):
    if element == "bf16":
        halves = struct.unpack_from(f"<{count}H", file, offset)
        return array.array("f", struct.pack(f"<{count}I", *(h << 16 for h in halves)))
    return struct.unpack_from(f"<{count}{CODES[element]}", file, offset)


def write(file, offset, values, element):
    if element == "bf16":
        words = struct.unpack(f"<{len(values)}I", struct.pack(f"<{len(values)}f", *values))
        rounded = [(w + 0x7FFF + (w >> 16 & 1)) >> 16 for w in words]
        struct.pack_into(f"<{len(values)}H", file, offset, *rounded)
    else:
        struct.pack_into(f"<{len(values)}{CODES[element]}", file, offset, *values)


def compute(case, file):
    rows, n, element = case["rows"], case["n"], case["type"]
    x, r = (read(file, case[name], rows * n, element) for name in ("x", "r"))
    gamma = read(file, case["gamma"], n, case["gamma_type"])
    t = [a + b for a, b in zip(x, r)]
    y = []
    for start in range(0, rows * n, n):
        row = t[start : start + n]
        rstd = 1 / math.sqrt(math.fsum(v * v for v in row) / n + case["epsilon"])
        y += [v * rstd * g for v, g in zip(row, gamma)]
    write(file, case["y"], y, element)
    if case["sum"]:
        write(file, case["total"], t, element)


name, descriptor = sys.argv[1], int(sys.argv[2])
print(json.dumps({"version": "1.0"}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    reply = {}
    if "prepare" in request:
        case, file = request["prepare"], mmap.mmap(descriptor, 0)
        if name not in ("torch-eager", "xla"):
            reply = {"error": "it cannot"}
    elif "outputs" in request:
        if name != "torch-eager":
            compute(case, file)
    else:
        reply = {"ms": 0.01 * request["run"]}
    print(json.dumps(reply), flush=True)
