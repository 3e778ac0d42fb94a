"""The engine's addressed noise, written a second time from its description, and the golden values made with it.

The description is the Javadoc of io.avatarflow.operators.diffusion.BlockNoise. Needs nothing but Python.

    python -m avatarpack.noise --out ../../operators/src/test/resources/golden/block_noise.json
"""

import argparse
import hashlib
import json
import math
import struct
from pathlib import Path

MASK = 0xFFFFFFFF


def philox_4x32_10(counter, key):
    """Four words for a counter of four words and a key of two; Salmon et al. 2011."""
    c, k = list(counter), list(key)
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(p1 >> 32) ^ c[1] ^ k[0], p1 & MASK, (p0 >> 32) ^ c[3] ^ k[1], p0 & MASK]
        k = [(k[0] + 0x9E3779B9) & MASK, (k[1] + 0xBB67AE85) & MASK]
    return c


def words(digest, seed, stage, tensor, block, step, element):
    """The four words that hold the numbers of an element and its neighbours."""
    key = int.from_bytes(hashlib.sha256(digest.encode() + struct.pack(">q", seed)).digest()[:8], "big")
    stage_id = int.from_bytes(hashlib.sha256(stage.encode()).digest()[:2], "big")
    tensor_id = int.from_bytes(hashlib.sha256(tensor.encode()).digest()[:4], "big")
    counter = element // 4 | step << 24 | block << 32 | stage_id << 80 | tensor_id << 96
    return philox_4x32_10([counter >> 32 * i & MASK for i in range(4)], [key & MASK, key >> 32])


def uniform(element, **address):
    """The uniform number of one element."""
    return ((words(element=element, **address)[element % 4] >> 9) + 0.5) / 2**23


def normal(element, **address):
    """The unit normal number of one element, before rounding to float32."""
    w = words(element=element, **address)
    u0, u1 = ((v + 0.5) / 2**32 for v in w[element % 4 // 2 * 2 :][:2])
    turn = math.sin if element % 2 else math.cos
    return math.sqrt(-2 * math.log(u0)) * turn(2 * math.pi * u1)


def golden():
    """Addresses and their numbers."""
    digest = hashlib.sha256(b"a pack").hexdigest()
    addresses = [
        (0, "denoise", "denoiser/start", 0, 0, 0),
        (-1, "denoise", "denoiser/start", 0, 0, 0),
        (7, "motion", "z", 1, 0, 3),
        (7, "motion", "z", 1, 1, 3),
        (7, "motion", "event_uniform", 2**40 + 12345, 0, 0),
        (2**62 + 5, "denoise", "denoiser/bridge", 2**48 - 1, 255, 10234),
    ]
    cases = []
    for seed, stage, tensor, block, step, first in addresses:
        address = {"digest": digest, "seed": seed, "stage": stage, "tensor": tensor, "block": block, "step": step}
        span = range(first, first + 6)
        cases.append(
            {
                **address,
                "first": first,
                "normal": [normal(e, **address) for e in span],
                "uniform": [uniform(e, **address) for e in span],
            }
        )
    return {"source": "python -m avatarpack.noise (notebooks/reference-pack): double precision", "cases": cases}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="where to write the JSON")
    args = parser.parse_args()
    args.out.write_text(json.dumps(golden(), indent=1) + "\n")


if __name__ == "__main__":
    main()
