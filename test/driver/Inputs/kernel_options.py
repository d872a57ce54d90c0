"""kernel_options.py DIR: options of `addnormc kernel` that are refused, each with its remedy."""

import pathlib
import subprocess
import sys

out = pathlib.Path(sys.argv[1])
USAGE, FAILED = 2, 1
REFUSED = [
    (USAGE, "", "--addends is missing, such as --addends f16,f16"),
    (USAGE, "--addends f16,f8", "--addends wants f16, bf16 or f32 per addend, after bias: or alone, not 'f8'"),
    (USAGE, "--addends f16,", "not ''"),
    (USAGE, "--addends bias:f16", "--addends wants an addend that is not a bias"),
    (USAGE, "--addends " + ",".join(17 * ["f16"]), "--addends takes at most 16 addends"),
    (USAGE, "--addends f16 --gamma f64", "--gamma wants f16, bf16 or f32, not 'f64'"),
    (USAGE, "--addends f16 --out i8", "--out wants f16, bf16 or f32, not 'i8'"),
    (USAGE, "--addends f16 --sum x", "--sum wants f16, bf16 or f32, not 'x'"),
    (USAGE, "--addends f16 --sum-type x", "--sum-type wants f16, bf16 or f32, not 'x'"),
    (USAGE, "--addends f16 --norm-type x", "--norm-type wants f16, bf16 or f32, not 'x'"),
    (USAGE, "--addends f16,f16 --scales 1", "--scales has 1 numbers for 2 addends"),
    (USAGE, "--addends f16 --scales inf", "--scales wants a number that f32 can hold, not 'inf'"),
    (USAGE, "--addends f16 --gamma-offset 1", "--gamma-offset needs --gamma"),
    (USAGE, "--addends f16 --epsilon -1", "--epsilon wants a number that is not negative, or runtime, not '-1'"),
    (USAGE, "--addends f16 --epsilon 1e99", "--epsilon wants a number that f32 can hold, not '1e99'"),
    (USAGE, "--addends f16 --n 0", "--n wants a number from 1 up, not '0'"),
    (USAGE, "--addends f16 --rows -3", "--rows wants a number from 1 up, not '-3'"),
    (USAGE, "--addends f16 --n 99999999999999999999", "--n wants a number from 1 up"),
    (USAGE, "--addends f16 --lanes 48", "--lanes wants a power of two, not 48"),
    (USAGE, "--addends f16 --chunk 96", "--chunk wants a multiple of the 64 lanes, not 96"),
    (USAGE, "--addends f16 --name a-b", "--name wants a C name, not 'a-b'"),
    (USAGE, "--addends f16 --prefix 1", "--prefix wants the start of a C name, not '1'"),
    (USAGE, "--addends f16 --target-cpu abacus", "unknown processor 'abacus'; known: "),
    (USAGE, "--addends f16 -o twice --header twice", "-o and --header want two files, not 'twice' twice"),
    (USAGE, "--addends f16 model.mlir", "a kernel has no model; unexpected argument 'model.mlir'"),
    (USAGE, "--addends f16 --multi-arch --target-cpu native", "--multi-arch chooses"),
    (USAGE, "--addends f16 --multi-arch --target loops", "--multi-arch chooses"),
    (FAILED, "--addends f16 --target abacus", "unknown target 'abacus'; known: loops"),
    (FAILED, "--addends f16 --target-cpu hexagonv73 --threads 2", "the processor has no OpenMP"),
    (FAILED, "--addends f16 --target-cpu hexagonv73 --n 536870912", "addresses of 32 bits"),
    (FAILED, "--addends f16 --rows 4611686018427387904 --n 4096", "memory"),
]

failures = 0
for code, options, wanted in REFUSED:
    command = ["addnormc", "kernel", "-o", str(out / "k.o"), "--header", str(out / "k.h"), *options.split()]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != code or wanted not in result.stderr or any(out.iterdir()):
        failures += 1
        print("%s: exit code %d, files %s\n%s" % (options, result.returncode, list(out.iterdir()), result.stderr))
sys.exit(failures != 0)
