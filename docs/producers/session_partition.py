#!/usr/bin/env python3
"""The partition of a session's records, for producers that are not written in Java.

    session_partition.py KEY MAX_PARALLELISM PARTITIONS    prints the partition
    session_partition.py --check partitioner-vectors.json  compares with the published vectors

The rules are those of the vectors' "doc" field; see SessionPartitioner in schemas/.
"""
import json
import struct
import sys

MASK = 0xFFFFFFFF


def java_hash(key):
    """Java's String.hashCode: over UTF-16 code units, 32 bits, signed."""
    units = key.encode("utf-16-le", "surrogatepass")
    value = 0
    for (unit,) in struct.iter_unpack("<H", units):
        value = (31 * value + unit) & MASK
    return value - (1 << 32) if value >= 1 << 31 else value


def rotate_left(value, bits):
    return ((value << bits) | (value >> (32 - bits))) & MASK


def murmur(code):
    """MurmurHash3 x86 32 of one 32-bit word with seed 0, made non-negative as Flink does."""
    value = rotate_left((code * 0xCC9E2D51) & MASK, 15) * 0x1B873593 & MASK
    value = (rotate_left(value, 13) * 5 + 0xE6546B64) & MASK
    value ^= 4
    value = ((value ^ (value >> 16)) * 0x85EBCA6B) & MASK
    value = ((value ^ (value >> 13)) * 0xC2B2AE35) & MASK
    value ^= value >> 16
    signed = value - (1 << 32) if value >= 1 << 31 else value
    return 0 if signed == -(1 << 31) else abs(signed)


def key_group(key, max_parallelism):
    return murmur(java_hash(key)) % max_parallelism


def partition(key, max_parallelism, partitions):
    if partitions < 1 or max_parallelism % partitions:
        raise ValueError(
            f"{partitions} partitions do not divide the max parallelism {max_parallelism}."
        )
    return key_group(key, max_parallelism) * partitions // max_parallelism


def check(file):
    """Counts the placements that agree; says the first that does not."""
    with open(file, encoding="utf-8") as source:
        vectors = json.load(source)["vectors"]
    checked = 0
    for vector in vectors:
        key = vector["key"]
        assert java_hash(key) == vector["javaHash"], f"javaHash of {key!r}"
        assert murmur(vector["javaHash"]) == vector["murmur"], f"murmur of {key!r}"
        for place in vector["placements"]:
            groups, count = place["maxParallelism"], place["partitions"]
            assert key_group(key, groups) == place["keyGroup"], f"key group of {key!r}, {place}"
            assert partition(key, groups, count) == place["partition"], f"{key!r}, {place}"
            checked += 1
    return checked


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "--check":
        print(f"{check(arguments[1])} placements agree")
    elif len(arguments) == 3:
        print(partition(arguments[0], int(arguments[1]), int(arguments[2])))
    else:
        print(__doc__, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
