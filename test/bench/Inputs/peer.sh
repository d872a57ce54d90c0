#!/bin/sh
# Stands for a Python with all peers, of which one is right, one writes zeros, and the others say that
# they cannot.
exec python3 "$(dirname "$0")/peer.py" "$2" "$4"
