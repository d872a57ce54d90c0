import os
import platform
import shutil

import lit.formats

config.name = "AddNorm"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["corpus", "Inputs"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.binary_dir, "test")

bin_dir = os.path.join(config.binary_dir, "bin")
plugin = os.path.join(config.binary_dir, "lib", "AddNormPlugin.so")

config.environment["PATH"] = os.pathsep.join(
    [bin_dir, config.llvm_tools_dir, os.environ.get("PATH", "")])
config.environment["FILECHECK_OPTS"] = "-enable-var-scope --allow-unused-prefixes=false"

if lit_config.params.get("full", "0") == "1":
    config.available_features.add("full")

if config.build_type == "Release":
    config.available_features.add("release")

config.available_features.add(platform.machine())
try:
    with open("/proc/cpuinfo", encoding="utf-8") as cpuinfo:
        flags = set(cpuinfo.read().split())
        if "avx2" in flags:
            config.available_features.add("avx2")
        if {"avx512bw", "avx512dq", "avx512vl"} <= flags:
            config.available_features.add("avx512")
except OSError:
    pass

for program in ("clang", "qemu-x86_64"):
    if shutil.which(program):
        config.available_features.add(program)

# Processors whose programs can be built and run here.
for architecture in ("aarch64", "riscv64"):
    if shutil.which(architecture + "-linux-gnu-gcc") and shutil.which("qemu-" + architecture):
        config.available_features.add("run-" + architecture)

if all(shutil.which(program, path=config.environment["PATH"]) for program in ("qemu-hexagon", "ld.lld")):
    config.available_features.add("run-hexagon")

preload = "env"
if config.sanitize:
    # The stock mlir-opt is not instrumented: the sanitizer's runtime has to come first.
    config.available_features.add("sanitize")
    runtime = os.popen(config.cc + " -print-file-name=libasan.so").read().strip()
    config.environment["ASAN_OPTIONS"] = "detect_leaks=0"
    preload = "env LD_PRELOAD=" + runtime
mlir_opt = "%s mlir-opt --load-dialect-plugin=%s --load-pass-plugin=%s" % (preload, plugin, plugin)

config.substitutions += [
    # The distribution's mlir-opt with the plugin. Passes of the plugin go into --pass-pipeline.
    ("%mlir_opt_plugin", mlir_opt),
    ("%plugin", plugin),
    # Runs a program of others that loads code of this build.
    ("%preload", preload),
    ("%llvm_lib", config.llvm_library_dir),
    ("%mlir_include", config.mlir_include_dir),
    ("%corpus", os.path.join(config.test_source_root, "corpus")),
    ("%src", config.source_dir),
    ("%build", config.binary_dir),
    ("%cc", config.cc),
    ("%libomp_dir", os.path.dirname(config.openmp)),
    ("%libomp", config.openmp),
    ("%python", "/usr/bin/python3"),
]
