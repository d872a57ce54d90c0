#!/bin/sh
# Stands for a Python with all peers: the norm in this file's own words, except that one peer writes
# zeros and one says that it cannot.
exec python3 "$(dirname "$0")/peer.py" "$2" "$4"
