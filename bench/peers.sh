#!/usr/bin/env bash
# Installs the peers of addnorm-bench into build/peers, where it looks for them. The torch of the
# package index brings CUDA's libraries along: 7 GB in all. `bench/peers.sh --no-torch`: 1.5 GB.
set -eu
cd "$(dirname "$0")/.."

requirements=bench/requirements.txt
if [ "${1:-}" = --no-torch ]; then
  requirements=build/peers-requirements.txt
  mkdir -p build
  grep -v '^torch' bench/requirements.txt > "$requirements"
fi
python3 -m venv build/peers
build/peers/bin/pip install --quiet --requirement "$requirements"
