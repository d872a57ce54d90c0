#!/usr/bin/env bash
# Compiles the kernels of the same-bits sweep for a processor and runs them, in an emulator where
# needed.
#
#   same-bits.sh DIRECTORY all|some TARGET CPU CC "EMULATOR [OPTION...]" ARGUMENT...
#
# Needs addnormc in the PATH; the arguments are those of same_bits.c. DIRECTORY keeps what is built. To
# write the golden file anew:
#   PATH=build/release/bin:$PATH test/isa/Inputs/same-bits.sh \
#     build/same-bits all loops x86-64-v3 cc '' --write > test/isa/Inputs/golden.txt
set -euo pipefail
directory=$1 kernels=$2 target=$3 cpu=$4 cc=$5 emulator=$6
shift 6
here=$(cd "$(dirname "$0")" && pwd)
src=$here/../../..

mkdir -p "$directory"
/usr/bin/python3 "$here/kernels.py" "$directory" "$kernels"
addnormc compile "$directory/kernels.mlir" --target "$target" --target-cpu "$cpu" --prefix isa_ \
  -o "$directory/kernels.o" --header "$directory/kernels.h"
$cc -std=c11 -O2 -ffp-contract=off -Wall -Wextra -static -I "$src" -I "$src/include" \
  -I "$directory" "$here/same_bits.c" "$src"/test/numeric/{reference,values}.c \
  "$src"/lib/reference/*.c "$directory/kernels.o" -lm -o "$directory/same_bits"
$emulator "$directory/same_bits" "$@"
