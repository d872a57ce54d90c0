"""bad_npy.py DIRECTORY: .npy files that an argument of 2x4xf32 must not be read from, good.npy, and
indices of which one is past the end of three elements."""

import os
import struct
import sys

import numpy

os.chdir(sys.argv[1])
good = numpy.arange(8, dtype=numpy.float32).reshape(2, 4)
numpy.save("good.npy", good)
numpy.save("dtype.npy", good.astype(numpy.float64))
numpy.save("big_endian.npy", good.astype(">f4"))
numpy.save("rank.npy", good.reshape(2, 2, 2))
numpy.save("shape.npy", good.reshape(4, 2))
numpy.save("fortran.npy", numpy.asfortranarray(good))
numpy.save("index.npy", numpy.array([2, 3]))
data = open("good.npy", "rb").read()


def write(name, content):
    with open(name, "wb") as file:
        file.write(content)


def with_header(text):
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text + data[-32:]


write("empty.npy", b"")
write("magic.npy", b"\x93NUMPX" + data[6:])
write("version.npy", data[:6] + b"\7" + data[7:])
write("truncated_header.npy", data[:40])
write("truncated_data.npy", data[:-1])
write("trailing.npy", data + b"\0")
write("huge_header.npy", b"\x93NUMPY\2\0\xff\xff\xff\xff" + data[10:])
write("not_a_dict.npy", with_header(b"[1, 2, 3]\n"))
write("no_shape.npy", with_header(b"{'descr': '<f4', 'fortran_order': False, }\n"))
write("negative.npy",
      with_header(b"{'descr': '<f4', 'fortran_order': False, 'shape': (-2, 4), }\n"))
write("overflow.npy", with_header(
    b"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, 4), }\n"))
write("unfinished.npy", with_header(b"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 4"))
