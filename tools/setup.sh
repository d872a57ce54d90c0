#!/usr/bin/env bash
# Makes this checkout ready: installs what is missing, configures, builds what changed.
#
#   tools/setup.sh [PRESET]      default: release
#
# Needs Debian 12 and nothing else. Installing takes root or sudo; when nothing is missing, neither is
# needed, nor a network. demo.sh and check.sh begin with this.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:-release}

llvm=/usr/lib/llvm-22
missing=()
# need PACKAGE TEST...: the package is missing when the test fails.
need() {
  local package=$1
  shift
  "$@" >/dev/null 2>&1 || missing+=("$package")
}
need gcc command -v cc
need g++ command -v c++
need cmake command -v cmake
need ninja-build command -v ninja
need llvm-22-dev test -f $llvm/lib/cmake/llvm/LLVMConfig.cmake
need llvm-22-tools test -x $llvm/bin/FileCheck -a -e $llvm/bin/lit
need lld-22 test -x $llvm/bin/ld.lld
need libmlir-22-dev test -f $llvm/lib/cmake/mlir/MLIRConfig.cmake
need mlir-22-tools test -x $llvm/bin/mlir-opt
need libomp-22-dev test -e $llvm/lib/libomp.so -o -e /usr/lib/x86_64-linux-gnu/libomp5.so
need libcjson-dev test -f /usr/include/cjson/cJSON.h
need qemu-user command -v qemu-aarch64
need gcc-aarch64-linux-gnu command -v aarch64-linux-gnu-gcc
need libc6-dev-arm64-cross test -f /usr/aarch64-linux-gnu/lib/libc.a
need gcc-riscv64-linux-gnu command -v riscv64-linux-gnu-gcc
need libc6-dev-riscv64-cross test -f /usr/riscv64-linux-gnu/lib/libc.a
need python3 test -x /usr/bin/python3
need python3-numpy /usr/bin/python3 -c 'import numpy'

if [ ${#missing[@]} -gt 0 ]; then
  echo "Installing from Debian: ${missing[*]}"
  sudo=
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || {
      echo "setup.sh: installing packages needs root; run this as root, or install sudo" >&2
      exit 1
    }
    sudo="sudo -n --preserve-env=DEBIAN_FRONTEND"
  fi
  log=$(mktemp)
  export DEBIAN_FRONTEND=noninteractive
  if ! { $sudo apt-get update -q && $sudo apt-get install -y -q \
    --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -20 "$log" >&2
    echo "setup.sh: apt could not install ${missing[*]}; the whole log is in $log" >&2
    exit 1
  fi
  rm -f "$log"
fi

build=build/$preset
mkdir -p "$build"
[ -f "$build/build.ninja" ] || {
  echo "Configuring $build"
  cmake --preset "$preset" >"$build/configure.log" 2>&1 || {
    tail -30 "$build/configure.log" >&2
    exit 1
  }
}
echo "Building $build"
cmake --build --preset "$preset" -- --quiet | grep -v '^ninja: no work to do' || [ "${PIPESTATUS[0]}" -eq 0 ]
