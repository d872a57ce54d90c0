"""run-blocks.py SOURCE BUILD SCRATCH: runs the commands that README.md and docs/*.md show.

A ```sh block with the line <!-- test --> directly above it is run by `bash -eu`. Its working directory
looks like the repository's root: everything there is a link to SOURCE, but build/release is BUILD,
whatever its preset, and its programs are in PATH. So relative paths work as written, and new files stay
in SCRATCH; $OUT is an empty directory for them. The blocks of one document share the directory and run
in order. The first failure ends the run.
"""

import os
import pathlib
import subprocess
import sys

MARK, FENCE, END = "<!-- test -->", "```sh", "```"


def marked_blocks(document):
    """(line number, commands) for each marked block, the number that of its first command."""
    lines = document.read_text().splitlines()
    for i, line in enumerate(lines):
        if line.strip() != MARK:
            continue
        if i + 1 == len(lines) or lines[i + 1].strip() != FENCE or END not in lines[i + 2:]:
            sys.exit("%s:%d: no %s block follows the mark" % (document, i + 1, FENCE))
        end = lines.index(END, i + 2)
        yield i + 3, "\n".join(lines[i + 2:end]) + "\n"


def make_root(root, source, build):
    (root / "build").mkdir(parents=True)
    (root / "out").mkdir()
    (root / "build" / "release").symlink_to(build)
    for entry in source.iterdir():
        if entry.name not in ("build", ".git"):
            (root / entry.name).symlink_to(entry)


def run(document, line, commands, root, build):
    env = dict(os.environ, PATH="%s/bin:%s" % (build, os.environ["PATH"]), OUT=str(root / "out"))
    result = subprocess.run(["bash", "-eu"], cwd=root, env=env, input=commands, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode != 0:
        sys.exit("%s:%d: exit code %d\n%s\nThe output was:\n%s"
                 % (document, line, result.returncode, commands, result.stdout))


source, build, scratch = map(pathlib.Path, sys.argv[1:])
count = 0
for document in [source / "README.md", *sorted((source / "docs").glob("*.md"))]:
    blocks = list(marked_blocks(document)) if document.exists() else []
    root = scratch / document.stem
    if blocks:
        make_root(root, source, build)
    for line, commands in blocks:
        run(document, line, commands, root, build)
        count += 1
if count == 0:
    sys.exit("no marked block in README.md or docs/")
print("%d blocks" % count)
