"""refuse.py OUTPUT PATTERN COMMAND...: the command fails with exit code 1, says why in one line that
matches PATTERN, prints nothing else and leaves no OUTPUT, nor anything that starts like it."""

import glob
import re
import subprocess
import sys

output, pattern, command = sys.argv[1], sys.argv[2], sys.argv[3:]
done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=60)
problems = []
if done.returncode != 1:
    problems.append("exit code %d" % done.returncode)
if done.stdout:
    problems.append("standard output is not empty")
lines = done.stderr.splitlines()
if len(lines) != 1 or not lines[0].startswith("addnormc: ") or not re.search(pattern, lines[0]):
    problems.append("wanted one line with '%s'" % pattern)
if glob.glob(glob.escape(output) + "*"):
    problems.append("left an output")
if problems:
    sys.exit("%s\n%s\n%s%s" % (" ".join(command), "; ".join(problems), done.stdout, done.stderr))
