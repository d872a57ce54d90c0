#!/usr/bin/env bash
# Builds AddNorm and runs all of its tests.
#
#   tools/check.sh [--full] [--preset PRESET]
#
#   --full     also the long tests, and the others once more under the sanitizers
#   --preset   what to build and test: release (the default), dev or asan
#
# Ends with the line "N passed, N failed[, N skipped]"; exits 0 when nothing failed.
set -euo pipefail
cd "$(dirname "$0")/.."

full=0
preset=release
while [ $# -gt 0 ]; do
  case $1 in
  --full) full=1 ;;
  --preset)
    [ $# -gt 1 ] || { echo "check.sh: --preset needs a name" >&2; exit 2; }
    preset=$2
    shift
    ;;
  -h | --help)
    sed -n '2,9s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
  *)
    echo "check.sh: unknown option $1; see --help" >&2
    exit 2
    ;;
  esac
  shift
done

presets=("$preset")
[ $full = 1 ] && [ "$preset" = release ] && presets+=(asan)
results=()
for p in "${presets[@]}"; do
  tools/setup.sh "$p"
  echo "Testing build/$p"
  results+=("build/$p/test/results.json")
  rm -f "build/$p/test/results.json"
  /usr/lib/llvm-22/bin/lit -q -j2 --output "build/$p/test/results.json" --param full=$full \
    "build/$p/test" || true
  full=0
done
/usr/bin/python3 tools/summarize-tests.py "${results[@]}"
