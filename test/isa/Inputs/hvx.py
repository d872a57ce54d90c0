"""Replaces the floating-point instructions of HVX, which qemu-hexagon does not have, by calls of hvx.ll:

  rewrite(assembly) -> assembly

What is around them stays: loops, addresses, loads and stores, shuffles, integer arithmetic. Of a packet,
whose instructions all read what was there before it, first the calls are made, then their results are
loaded into registers and the rest is done, but before them what reads such a register.

A register in HVX's own format (qf32) holds f32 with some bits inverted: code that took the one format for
the other would not go unnoticed.
"""

import re

OPERATIONS = {"vadd": 0, "vsub": 1, "vmpy": 2, "copy": 3, "widen": 4, "narrow": 5}
OWN_FORMAT = 0x5A5A5A5A

# Where the operands and the result lie in the area of a call, in registers of 128 bytes; words are first.
A, B, RESULT = 1, 3, 5

FLOAT = re.compile(r"v[\d:]+\.(sf|hf|qf32) = ")
UNKNOWN = re.compile(r".*\.(sf|hf|bf|qf16|qf32)\b")


def key(form):
    return OWN_FORMAT if form == "qf32" else 0


def registers(name):
    """Of v7 or v7:6, from the lowest."""
    return ["v" + number for number in reversed(name[1:].split(":"))]


class Float:
    """One floating-point instruction: registers of A, B and the result, an operation, three formats."""

    def __init__(self, text):
        result, to = re.match(r"(v[\d:]+)\.(\w+) = ", text).groups()
        operands = re.findall(r"(v[\d:]+)\.(\w+)", text.split(" = ")[1])
        name = (re.search(r"= (v[a-z]+)\(", text) or [None, "copy"])[1]
        forms = [form for _, form in operands] + [None]
        if to == "hf" and name == "vcvt":  # of the higher half and the lower
            name, operands, forms = "narrow", [(f"{operands[0][0]}:{operands[1][0][1:]}", "sf")], ["sf", None]
        elif to == "hf" and name == "copy" and ":" in operands[0][0]:
            name = "narrow"
        elif name == "vmpy" and forms[:2] == ["hf", "hf"] and to != "hf":
            name = "widen"
        elif "hf" in [to, *forms]:
            raise ValueError(f"unknown instruction: {text}")
        self.results, self.a = registers(result), registers(operands[0][0])
        self.b = registers(operands[1][0]) if len(operands) > 1 else []
        self.words = [OPERATIONS[name], key(forms[0]), key(forms[1]), key(to)]

    def call(self, i):
        """Its operands go to the i-th area."""
        at = [f"r28 = ##hvx_areas + {1024 * i}"]
        stores = [f"vmem(r28+#{A + k}) = {v}" for k, v in enumerate(self.a)]
        stores += [f"vmem(r28+#{B + k}) = {v}" for k, v in enumerate(self.b)]
        stores += [f"memw(r28+#{4 * k}) = ##{word}" for k, word in enumerate(self.words)]
        return ["memw(##hvx_r28) = r28", "memw(##hvx_r31) = r31", *at, *stores, "call hvx_call",
                "r31 = memw(##hvx_r31)", "r28 = memw(##hvx_r28)"]

    def load(self, i):
        at = f"r28 = ##hvx_areas + {1024 * i}"
        loads = [f"{v} = vmem(r28+#{RESULT + k})" for k, v in enumerate(self.results)]
        return ["memw(##hvx_r28) = r28", at, *loads, "r28 = memw(##hvx_r28)"]


def names(text):
    """The registers in it, but for those whose new values are meant."""
    found = re.findall(r"\b([vrpq])(\d+)(?::(\d+))?\b(?!\.new)", text)
    return {kind + number for kind, *numbers in found for number in numbers if number}


def written_by(text):
    """The registers that an instruction other than a store writes."""
    return names(text.split(" = ")[0]) if re.match(r"[vrpq]\d", text) else set()


def read_by(text):
    return names(text) - written_by(text) | names(text.partition(" = ")[2])


def uses_new(text, written):
    return any(re.search(rf"\b{name}\.new\b", text) for name in written)


def readers(packet, written):
    """What has to be done before these registers are written: instructions that read one, or one that such an
    instruction writes, and what belongs to it by a new value."""
    before, size = [], -1
    while len(before) > size:
        size = len(before)
        changed = set().union(*map(written_by, before))
        before = [text for text in packet
                  if read_by(text) & (written | changed) or text in before or uses_new(text, changed)
                  or any(uses_new(other, written_by(text)) for other in before)]
    return before


def replace(packet, suffix):
    """The packets that do what one with floating-point instructions does."""
    floats = [Float(text) for text in packet if FLOAT.match(text)]
    rest = [text for text in packet if not FLOAT.match(text) and text != "nop"]
    if any(map(UNKNOWN.match, rest)):
        raise ValueError(f"unknown instruction in {packet}")
    written = {v for f in floats for v in f.results}
    out = []
    for text in [text for text in rest if re.match(r"v\d+\.cur = ", text)]:
        rest.remove(text)
        out.append([text.replace(".cur", "")])
    calls = [[text] for i, f in enumerate(floats) for text in f.call(i)]
    loads = [[text] for i, f in enumerate(floats) for text in f.load(i)]
    before = readers(rest, written)
    if any("jump" in text or uses_new(text, written) for text in before):
        raise ValueError(f"no order for the packet: {packet}")
    rest = [text for text in rest if text not in before]
    for v in written:
        rest = [re.sub(rf"\b{v}\.new\b", v, text) for text in rest]
    return out + calls + [before] * bool(before) + loads, rest, suffix


def rewrite(assembly):
    lines, packet = [], None
    for line in assembly.splitlines():
        text = line.split("//")[0].strip()
        if text == "{":
            packet = []
        elif packet is None:
            lines.append(line)
        elif not text.startswith("}"):
            packet.append(text)
        else:
            first, last, suffix = replace(packet, text) if any(map(UNKNOWN.match, packet)) else ([], packet, text)
            # Loops are longer now, and a full packet has no room for their extended addresses.
            loops = [part for part in last if part.startswith("loop")]
            first, last = [loops] * bool(loops) + first, [part for part in last if part not in loops]
            for part in first:
                lines += ["\t{", *part, "\t}"]
            lines += ["\t{", *(last or ["nop"]), "\t" + suffix]
            packet = None
    return "\n".join(lines) + "\n"
