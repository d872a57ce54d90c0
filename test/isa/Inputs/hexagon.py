"""Compiles kernels for a Hexagon processor and runs them in qemu-hexagon, on memory that is aligned to
elements only; compares every byte of that memory with what the same kernel writes on this host.

  hexagon.py DIRECTORY CPU loops|vector

Prints each difference and, last, how many results were compared. The floating-point instructions of HVX,
which qemu does not have, are replaced: see hvx.py.
"""

import ctypes
import os
import subprocess
import sys

import hvx
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
SIZE = 262144  # of the image in hexagon.ll
ROWS = 3
F32 = np.dtype(np.float32)

# The types by name, and how many bytes an element has.
TYPES = {"f16": 2, "bf16": 2, "f32": 4}
# Name, addends, gamma and y, sum; n of the kernel or None, further options.
KERNELS = [
    ("f16", ("f16", "f16"), "f16", "f16", None, ""),
    ("bf16", ("bf16", "bf16"), "bf16", "bf16", None, ""),
    ("f32", ("f32", "f32"), "f32", "f32", None, ""),
    ("mixed", ("f16", "f32"), "f16", "bf16", None, "--lanes 8 --chunk 24 --scales 0.5,-1.7"),
    ("f16_n1000", ("f16", "f16"), "f16", "f16", 1000, ""),
]
LENGTHS = (0, 1, 63, 64, 65, 200)


def run(*command, **options):
    return subprocess.run(command, check=True, **options)


def to_type(values, kind):
    """The bytes of f32 values in a type; bf16 cut off."""
    if kind == "bf16":
        return (values.view(np.uint32) >> 16).astype(np.uint16).tobytes()
    with np.errstate(over="ignore"):
        return values.astype(np.float16 if kind == "f16" else np.float32).tobytes()


def bits(memory, kind, signed):
    """Elements as integers; all NaNs alike, and both zeros unless signed."""
    ints = np.frombuffer(memory, np.uint32 if kind == "f32" else np.uint16).copy()
    sign, infinity = {"f16": (0x8000, 0x7C00), "bf16": (0x8000, 0x7F80), "f32": (0x80000000, 0x7F800000)}[kind]
    ints[(ints & ~np.array(sign, ints.dtype)) > infinity] = infinity + 1
    ints[ints == sign] *= signed
    return ints


class Image:
    """The memory of one call: tensors one element past a multiple of 256 bytes, filled with a pattern."""

    def __init__(self, kernel, n, rng):
        _, addends, gamma, total, _, _ = kernel
        self.n, self.stride = n, n + 3
        self.memory = bytearray(b"\xa5" * SIZE)
        kinds = [*addends, gamma, gamma, total, "f32"]
        self.tensors, at = [], 256
        for i, kind in enumerate(kinds):
            count = {2: n, 5: ROWS}.get(i, ROWS * self.stride)
            self.tensors.append((at + TYPES[kind], kind, count))
            at += (TYPES[kind] * (count + 1) + 511) // 256 * 256
        for at, kind, count in self.tensors[:3]:
            self.put(at, to_type(values(count, rng), kind))
        self.put(0, np.array([ROWS, n, self.stride, *(t[0] for t in self.tensors)], np.uint32).tobytes())

    def put(self, at, data):
        self.memory[at:at + len(data)] = data


def values(count, rng):
    """Of a common size, with subnormals of f16, values whose sum passes its range, zeros and, near the end, an
    infinity and a NaN."""
    v = rng.standard_normal(count).astype(F32)
    v[rng.random(count) < 0.1] *= 1e-6
    v[rng.random(count) < 0.1] *= 20000
    v[rng.random(count) < 0.05] = 0
    if count > 20:
        v[count - 2], v[count - 10] = np.nan, np.inf
    return v


def on_host(kernel, image):
    memory = (ctypes.c_char * SIZE).from_buffer_copy(image.memory)
    base, i64 = ctypes.addressof(memory), ctypes.c_int64
    x, r, gamma, y, total, rstd = [ctypes.c_void_p(base + at) for at, _, _ in image.tensors]
    stride = i64(image.stride)
    kernel(i64(ROWS), i64(image.n), ctypes.c_float(1e-5), x, stride, r, stride, gamma, y, stride, total, stride,
           rstd, i64(1))
    return memory.raw


def compile_kernel(kernel, path, *target):
    _, addends, gamma, total, n, options = kernel
    run("addnormc", "kernel", "--addends", ",".join(addends), "--gamma", gamma, "--out", gamma, "--sum", total,
        "--rstd", "--n", str(n or "?"), "--name", "norm", *options.split(), *target, "-o", path, "--header",
        path + ".h")


def host_kernel(kernel, path):
    compile_kernel(kernel, path + ".o", "--target", "loops")
    run("cc", "-shared", path + ".o", "-lm", "-o", path + ".so")
    return ctypes.CDLL(path + ".so").addnorm_norm_kernel


class Hexagon:
    """The tools for one processor."""

    def __init__(self, directory, cpu, target):
        self.cpu, self.target, self.directory = cpu, target, directory
        self.parts = []
        for name in ["hexagon.ll"] + ["hvx.ll", "hvx.s"] * (target == "vector"):
            self.parts.append(f"{directory}/{name}.o")
            self.translate(f"{HERE}/{name}", self.parts[-1])

    def translate(self, path, to):
        flags = "+hvx-length128b,+hvx-qfloat,+hvx-ieee-fp,+hvx" + self.cpu.removeprefix("hexagon")
        tool = ["llc", "-relocation-model=pic"]
        if path.endswith(".s"):
            tool = ["llvm-mc", "-triple=hexagon", f"-mattr={flags}"]
        run(*tool, f"-mcpu={self.cpu}", "-filetype=obj", path, "-o", to)

    def program(self, kernel):
        path = f"{self.directory}/{kernel[0]}"
        target = ["--target", self.target, "--target-cpu", self.cpu]
        if self.target == "vector":
            compile_kernel(kernel, path + ".s", *target, "-S")
            with open(path + ".s", encoding="utf-8") as file:
                assembly = hvx.rewrite(file.read())
            with open(path + ".hvx.s", "w", encoding="utf-8") as file:
                file.write(assembly)
            self.translate(path + ".hvx.s", path + ".o")
        else:
            compile_kernel(kernel, path + ".o", *target)
        run("ld.lld", *self.parts, path + ".o", "-o", path)
        return path


# In units of the last place: vector code rounds a square before it adds it, which moves rstd, and y by one.
TOLERANCE = {"sum": {"f16": 0, "bf16": 0, "f32": 0}, "y": {"f16": 1, "bf16": 1, "f32": 8}, "rstd": {"f32": 8}}


def differs(a, b, kind, name, target):
    a, b = (bits(bytes(memory), kind, target == "loops").astype(np.int64) for memory in (a, b))
    return (np.abs(a - b) > (0 if target == "loops" else TOLERANCE[name][kind])).any()


def compare(kernel, image, expected, got, target):
    """Prints what differs and returns how much of it: results, or the memory around them."""
    if len(got) != SIZE:
        sys.exit(f"{kernel[0]}, n {image.n}: the program wrote {len(got)} bytes")
    expected, got, differ = bytearray(expected), bytearray(got), []
    for name, (at, kind, count) in zip(("y", "sum", "rstd"), image.tensors[3:]):
        end = at + count * TYPES[kind]
        if differs(expected[at:end], got[at:end], kind, name, target):
            differ.append(name)
        expected[at:end] = got[at:end]
    differ += ["other memory"] if expected != got else []
    for name in differ:
        print(f"{kernel[0]}, n {image.n}: {name} differs")
    return len(differ)


def main():
    directory, cpu, target = sys.argv[1:]
    os.makedirs(directory, exist_ok=True)
    hexagon = Hexagon(directory, cpu, target)
    rng, results, differ = np.random.default_rng(1), 0, 0
    for kernel in KERNELS:
        reference, program = host_kernel(kernel, f"{directory}/host_{kernel[0]}"), hexagon.program(kernel)
        for n in [kernel[4]] if kernel[4] else LENGTHS:
            image = Image(kernel, n, rng)
            got = run("qemu-hexagon", "-cpu", "v67", program, input=image.memory, stdout=subprocess.PIPE).stdout
            differ += compare(kernel, image, on_host(reference, image), got, target)
            results += 3
    print(f"{cpu} {target}: {results} results compared, {differ} differ")


main()
