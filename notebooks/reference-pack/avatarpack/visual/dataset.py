"""Renders the data set: clips of people with their motion, motion fields and region weights.

    python -m avatarpack.visual.dataset --mesh MESH --out DIR --first 0 --people 40 --clips 2 --frames 24

One directory per shard of people, named by its first seed; a shard appears only when complete, so a stopped run is
resumed by the same command, and several processes may fill one folder with --worker I --workers N. With --fields-only only
the reference picture is shaded, at a quarter of the time: the denoiser learns from more people than the decoder needs.
"""

import argparse
import shutil
import time
from pathlib import Path

import numpy as np

from ..render import atlas, identity, mesh
from ..render.scene import SIZE, Scene
from ..requirements import require_space
from . import fields, motions

SHARD = 20


def reference_motion(rng):
    """A neutral look at the camera; half of the people are caught a little off it, as in a real portrait."""
    m = np.zeros(32, np.float32)
    if rng.rand() < 0.5:
        m[24:27] = rng.randn(3) * (0.012, 0.015, 0.012)
        m[27:29] = rng.randn(2) * 0.08
        m[5] = rng.uniform(0, 0.12)
    return m


def render_person(head, texels, seed, clips, exact_reference=False, shaded=True):
    """Reference picture of one person, then pictures (None unless `shaded`), fields and regions of each clip [frames, 32]."""
    scene = Scene(head, identity.create(head, texels, seed))
    rng = np.random.RandomState(seed + 700_001)
    rest = np.zeros(32, np.float32) if exact_reference else reference_motion(rng)
    rest_world = scene.vertices(rest)
    rest_screen = scene.project(rest_world)
    reference = scene.picture(rest_world, *scene.visible(rest_screen))
    out = []
    for clip in clips:
        for motion in clip:
            world = scene.vertices(motion)
            screen = scene.project(world)
            triangle, bary = scene.visible(screen)
            picture = scene.picture(world, triangle, bary) if shaded else None
            out.append((picture, *fields.extract(scene, triangle, bary, rest_screen)))
    pictures, maps, regions = zip(*out)
    return reference, np.stack(pictures) if shaded else None, np.stack(maps), np.stack(regions)


def clips_of(seed, clips, frames, dense=True):
    """The motion of one person's clips, from the seed alone."""
    rng = np.random.RandomState(seed + 900_007)
    return [motions.sample(rng, frames, dense=dense, lively=None if dense else 1.0) for _ in range(clips)]


def write_shard(folder, head, texels, seeds, clips, frames, dense=True, shaded=True):
    """Renders the people of one shard and moves the result into place."""
    scratch = folder.with_name(folder.name + ".part")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    total = clips * frames
    pictures = np.lib.format.open_memmap(scratch / "pictures.npy", "w+", np.uint8, (len(seeds), total, SIZE, SIZE, 3)) if shaded else None
    maps = np.zeros((len(seeds), total, fields.FIELDS, fields.GRID, fields.GRID), np.float16)
    regions = np.zeros((len(seeds), total, 2, fields.REGION_GRID, fields.REGION_GRID), np.uint8)
    references = np.zeros((len(seeds), SIZE, SIZE, 3), np.uint8)
    motion = np.zeros((len(seeds), total, 32), np.float32)
    for i, seed in enumerate(seeds):
        own = clips_of(seed, clips, frames, dense)
        motion[i] = np.concatenate(own)
        references[i], made, maps[i], regions[i] = render_person(head, texels, seed, own, exact_reference=not dense, shaded=shaded)
        if shaded:
            pictures[i] = made
    if shaded:
        pictures.flush()
    for name, array in (("fields", maps), ("regions", regions), ("references", references), ("motion", motion), ("seeds", np.array(seeds))):
        np.save(scratch / f"{name}.npy", array)
    np.save(scratch / "clips.npy", np.array([clips, frames]))
    scratch.rename(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mesh", required=True, help="reduced ICT-FaceKit archive or its folder")
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--first", type=int, default=0, help="seed of the first person")
    parser.add_argument("--people", type=int, default=400)
    parser.add_argument("--clips", type=int, default=2)
    parser.add_argument("--frames", type=int, default=24, help="frames of a clip")
    parser.add_argument("--shard", type=int, default=SHARD, help="people in a shard")
    parser.add_argument("--plain", action="store_true", help="speech-like motion and exact references, as for evaluation")
    parser.add_argument("--fields-only", action="store_true", help="no pictures but the reference: more people for the denoiser")
    parser.add_argument("--worker", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    head = mesh.load(options.mesh)
    bytes_a_frame = 24_000 if options.fields_only else 24_000 + SIZE * SIZE * 3
    require_space(options.out, options.people * options.clips * options.frames * bytes_a_frame // options.workers // 2**20 + 64)
    texels = atlas.build(head)
    start, done = time.time(), 0
    for k, first in enumerate(range(options.first, options.first + options.people, options.shard)):
        folder = options.out / f"shard-{first:06d}"
        if k % options.workers != options.worker or folder.exists():
            continue
        seeds = range(first, min(first + options.shard, options.first + options.people))
        write_shard(folder, head, texels, list(seeds), options.clips, options.frames, dense=not options.plain, shaded=not options.fields_only)
        done += len(seeds) * options.clips * options.frames
        print(f"{folder.name}: {done} frames, {1000 * (time.time() - start) / done:.0f} ms a frame", flush=True)


if __name__ == "__main__":
    main()
