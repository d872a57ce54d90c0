"""The verdicts of addnorm-verify on every corpus file: as it is, fused, and fused and lowered.

corpus.py CORPUS OPT [--full]: OPT is the addnorm-opt to run, once per stage over all files. --full
adds the stages in between. Prints the counts of each stage and every verdict that is not as expected.
"""

import bisect
import collections
import json
import os
import re
import subprocess
import sys

SPLIT = "\n// -----\n"
DIAGNOSTIC = re.compile(r"^<stdin>:(\d+):\d+: (error|warning|remark): (.*)$", re.M)

LINALG = ("func.func(tosa-to-linalg-named,tosa-to-linalg,"
          "tosa-to-arith{include-apply-rescale use-32-bit},tosa-to-tensor,tosa-to-scf),"
          "linalg-generalize-named-ops,func.func(convert-elementwise-to-linalg),")
MEMREF = LINALG + (
    "one-shot-bufferize{bufferize-function-boundaries "
    "function-boundary-type-conversion=identity-layout-map allow-return-allocs-from-loops},"
    "buffer-results-to-out-params,")
LOOPS = MEMREF + "convert-linalg-to-loops,addnorm-lower,"
LLVM = LOOPS + (
    "expand-strided-metadata,lower-affine,math-expand-ops{ops=fpowi,ceil},convert-scf-to-cf,"
    "arith-emulate-unsupported-floats{source-types=bf16 target-type=f32},"
    "math-extend-to-supported-types,convert-math-to-llvm,convert-math-to-libm,"
    "arith-expand{include-bf16},convert-complex-to-standard,convert-arith-to-llvm,"
    "convert-index-to-llvm,convert-cf-to-llvm,finalize-memref-to-llvm,convert-func-to-llvm,"
    "convert-ub-to-llvm,reconcile-unrealized-casts,")
FUSE = "addnorm-fuse{norm-only=true},"

# Files in which a narrow sum reaches a statistic after fusion too, and why.
LEFT = [
    (r"T5Encoder\.f16|t5_layers\.f16", "a clamp in f16 between add and norm"),
    (r"/(one_over_sqrt|recip_sqrt)\.f16\.linalg|onnx/(block|f_rms_norm|gemma|gemma_layers)"
     r"\.f16\.dynamo\.linalg", "an assertion reads the statistic of the source"),
    (r"(l2|stats_of_x|stats_x)_?(neg)?\.", "no norm that the op can say"),
]


def verdicts(opt, pipeline, sources):
    """The verdict on each source, in order."""
    starts, line = [], 1
    for source in sources:
        starts.append(line)
        line += source.count("\n") + SPLIT.count("\n")
    run = subprocess.run([opt, "-", "-split-input-file", "-o", os.devnull, "--mlir-disable-threading",
                          "--pass-pipeline=builtin.module(%saddnorm-verify)" % pipeline],
                         input=SPLIT.join(sources), capture_output=True, text=True, check=False)
    if run.returncode < 0:
        sys.exit("crashed: %s" % run.stderr[-4000:])
    found = [None] * len(sources)
    rank = {"error": 3, "warning": 2, "remark": 1}
    for place, kind, text in DIAGNOSTIC.findall(run.stderr):
        i = bisect.bisect_right(starts, int(place)) - 1
        if kind == "error" and "narrower than f32" not in text:
            sys.exit("%s: %s" % (kind, text))
        if found[i] is None or rank[kind] > rank[found[i]]:
            found[i] = kind
    names = {"error": "violated", "warning": "unknown", "remark": "clean", None: "no verdict"}
    return [names[kind] for kind in found]


def expected_unfused(name, facts):
    """Front ends add in the type of the tensors, but for the two that add in f32."""
    if ".f32" in name:
        return "clean"
    if facts["add_rmsnorm"] and "vllm_f32_sum" not in name and "optional" not in facts:
        return "violated"
    return None


def expected_fused(name, facts):
    if ".f32" in name:
        return "clean"
    if any(re.search(pattern, name) for pattern, _ in LEFT) or facts["layernorm"]:
        return "violated"
    if name.startswith("neg/") or "optional" in facts:
        return None
    return "clean"


def main():
    corpus, opt = sys.argv[1:3]
    with open(os.path.join(corpus, "expected.json"), encoding="utf-8") as file:
        facts = json.load(file)
    names = sorted(facts)
    sources = []
    for name in names:
        with open(os.path.join(corpus, name), encoding="utf-8") as file:
            sources.append(file.read())
    stages = [("unfused", "", expected_unfused), ("fused", FUSE, expected_fused),
              ("fused to llvm", FUSE + LLVM, expected_fused)]
    if "--full" in sys.argv:
        stages += [("unfused to llvm", LLVM, expected_unfused),
                   ("fused to memref", FUSE + MEMREF, expected_fused),
                   ("fused to loops", FUSE + LOOPS, expected_fused)]
    wrong = 0
    for stage, pipeline, expect in stages:
        found = verdicts(opt, pipeline, sources)
        counts = collections.Counter(found)
        print("%s: %s" % (stage, ", ".join("%d %s" % (counts[v], v) for v in sorted(counts))))
        for name, verdict in zip(names, found):
            expected = expect(name, facts[name])
            if expected and verdict != expected:
                print("%s: %s is %s, not %s" % (stage, name, verdict, expected))
                wrong += 1
    print("%d verdicts wrong" % wrong)
    return wrong != 0


if __name__ == "__main__":
    sys.exit(main())
