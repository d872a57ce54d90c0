"""Counts the fused ops that addnorm-fuse makes of every corpus file.

corpus_counts.py CORPUS OPT: OPT is the addnorm-opt to run, once per mode over all files. Compares
with expected.json and prints each mismatch.
"""

import json
import os
import re
import subprocess
import sys

SPLIT = "// -----"
OP = re.compile(r"addnorm\.rms_norm\((.*?) :")
ROOT = re.compile(r"\b(?:math|tosa)\.r?sqrt\b")


def fuse(opt, options, sources):
    """The output of addnorm-fuse for each source, in order."""
    command = [opt, "-", "-split-input-file", "--mlir-elide-elementsattrs-if-larger=8",
               "--mlir-elide-resource-strings-if-larger=8",
               "--pass-pipeline=builtin.module(addnorm-fuse{%s})" % options]
    run = subprocess.run(command, input=("\n%s\n" % SPLIT).join(sources), capture_output=True,
                         text=True, check=False)
    outputs = run.stdout.split(SPLIT)
    if run.returncode or len(outputs) != len(sources):
        sys.exit("addnorm-fuse{%s}: %d of %d files\n%s" %
                 (options, len(outputs), len(sources), run.stderr[:4000]))
    return outputs


def addends(text):
    """The number of addends of each op."""
    return [operands.count("%") for operands in OP.findall(text)]


def count_roots(name, fused, expected):
    """In the families that fuse whole, the roots left are those of the norms without an add."""
    family = os.path.basename(name).split(".")[0]
    if family not in ("Llama", "Mistral", "Qwen2"):
        return []
    roots = len(ROOT.findall(fused))
    return [("roots", roots)] if roots != expected["rmsnorm_only"] else []


def check(name, default, plain, expected):
    adds = sum(n >= 2 for n in addends(default))
    norms = sum(n == 1 for n in addends(plain))
    sites = expected["add_rmsnorm"]
    wrong = count_roots(name, default, expected)
    if adds > sites or (adds < sites and "optional" not in expected):
        wrong.append(("add_rmsnorm", adds))
    if 1 in addends(default):
        wrong.append(("one addend without norm-only", addends(default).count(1)))
    if adds != sum(n >= 2 for n in addends(plain)):
        wrong.append(("add_rmsnorm with norm-only", sum(n >= 2 for n in addends(plain))))
    if norms != expected["rmsnorm_only"]:
        wrong.append(("rmsnorm_only", norms))
    for what, count in wrong:
        print("%s: %s is %d, expected add_rmsnorm %d, rmsnorm_only %d" %
              (name, what, count, sites, expected["rmsnorm_only"]))
    return not wrong


def main():
    corpus, opt = sys.argv[1:]
    with open(os.path.join(corpus, "expected.json"), encoding="utf-8") as file:
        expected = json.load(file)
    names = sorted(expected)
    sources = []
    for name in names:
        with open(os.path.join(corpus, name), encoding="utf-8") as file:
            sources.append(file.read())
    default = fuse(opt, "", sources)
    plain = fuse(opt, "norm-only=true", sources)
    passed = sum(check(name, default[i], plain[i], expected[name]) for i, name in enumerate(names))
    print("%d of %d files as expected" % (passed, len(names)))
    return passed != len(names)


if __name__ == "__main__":
    sys.exit(main())
