# SPDX-License-Identifier: MIT
"""image.py FOLDER CHIP_ID,GENERATION,VARIANT,CLUSTERS: a corpus folder's memory as the
image that the kernel module captures, to stdout; the submission is there twice."""

import lzma
import os
import re
import struct
import sys

folder, chip = sys.argv[1:]
memory = lzma.open(os.path.join(folder, "mem.bin.xz")).read()
commands = open(os.path.join(folder, "s0-cmdbuf.bin"), "rb").read()
maps = open(os.path.join(folder, "maps.txt")).read()
out = sys.stdout.buffer


def record(kind, data=b""):
    out.write(struct.pack("<IIQ", kind, 0, len(data)) + data)


out.write(b"AGXMEM2\0")
chip_id, generation, variant, clusters = (int(n, 0) for n in chip.split(","))
# Longer than we know, as it may be one day.
record(1, struct.pack("<IIIIQQQQIIQQ", chip_id, generation, variant, clusters, 0x1100000000,
                      0, 0, 1, 1, 1, 0, 99))
start, end = struct.unpack_from("<QQ", commands, 16)
record(99, b"of a type that nobody knows.....")
record(2, struct.pack("<IIQQ", 0, 0, 0, 0))
for _ in range(2):
    record(2, struct.pack("<IIQQ", 1, 0, start, end))

owner = {}
for line in re.finditer(r"va (\w+)\.\.\w+ bo (\w+)\+(\w+)", maps):
    owner[int(line[1], 16)] = int(line[2]), int(line[3], 16)
at = 8
contents = []
while True:
    address, = struct.unpack_from("<Q", memory, at)
    if address == 2**64 - 1:
        break
    size, flags = struct.unpack_from("<QQ", memory, at + 8)
    at += 24
    if size:
        contents.append(struct.pack("<Q", address) + memory[at:at + size])
        at += size
    else:
        size, = struct.unpack_from("<Q", memory, at)
        at += 8
        obj, offset = owner.get(address, (0, 0))
        record(3, struct.pack("<QQIIQ", address, size, flags & 6, obj, offset))
for data in contents:
    record(4, data)
record(0)
