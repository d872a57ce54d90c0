"""Widens the stream of every model of the corpus: valid IR, no sum in f16 or bf16 read by another
op, nothing left for a second time.

usage: corpus.py CORPUS OPT
"""

import glob
import re
import subprocess
import sys

SPLIT = "// -----"
OP = re.compile(r"(%\d+):\d = addnorm\.rms_norm\(")
ADDENDS = re.compile(r"addnorm\.rms_norm\(([^:]*) : ([^()]*)\)")
WIDE_SUM = re.compile(r"sum\(%\w+ : tensor<[^>]*xf32>\)")


def run(opt, passes, text):
    """The output of the passes for each file."""
    command = [opt, "-", "-split-input-file", "--mlir-elide-elementsattrs-if-larger=8",
               "--mlir-elide-resource-strings-if-larger=8",
               "--pass-pipeline=builtin.module(%s)" % passes]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit("%s failed:\n%s" % (passes, done.stderr[:4000]))
    return done.stdout.split(SPLIT)


def narrow_sums(text):
    """The sums of ops that other ops read in a narrow type."""
    sums = {match + "#1" for match in OP.findall(text)}
    reads = [pair for operands, types in ADDENDS.findall(text)
             for pair in zip(operands.split(", "), types.split(", "))]
    return [value for value, type in reads if value in sums and not type.endswith("f32>")]


corpus, opt = sys.argv[1:]
files = sorted(glob.glob(corpus + "/*/*.mlir"))
text = ("\n%s\n" % SPLIT).join(open(file).read() for file in files)
once = run(opt, "addnorm-fuse,addnorm-widen-residual", text)
twice = run(opt, "addnorm-fuse,addnorm-widen-residual,addnorm-widen-residual", text)
failures, wide = 0, 0
for file, first, second in zip(files, once, twice, strict=True):
    wide += len(WIDE_SUM.findall(first))
    for value in narrow_sums(first):
        failures += 1
        print("%s: %s is read in a narrow type" % (file, value))
    if first != second:
        failures += 1
        print("%s: changes again" % file)
print("%d files, %d f32 sums, %d failures" % (len(files), wide, failures))
sys.exit(1 if failures else 0)
