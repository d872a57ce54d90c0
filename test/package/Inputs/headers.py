"""headers.py CC INCLUDE MLIR_INCLUDE LIBRARY...: checks the headers of INCLUDE/addnorm-c.

Each compiles alone, without a warning, as C11 and as C++17; each function that one declares is
defined there, in a LIBRARY, or by those who write kernels.
"""

import pathlib
import re
import subprocess
import sys

cc, include, mlir_include, *libraries = sys.argv[1:]
includes = ["-I", include, "-isystem", mlir_include]
of_kernels = {"addnormVendorContext", "addnormVendorFailed", "addnormVendorRmsNorm"}
languages = [["-x", "c", "-std=c11"], ["-x", "c++", "-std=c++17"]]
warnings = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]


def compile_header(header, *flags):
    """Compiles a file that does nothing but include the header."""
    source = '#include "addnorm-c/%s"\n' % header.name
    result = subprocess.run([cc, *includes, *flags, "-"], input=source, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit("%s: %s\n%s" % (header, " ".join(flags), result.stderr))
    return result.stdout


def functions(header):
    """The functions of ours that the header declares, without those that it defines."""
    text = compile_header(header, *languages[0], "-E", "-P")
    names = set(re.findall(r"\b(addnorm[A-Z]\w*|mlirGetDialectHandle__addnorm__)\s*\(", text))
    return names - set(re.findall(r"static inline [^;{(]*?\b(\w+)\s*\(", text))


symbols = subprocess.run(["llvm-nm", "--defined-only", "--extern-only", "--format=just-symbols", *libraries],
                         check=True, capture_output=True, text=True).stdout
defined = set(symbols.split())
headers = sorted(pathlib.Path(include, "addnorm-c").glob("*.h"))
missing = []
declared = set()
for header in headers:
    for language in languages:
        compile_header(header, *language, *warnings, "-fsyntax-only")
    names = functions(header)
    declared |= names
    missing += ["%s: %s is nowhere defined" % (header, name) for name in sorted(names - defined - of_kernels)]
if missing or not declared:
    sys.exit("\n".join(missing) or "no function declared in %s" % headers)
print("%d headers, %d functions" % (len(headers), len(declared)))
