"""round_trip.py DIRECTORY: for each type, runs an identity on saved arrays; the results are the same
files, bit for bit, as numpy wrote."""

import filecmp
import os
import subprocess
import sys

import numpy

os.chdir(sys.argv[1])
random = numpy.random.default_rng(0)
types = {"f16": "<u2", "bf16": "<u2", "f32": "<f4", "f64": "<f8", "i1": "|b1", "i8": "|i1",
         "i16": "<i2", "i32": "<i4", "i64": "<i8"}
shapes = [(3, 1, 5), (7,), (), (2, 0, 3)]
for name, dtype in types.items():
    arrays = [random.integers(0, 2 if name == "i1" else 120, shape).astype(dtype)
              for shape in shapes]
    if name == "f16":
        arrays = [array.view("<f2") for array in arrays]
    arrays.append(numpy.asarray(arrays[0][0, 0, 0]))
    tensors = ["tensor<%s%s>" % ("".join("%dx" % n for n in array.shape), name)
               for array in arrays[:-1]]
    tensors[1] = "tensor<?x%s>" % name
    tensors.append(name)
    arguments = ", ".join("%%x%d: %s" % pair for pair in enumerate(tensors))
    values = ", ".join("%%x%d" % i for i in range(len(tensors)))
    with open("model.mlir", "w") as file:
        file.write("func.func @f(%s) -> (%s) {\n  return %s : %s\n}\n"
                   % (arguments, ", ".join(tensors), values, ", ".join(tensors)))
    command = ["addnormc", "run", "model.mlir", "--output-dir", name]
    for i, array in enumerate(arrays):
        numpy.save("in%d.npy" % i, array)
        command += ["--input", "in%d.npy" % i]
    subprocess.run(command, check=True)
    for i in range(len(arrays)):
        if not filecmp.cmp("in%d.npy" % i, "%s/%d.npy" % (name, i), shallow=False):
            sys.exit("%s: result %d differs" % (name, i))
