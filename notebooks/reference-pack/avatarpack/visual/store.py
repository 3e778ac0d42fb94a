"""Reads the rendered data set and draws training samples from it, mirrored and re-coloured at random."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from ..requirements import MissingRequirement

# Channels that change places or sign in a mirror image.
SWAPPED = (16, 17)
NEGATED = (22, 25, 26, 27)
FRESH_SECONDS = 60


@dataclass
class Shard:
    """One directory of the data set, memory-mapped."""

    path: Path
    pictures: np.ndarray | None  # [people, frames, 256, 256, 3] uint8; None where only fields were made
    fields: np.ndarray  # [people, frames, 6, 32, 32] float16
    regions: np.ndarray  # [people, frames, 2, 64, 64] uint8
    references: np.ndarray  # [people, 256, 256, 3] uint8
    motion: np.ndarray  # [people, frames, 32]
    clip_frames: int


def shards(folder):
    """Every complete shard below `folder`, in order."""
    found = []
    for path in sorted(Path(folder).glob("shard-*")):
        if path.suffix:
            continue
        arrays = {n: np.load(path / f"{n}.npy", mmap_mode="r") for n in ("fields", "regions", "references", "motion")}
        shaded = path / "pictures.npy"
        arrays["pictures"] = np.load(shaded, mmap_mode="r") if shaded.exists() else None
        found.append(Shard(path=path, clip_frames=int(np.load(path / "clips.npy")[1]), **arrays))
    if not found:
        raise MissingRequirement(f'no shard of rendered people in "{folder}"; make some with "python -m avatarpack.visual.dataset --mesh MESH --out {folder}"')
    return found


def mirror_motion(motion):
    """Motion [..., 32] as seen in a mirror."""
    out = motion.copy()
    out[..., SWAPPED[0]], out[..., SWAPPED[1]] = motion[..., SWAPPED[1]], motion[..., SWAPPED[0]]
    out[..., list(NEGATED)] *= -1
    return out


def mirror_fields(maps):
    """Fields [..., 6, 32, 32] as seen in a mirror."""
    out = maps[..., ::-1].copy()
    out[..., 0, :, :] *= -1
    return out


def motion_and_fields(shard, mirror):
    """All motion [people, frames, 32] and fields [people, frames, 6, 32, 32] of a shard as tensors."""
    motion, maps = np.array(shard.motion), np.array(shard.fields)
    if mirror:
        motion, maps = mirror_motion(motion), mirror_fields(maps)
    return torch.from_numpy(motion), torch.from_numpy(maps)


def picture_tensor(pictures):
    """uint8 [..., h, w, 3] to float [..., 3, h, w] in 0..1."""
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(pictures, -1, -3))).float() / 255


def recolour(rng, count):
    """Random gain [count, 3, 1, 1] and gamma [count, 1, 1, 1] for the pictures of `count` people."""
    gain = np.exp(rng.randn(count, 1) * 0.10 + rng.randn(count, 3) * 0.05)
    gamma = np.exp(rng.randn(count, 1) * 0.10)
    return torch.from_numpy(gain.astype(np.float32))[..., None, None], torch.from_numpy(gamma.astype(np.float32))[..., None, None]


def telling(motion):
    """Probability of each frame [frames] to be drawn: open mouths and shut eyes, which the reference does not show, more often."""
    weight = 1 + 4.0 * (motion[:, 0] > 0.06) + 2.0 * (motion[:, 7] > 0.2) + 3.0 * (motion[:, 16] > 0.5)
    return weight / weight.sum()


class Sampler:
    """Draws random people and frames from all shards."""

    def __init__(self, folder, seed):
        self.folder, self.rng = folder, np.random.RandomState(seed)
        self.refresh()

    def refresh(self):
        """Looks for shards that were finished since."""
        self.shards, self.looked = shards(self.folder), time.time()
        self.people = [(s, i) for s in self.shards for i in range(len(s.motion))]
        self.pictured = [(s, i) for s, i in self.people if s.pictures is not None]
        if not self.pictured:
            raise MissingRequirement(f'no shard in "{self.folder}" has pictures; make one without --fields-only')

    def keep_fresh(self):
        """Does so when that was last done a minute ago."""
        if time.time() - self.looked > FRESH_SECONDS:
            self.refresh()

    def frames(self, people, each):
        """Single frames for the decoder: reference, picture, fields, regions, motion; frames grouped by person."""
        rng, rows = self.rng, []
        for k in rng.randint(len(self.pictured), size=people):
            shard, i = self.pictured[k]
            j = rng.choice(shard.motion.shape[1], each, replace=False, p=telling(shard.motion[i]))
            reference, pictures = np.array(shard.references[i]), np.stack([shard.pictures[i, q] for q in j])
            maps, regions, motion = np.array(shard.fields[i, j]), np.stack([shard.regions[i, q] for q in j]), np.array(shard.motion[i, j])
            if rng.rand() < 0.5:
                reference, pictures, regions = reference[:, ::-1], pictures[:, :, ::-1], regions[..., ::-1]
                maps, motion = mirror_fields(maps), mirror_motion(motion)
            rows.append((reference, pictures, maps, np.ascontiguousarray(regions), motion))
        reference = picture_tensor(np.stack([r[0] for r in rows]))
        pictures = picture_tensor(np.concatenate([r[1] for r in rows]))
        gain, gamma = recolour(rng, people)
        reference = (reference.clamp(min=1e-4) ** gamma * gain).clamp(0, 1)
        pictures = (pictures.clamp(min=1e-4) ** gamma.repeat_interleave(each, 0) * gain.repeat_interleave(each, 0)).clamp(0, 1)
        maps = torch.from_numpy(np.concatenate([r[2] for r in rows])).float()
        regions = torch.from_numpy(np.concatenate([r[3] for r in rows])).float() / 255
        motion = torch.from_numpy(np.concatenate([r[4] for r in rows]))
        return reference, pictures, maps, regions, motion

    def people_frames(self, people, each):
        """References [people, 3, 256, 256], fields [people, each, ...] and motion of frames drawn anywhere in their clips."""
        rng, references, maps, motions = self.rng, [], [], []
        for k in rng.randint(len(self.people), size=people):
            shard, i = self.people[k]
            j = np.sort(rng.choice(shard.motion.shape[1], min(each, shard.motion.shape[1]), replace=False))
            reference, m, motion = np.array(shard.references[i]), np.array(shard.fields[i, j]), np.array(shard.motion[i, j])
            if rng.rand() < 0.5:
                reference, m, motion = reference[:, ::-1], mirror_fields(m), mirror_motion(motion)
            references.append(reference)
            maps.append(m)
            motions.append(motion)
        gain, gamma = recolour(rng, people)
        references = (picture_tensor(np.stack(references)).clamp(min=1e-4) ** gamma * gain).clamp(0, 1)
        return references, torch.from_numpy(np.stack(maps)).float(), torch.from_numpy(np.stack(motions))

    def clips(self, count, length, with_pictures=0):
        """Consecutive frames for the denoiser: reference, fields [count, length, ...], motion, regions, and the last
        `with_pictures` pictures of each clip."""
        rng = self.rng
        references, maps, motions, regions, pictures = [], [], [], [], []
        gain, gamma = recolour(rng, count)
        drawn = self.pictured if with_pictures else self.people
        for k in rng.randint(len(drawn), size=count):
            shard, i = drawn[k]
            total, span = shard.motion.shape[1], shard.clip_frames
            start = rng.randint(total // span) * span + rng.randint(span - length + 1)
            j = slice(start, start + length)
            reference, m, motion, region = np.array(shard.references[i]), np.array(shard.fields[i, j]), np.array(shard.motion[i, j]), np.array(shard.regions[i, j])
            picture = np.array(shard.pictures[i, start + length - with_pictures : start + length]) if with_pictures else None
            if rng.rand() < 0.5:
                reference, m, motion = reference[:, ::-1], mirror_fields(m), mirror_motion(motion)
                region, picture = np.ascontiguousarray(region[..., ::-1]), picture[:, :, ::-1] if with_pictures else None
            references.append(reference)
            maps.append(m)
            motions.append(motion)
            regions.append(region)
            pictures.append(picture)
        references = (picture_tensor(np.stack(references)).clamp(min=1e-4) ** gamma * gain).clamp(0, 1)
        pictures = (picture_tensor(np.stack(pictures)).clamp(min=1e-4) ** gamma[:, None] * gain[:, None]).clamp(0, 1) if with_pictures else None
        return references, torch.from_numpy(np.stack(maps)).float(), torch.from_numpy(np.stack(motions)), torch.from_numpy(np.stack(regions)).float() / 255, pictures
