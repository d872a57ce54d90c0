"""Adds up lit's results: one line per skipped reason, then "N passed, N failed[, N skipped]".

Exits 1 when a test failed or a results file is missing."""

import collections
import json
import sys

PASSED = {"PASS", "FLAKYPASS", "XFAIL"}
SKIPPED = {"UNSUPPORTED", "SKIPPED", "EXCLUDED"}

counts = collections.Counter()
skipped = collections.Counter()
for path in sys.argv[1:]:
    try:
        with open(path) as file:
            tests = json.load(file)["tests"]
    except (OSError, ValueError, KeyError) as error:
        print(f"no test results: {error}")
        counts["failed"] += 1
        continue
    for test in tests:
        if test["code"] in PASSED:
            counts["passed"] += 1
        elif test["code"] in SKIPPED:
            counts["skipped"] += 1
            skipped[test["output"].strip() or test["code"].lower()] += 1
        else:
            counts["failed"] += 1

for reason, number in skipped.items():
    print(f"skipped {number}: {reason}")
line = f"{counts['passed']} passed, {counts['failed']} failed"
if counts["skipped"]:
    line += f", {counts['skipped']} skipped"
print(line)
sys.exit(counts["failed"] > 0 or counts["passed"] == 0)
