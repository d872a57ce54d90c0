"""lit test formats over test/corpus: one test per file and question, with no file of its own."""

import json
import os
import subprocess
import tempfile

import lit.formats
import lit.Test

PYTHON = "/usr/bin/python3"  # the distribution's, which has numpy


def run(command):
    """Runs a command; returns its exit code and what it printed."""
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    return done.returncode, "$ %s\n%s%s" % (" ".join(command), done.stdout, done.stderr)


class CorpusFormat(lit.formats.FileBasedTest):
    """A test's name is a list of words; check() gives them meaning."""

    def __init__(self, corpus, addnormc, names):
        self.corpus, self.addnormc, self.names = corpus, addnormc, names

    def getTestsInDirectory(self, suite, path, lit_config, local_config):
        for words in self.names:
            yield lit.Test.Test(suite, path + tuple(words), local_config)

    def execute(self, test, lit_config):
        code, text = self.check(*test.path_in_suite[-self.num_words:])
        return (lit.Test.FAIL if code else lit.Test.PASS), text


class GoldenFormat(CorpusFormat):
    """The outputs on a case's inputs are as close to the truth as compare.py demands, with the stream
    as it is and widened."""

    num_words = 3

    def __init__(self, corpus, addnormc):
        self.metas = {}
        folder = os.path.join(corpus, "golden")
        for case in sorted(os.listdir(folder)):
            path = os.path.join(folder, case, "meta.json")
            if os.path.exists(path):
                with open(path) as file:
                    self.metas[case] = json.load(file)
        names = [(mode, case, file.replace("/", ":")) for mode in ("fused", "widened")
                 for case in self.metas for file in self.metas[case]["files"]]
        super().__init__(corpus, addnormc, names)

    def check(self, mode, case, name):
        file, meta = name.replace(":", "/"), self.metas[case]
        folder = os.path.join(self.corpus, "golden", case)
        command = [self.addnormc, "run", os.path.join(self.corpus, file),
                   "--entry", meta["entries"][file]]
        if mode == "widened":
            command.append("--widen-residual")
        for given in meta["inputs"]:
            command += ["--input", os.path.join(folder, given["npy"])]
        with tempfile.TemporaryDirectory() as out:
            code, text = run(command + ["--output-dir", out])
            if code:
                return code, text
            outputs = [os.path.join(out, "%d.npy" % i) for i in range(len(meta["outputs"]))]
            compare = os.path.join(self.corpus, "golden", "compare.py")
            code, verdict = run([PYTHON, compare, folder] + outputs + ["--file", file])
        return code, text + verdict


class RunFormat(CorpusFormat):
    """A file of the corpus runs on random inputs, fused or as it is."""

    num_words = 2

    def check(self, mode, name):
        flags = ["--unfused"] if mode == "unfused" else []
        return run([self.addnormc, "run", os.path.join(self.corpus, name.replace(":", "/"))] + flags)
