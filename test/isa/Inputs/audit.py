"""Audits the assembly of compiled kernels: it shows what LLVM's back end made of them, of which nothing
before it can speak.

  audit.py CPU FILE.s

prints each violation and, last, what was looked at. Exit code 1 if there was a violation, and if there
was nothing to look at. The functions are the kernels of audit.mlir: their names say the type of the
tensors and whether the row length is static.

narrow    no instruction computes in f16 or bf16: nothing of X + R is narrow
widening  each main loop on f16 or bf16 widens what it loads, by an instruction for whole registers
call      no inner loop calls anything
spill     no main loop stores to a slot of the stack or loads a vector from one. A row buffer, which is
          indexed, is none, and an address or bound that stays the same may be loaded again
scalar    no main loop computes on single elements, and with a static length, a multiple of all
          registers, no inner loop does: there is no tail

A main loop is an innermost loop with vector arithmetic in f32. What an instruction is, the table below
says for each architecture.
"""

import re
import sys
from collections import namedtuple

# Patterns of how an instruction begins, one space in front of its operands. `end`: what is behind it is
# not run next. `narrow_sew`: arithmetic that is narrow where the element width is 16; RISC-V keeps that
# in a register. `spill` names the register of the address, `base`, where all stores are like that: slots are
# where it stays the same.
Isa = namedtuple("Isa", "comment branch end call vector scalar narrow narrow_sew widening spill")

X86_64 = Isa(
    comment="#",
    branch=r"j\w+ (\S+)",
    end=r"jmp|ret",
    call=r"call",
    vector=r"v(add|sub|mul|fn?m(add|sub)\d+)ps .*%[yz]mm",
    scalar=r"v?(add|sub|mul|div|sqrt|fn?m(add|sub)\d+)ss ",
    narrow=r"v\w*(add|sub|mul|div|sqrt)\w*(ph|sh|bf16|pbh) |vdpbf16ps |vcvtne\w*ps2bf16 ",
    narrow_sew=None,
    widening={"f16": r"vcvtph2psx? .*%[yz]mm\d+",
              "bf16": r"vpmovzxwd .*%[yz]mm\d+|vpunpck[lh]wd .*%[yz]mm\d+|vpslld .*%[yz]mm\d+"},
    # A displacement from the frame without an index: of a vector, or as what is written.
    spill=r"v.*[ ,]-?\d*\(%r[sb]p\)|(?!cmp|test).* -?\d*\(%r[sb]p\)$")

AARCH64 = Isa(
    comment="//",
    branch=r"(?:b\.?\w* |cbn?z \w+, |tbn?z \w+, #\d+, )(\.\S+)",
    end=r"b \.|ret",
    call=r"blr? ",
    vector=r"f(add|sub|mul|mla|mls) v\d+\.4s",
    scalar=r"fn?m?(add|sub|mul|div|sqrt) s\d+",
    narrow=r"f\w*(add|sub|mul|mla|mls|div|sqrt)\w* (v\d+\.[48]h|h\d+)|bf(cvt|dot|mlal|mmla|add|mul)",
    narrow_sew=None,
    widening={"f16": r"fcvtl2? v\d+\.4s", "bf16": r"u?shll?2? v\d+\.4s"},
    spill=r"(st\w+ .*|ld\w+ [bhsdqv]\d.*)\[sp(, #\w+)?\]")

RISCV64 = Isa(
    comment="#",
    branch=r"(?:j|b\w+ .*,) ?(\.\S+)",
    end=r"j \.|ret|tail ",
    call=r"call |tail |jalr ",
    vector=r"vf(add|sub|mul|n?madd|n?macc|n?msub|n?msac)\.v",
    scalar=r"fn?m?(add|sub|mul|div|sqrt)\.[sh] ",
    narrow=r"fn?m?(add|sub|mul|div|sqrt)\.h ",
    # vfwadd and the like read narrow elements and compute in wide ones.
    narrow_sew=r"vf(?!w)\w*(add|sub|mul|div|macc|msac|sqrt|redosum|redusum)\.",
    widening={"f16": r"vfw(cvt\.f\.f|add|sub|mul)\.", "bf16": r"vzext\.vf2 |vwmulu|vw?sll\."},
    spill=r"f?s[bhwd] .*\(sp\)|fl[hwd] .*\(sp\)|vs\dr\.v |vl\dre?\d*\.v ")

# Each instruction of a packet is one of its own here, jumps last. `endloop0` is a branch to where the
# hardware loop begins. vmpy of f16 has products in f32, vcvt and the plain assignment round.
HEXAGON = Isa(
    comment="//",
    branch=r"(?:(?:if \(.*\) )?jump(?::n?t)?|endloop\d) (\.\S+)",
    end=r"jump |jumpr |(r31:30 = )?dealloc_return",
    call=r"(if \(.*\) )?callr? ",
    vector=r"v\d+\.(sf|qf32) = v(add|sub|mpy)\(",
    scalar=r"r\d+ [+-]?= sf(add|sub|mpy)\(|v\d+\.w = vinsert\(|r\d+ = vextract\(",
    narrow=r".*\.(qf16|bf)\b|v\d+\.hf \+?= v(add|sub|mpy)\(",
    narrow_sew=None,
    widening={"f16": r"v\d+:\d+\.(sf|qf32) = v(add|mpy|cvt)\(v\d+\.hf",
              "bf16": r"v\d+\.w = vasl\(v\d+\.w"},
    spill=r"(?:if \(.*\) )?(?:v?mem\w*\((?=r\d+\+#[^)]*\) =)|v\d+ = vmemu?\((?=r\d+\+#))(?P<base>r\d+)")

CPUS = {"x86-64-v3": X86_64, "x86-64-v4": X86_64, "avx512fp16": X86_64,
        "aarch64": AARCH64, "aarch64-fp16": AARCH64,
        "rv64gcv": RISCV64, "rv64gcv-zvfh": RISCV64,
        "hexagonv73": HEXAGON, "hexagonv79": HEXAGON}

# Vectors of f16 need Zvfh: without it each element goes through a scalar register.
EXEMPT = {("rv64gcv", "f16")}

# Sixteen registers hold eight accumulators, the constants of the rounding to bf16 and what is being
# worked on, but for one accumulator: it is stored and loaded once per 64 elements in each of four loops.
KNOWN_SPILLS = {("x86-64-v3", "bf16_dynamic"): 8}

Line = namedtuple("Line", "number text width")


class Function:
    def __init__(self, type, length):
        self.type, self.length = type, length
        self.lines = []  # of instructions
        self.labels = {}  # to the index of the next instruction


def instructions(file, isa):
    """Numbered lines without comments; Hexagon's packets taken apart. A hardware loop begins at the last
    label before its end that one was set up for."""
    lines, packet, starts = file.readlines(), None, {}
    loops = {label + ":": loop for loop, label in re.findall(r"loop(\d)\((\.\w+),", "".join(lines))}
    for number, line in enumerate(lines, 1):
        text = re.sub(r"\s+", " ", line.split(isa.comment)[0]).strip()
        if text in loops:
            starts[loops[text]] = text.rstrip(":")
        if text == "{":
            packet = []
        elif packet is None:
            yield number, text
        elif not text.startswith("}"):
            packet += [(number, part.strip()) for part in text.split(";")]
        else:
            yield from sorted(packet, key=lambda line: bool(re.search("jump|return", line[1])))
            yield from ((number, f"endloop{loop} {starts[loop]}") for loop in
                        re.findall(r"\d", text.partition(":endloop")[2]))
            packet = None


def read_kernels(path, isa):
    """Splits the text; `width` of a line is RISC-V's element width as the text goes."""
    kernel, width, kernels = None, None, []
    with open(path, encoding="utf-8") as file:
        for number, text in instructions(file, isa):
            label = re.fullmatch(r"(\S+):", text)
            if label and not label[1].startswith(".L"):
                name = re.search(r"(bf16|f16|f32)_(static|dynamic)_kernel", label[1])
                kernel = Function(*name.groups()) if name else None
                kernels += [kernel] if kernel else []
            elif label and kernel:
                kernel.labels[label[1]] = len(kernel.lines)
            elif kernel and text and not text.startswith("."):
                if found := re.search(r"^vseti?vli .*\be(\d+),", text):
                    width = int(found[1])
                kernel.lines.append(Line(number, text, width))
    return kernels


def flow_graph(function, isa):
    """Basic blocks as ranges of lines, and the successors of each."""
    lines = function.lines
    branches = [re.match(isa.branch, line.text) for line in lines]
    ends = [bool(branch or re.match(isa.end, line.text)) for branch, line in zip(branches, lines)]
    starts = {0, *function.labels.values(), *(i + 1 for i, end in enumerate(ends) if end)}
    starts = sorted(start for start in starts if start < len(lines))
    blocks = list(zip(starts, starts[1:] + [len(lines)]))
    at = {start: i for i, start in enumerate(starts)}
    successors = []
    for i, (_, end) in enumerate(blocks):
        last = end - 1
        targets = []
        if branches[last] and branches[last][1] in function.labels:
            targets.append(at[function.labels[branches[last][1]]])
        if not re.match(isa.end, lines[last].text) and i + 1 < len(blocks):
            targets.append(i + 1)
        successors.append(targets)
    return blocks, successors


def dominators(successors):
    """For each block the set of blocks that every way to it goes through."""
    everything = set(range(len(successors)))
    predecessors = [[] for _ in successors]
    for block, targets in enumerate(successors):
        for target in targets:
            predecessors[target].append(block)
    dominating = [{0}] + [everything] * (len(successors) - 1)
    changed = True
    while changed:
        changed = False
        for block in range(1, len(successors)):
            above = [dominating[p] for p in predecessors[block]]
            new = (set.intersection(*above) if above else set()) | {block}
            changed |= new != dominating[block]
            dominating[block] = new
    return dominating, predecessors


def inner_loops(function, isa):
    """The lines of each natural loop that has no other in it."""
    blocks, successors = flow_graph(function, isa)
    dominating, predecessors = dominators(successors)
    loops = {}
    for block, targets in enumerate(successors):
        for header in set(targets) & dominating[block]:
            body, todo = loops.setdefault(header, {header}), [block]
            while todo:
                member = todo.pop()
                if member not in body:
                    body.add(member)
                    todo += predecessors[member]
    inner = [body for header, body in loops.items()
             if not any(other in body for other in loops if other != header)]
    return [[line for block in sorted(body) for line in function.lines[slice(*blocks[block])]]
            for body in inner]


def matching(lines, pattern):
    return [line for line in lines if re.match(pattern, line.text)]


def spills(loop, isa):
    """Accesses to slots. An offset from the frame is what a register stays at, also when computed anew."""
    found = [(line, re.match(isa.spill, line.text)) for line in loop]
    moving = {f"r{number}" for line in loop if not re.search(r"= add\(r(29|30),#", line.text)
              for pair in re.findall(r"\br(\d+)(?::(\d+))? [+-]?= |\br(\d+)\+\+", line.text)
              for number in pair if number}
    return [line for line, match in found
            if match and match.groupdict().get("base") not in moving]


def audit(kernel, isa, report):
    """Reports what breaks a rule and returns how many main loops there are."""
    for line in matching(kernel.lines, isa.narrow):
        report("narrow", line)
    for line in matching(kernel.lines, isa.narrow_sew) if isa.narrow_sew else []:
        if line.width == 16:
            report("narrow", line)

    main_loops = 0
    for loop in inner_loops(kernel, isa):
        for line in matching(loop, isa.call):
            report("call", line)
        is_main = bool(matching(loop, isa.vector))
        main_loops += is_main
        if is_main or kernel.length == "static":
            for line in matching(loop, isa.scalar):
                report("scalar", line)
        if is_main:
            for line in spills(loop, isa):
                report("spill", line)
            if kernel.type in isa.widening and not matching(loop, isa.widening[kernel.type]):
                report("widening", loop[0])
    return main_loops


def main():
    cpu, path = sys.argv[1:]
    isa = CPUS[cpu]
    kernels = [k for k in read_kernels(path, isa) if (cpu, k.type) not in EXEMPT]
    all_loops = violations = known = 0
    for kernel in kernels:
        name = f"{kernel.type}_{kernel.length}"
        found = []
        loops = audit(kernel, isa, lambda rule, line: found.append((rule, line)))
        spills = sum(rule == "spill" for rule, _ in found)
        if spills and spills <= KNOWN_SPILLS.get((cpu, name), 0):
            known += spills
            found = [(rule, line) for rule, line in found if rule != "spill"]
        for rule, line in found:
            print(f"{path}:{line.number}: {name}: {rule}: {line.text}")
        if loops == 0:
            print(f"{path}: {name}: no main loop")
        violations += len(found) + (loops == 0)
        all_loops += loops
    print(f"{cpu}: {len(kernels)} kernels, {all_loops} main loops, {violations} violations"
          + (f", {known} known spills" if known else ""))
    sys.exit(violations != 0 or not kernels)


main()
