"""Writes kernels of the same-bits sweep into a directory: kernels.mlir, for addnormc, and
kernels.inc, the table by which same_bits.c calls what became of them.

  kernels.py DIRECTORY all|some
"""

import os
import sys

F16, BF16, F32 = "f16", "bf16", "f32"


class Kernel:
    def __init__(self, name, addends, y, gamma=None, sum=None, rstd=False, bias=(), n=None, lanes=64,
                 **attributes):
        self.name, self.addends, self.y = name, addends, y
        self.gamma, self.sum, self.rstd = gamma, sum, rstd
        self.bias = bias  # the addends that are row vectors
        self.n = n  # None: dynamic
        self.scales = attributes.pop("scales", None)
        self.many_rows = attributes.pop("many_rows", 0)  # of 4096, more than the caches of cpu.c hold
        self.attributes = dict(attributes, lanes=lanes)

    def rows(self, element):
        return f"tensor<?x{self.n or '?'}x{element}>"

    def row_vector(self, element):
        return f"tensor<{self.n or '?'}x{element}>"

    def addend_type(self, i):
        return (self.row_vector if i in self.bias else self.rows)(self.addends[i])


def uniform(name, element, **rest):
    """Two addends, gamma and all results of one type."""
    rest = {"gamma": element, "sum": element, "rstd": True, **rest}
    return Kernel(name, [element, element], element, **rest)


KERNELS = [
    uniform("f16", F16, many_rows=1030),
    uniform("bf16", BF16, many_rows=1030),
    uniform("f32", F32, many_rows=515),
    # Orders of the sum.
    uniform("f16_lanes1", F16, lanes=1),
    uniform("f16_lanes16", F16, lanes=16),
    uniform("bf16_lanes256", BF16, lanes=256),
    uniform("f32_lanes8_chunk24", F32, lanes=8, chunk=24),
    uniform("f16_lanes64_chunk1024", F16, lanes=64, chunk=1024),
    uniform("bf16_lanes256_chunk512", BF16, lanes=256, chunk=512),
    # Static rows.
    uniform("f16_n7", F16, n=7),
    uniform("f16_n64", F16, n=64),
    uniform("f16_n1000", F16, n=1000),
    uniform("f16_n4096", F16, n=4096),
    uniform("bf16_n100", BF16, n=100),
    uniform("bf16_n4096", BF16, n=4096),
    uniform("f32_n5121", F32, n=5121),
    # Types.
    Kernel("f16_alone", [F16], F16),
    Kernel("f16_gamma_f32", [F16, F16], F16, gamma=F32, sum=F16),
    Kernel("bf16_gamma_f32", [BF16, BF16], BF16, gamma=F32, sum=BF16),
    Kernel("f16_into_f32_stream", [F16, F32], F16, gamma=F16, sum=F32, rstd=True),
    Kernel("f32_to_narrow", [F32, F32], F16, gamma=BF16, sum=BF16),
    Kernel("f16_bf16_mixed", [F16, BF16], F32, sum=F16),
    # Addends, scales, gamma.
    Kernel("f16_bias", [F16, F16, BF16], F16, gamma=F16, sum=F16, bias=[2]),
    Kernel("f32_bias_first", [F32, F16], F16, sum=F32, bias=[0]),
    Kernel("bf16_four", [BF16, BF16, BF16, BF16], BF16, gamma=BF16),
    uniform("f16_scales", F16, scales=[-1.7, 0.22]),
    uniform("f32_scales", F32, scales=[1.0, 0.3]),
    uniform("bf16_gamma_offset", BF16, gamma_offset=1.0),
    uniform("f32_gamma_offset", F32, gamma_offset=-0.9),
    # The source's roundings kept.
    uniform("f16_sum_type", F16, sum_type=F16),
    uniform("bf16_sum_norm_type", BF16, sum_type=BF16, norm_type=BF16),
]

# One of each kind, where compiling all would take too long.
SOME = {"f16", "bf16", "f32", "f16_lanes1", "bf16_lanes256_chunk512", "f16_n1000", "bf16_n100",
        "f16_into_f32_stream", "f16_bias", "f32_scales", "bf16_gamma_offset"}


def attribute(key, value):
    kind = {"lanes": "i64", "chunk": "i64", "gamma_offset": "f32"}.get(key)
    return f"{key} = {value} : {kind}" if kind else f"{key} = {value}"


def write_function(k, out):
    arguments = [f"%a{i}: {k.addend_type(i)}" for i in range(len(k.addends))]
    results, inits = [k.rows(k.y)], [("y", k.rows(k.y))]
    if k.gamma:
        arguments.append(f"%g: {k.row_vector(k.gamma)}")
    if k.sum:
        results.append(k.rows(k.sum))
        inits.append(("s", k.rows(k.sum)))
    if k.rstd:
        results.append("tensor<?x1xf32>")
        inits.append(("r", "tensor<?x1xf32>"))

    full = next(i for i in range(len(k.addends)) if i not in k.bias)
    types = [k.addend_type(i) for i in range(len(k.addends))]
    out.write(f"func.func @{k.name}({', '.join(arguments)}) -> ({', '.join(results)}) {{\n")
    out.write("  %c0 = arith.constant 0 : index\n  %c1 = arith.constant 1 : index\n")
    out.write(f"  %rows = tensor.dim %a{full}, %c0 : {types[full]}\n")
    out.write(f"  %n = tensor.dim %a{full}, %c1 : {types[full]}\n")
    for name, type in inits:
        sizes = "%rows" if type.startswith("tensor<?x1x") or k.n else "%rows, %n"
        out.write(f"  %{name}0 = tensor.empty({sizes}) : {type}\n")
    addends = ", ".join(f"%a{i}" for i in range(len(k.addends)))
    out.write(f"  %out:{len(inits)} = addnorm.rms_norm({addends} : {', '.join(types)})")
    if k.scales:
        out.write(f" scales {k.scales}")
    if k.gamma:
        out.write(f" gamma(%g : {k.row_vector(k.gamma)})")
    out.write(" epsilon 1.0e-5\n     ")
    for (name, type), word in zip(inits, ["outs"] + ["sum"] * bool(k.sum) + ["rstd"] * k.rstd):
        out.write(f" {word}(%{name}0 : {type})")
    out.write(" {" + ", ".join(attribute(*item) for item in k.attributes.items()) + "}\n")
    values = ", ".join(f"%out#{i}" for i in range(len(inits)))
    out.write(f"  return {values} : {', '.join(results)}\n}}\n\n")


def write_call(k, out):
    """A function of one type around each kernel, whose arguments depend on its operands."""
    arguments = ["c->rows", "c->n", f"isa_{k.name}_EPSILON"]
    for i in range(len(k.addends)):
        arguments += [f"c->addends[{i}]", "0" if i in k.bias else "c->stride"]
    arguments += ["c->gamma"] if k.gamma else []
    arguments += ["c->y", "c->stride"]
    arguments += ["c->sum", "c->stride"] if k.sum else []
    arguments += ["c->rstd", "1"] if k.rstd else []
    out.write(f"static int32_t call_{k.name}(const Call *c) {{\n"
              f"  return isa_{k.name}_kernel({', '.join(arguments)});\n}}\n")


def write_row(k, out):
    flags = ", ".join("true" if i in k.bias else "false" for i in range(len(k.addends)))
    formats = ", ".join(element.upper() for element in k.addends)
    out.write(f'    {{"{k.name}", call_{k.name}, {k.n or 0}, {k.many_rows}, {len(k.addends)}, {{{formats}}}, '
              f"{{{flags}}}, {(k.gamma or 'none').upper()}, {k.y.upper()}, "
              f"{(k.sum or 'none').upper()}, {str(k.rstd).lower()}}},\n")


def main():
    directory, which = sys.argv[1:]
    chosen = [k for k in KERNELS if which == "all" or k.name in SOME]
    with open(os.path.join(directory, "kernels.mlir"), "w", encoding="utf-8") as out:
        for kernel in chosen:
            write_function(kernel, out)
    with open(os.path.join(directory, "kernels.inc"), "w", encoding="utf-8") as out:
        for kernel in chosen:
            write_call(kernel, out)
        out.write("static const Kernel kernels[] = {\n")
        for kernel in chosen:
            write_row(kernel, out)
        out.write("};\n")


main()
