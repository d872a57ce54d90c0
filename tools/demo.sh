#!/usr/bin/env bash
# What AddNorm does, on a real model and in an experiment: the report, the model run unfused and fused,
# and f16 overflow measured.
#
#   tools/demo.sh [MODEL.mlir]      default: a Llama decoder exported by torch-mlir
#
# Installs what is missing and builds first. Exits 0 when every property that is claimed holds.
set -euo pipefail

case ${1:-} in
-h | --help)
  sed -n '2,7s/^# \{0,1\}//p' "$0"
  exit 0
  ;;
esac
[ $# -le 1 ] || { echo "demo.sh: one MODEL at most; see --help" >&2; exit 2; }
given=${1:+$(realpath -- "$1")}
[ -z "$given" ] || [ -r "$given" ] || { echo "demo.sh: cannot read $1" >&2; exit 2; }

cd "$(dirname "$0")/.."
tools/setup.sh
bin=build/release/bin
corpus=test/corpus
model=${given:-$corpus/hf/Llama.f16.linalg.mlir}
output=$(mktemp -d)
trap 'rm -rf "$output"' EXIT

section() { printf '\n== %s\n\n' "$1"; }

# run TITLE NAME OPTION...: a run of the model, whose results go to $output/NAME.
run() {
  printf '%-30s' "$1"
  "$bin/addnormc" run "$model" --output-dir "$output/$2" "${@:3}"
}

run_all() {
  run "unfused f16 graph" unfused --unfused "$@" &&
    run "norm alone fused, f16 sum" norm --keep-adds "$@" &&
    run "fused add + norm, f32 inside" fused "$@" &&
    run "fused, stream widened" widened --widen-residual "$@"
}

# Whether a result of the default model is near the f64 truth, by the corpus's own judgement.
accepted() {
  /usr/bin/python3 "$corpus/golden/compare.py" "$golden" "$output/$1/0.npy" >"$output/$1/verdict" 2>&1
}

section "Report: each norm of $model, whether the add before it was fused into it, and why not"
"$bin/addnormc" report "$model"

if [ -n "$given" ]; then
  section "The model on random inputs in [-1, 1): the results of both versions"
  run_all || echo "This model does not run on random inputs, see above; the experiment goes on."
else
  golden=$corpus/golden/Llama.f16.overflow
  section "The model on inputs whose residual sum passes 65504: what is finite, and the mean"
  inputs=()
  while [ -r "$golden/in_$((${#inputs[@]} / 2)).npy" ]; do
    inputs+=(--input "$golden/in_$((${#inputs[@]} / 2)).npy")
  done
  run_all "${inputs[@]}"
  for name in unfused norm; do
    ! accepted $name || { echo "demo.sh: $name was expected to fail" >&2; exit 1; }
  done
  for name in fused widened; do
    accepted $name || { cat "$output/$name/verdict" >&2; exit 1; }
  done
  echo "Checked against the f64 truth: only the models with a fused add are right."
fi

section "Experiment: add -> RMSNorm in five ways on f16 inputs, against an f64 reference"
"$bin/addnorm-demo"
