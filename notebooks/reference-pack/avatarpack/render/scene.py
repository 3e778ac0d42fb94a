"""Poses one person by a motion vector and makes the picture and the exact geometry behind it."""

import ctypes

import numpy as np

from .expression import GAZE, POSE, SHIFT, rotation, shape_weights, shut_weights
from .identity import Identity
from .mesh import CURTAIN, EYE_CENTRES, EYE_VERTICES, SHELL, SKIN, TORSO, HeadMesh
from .native import LookStruct, MeshStruct, fill, library, pointer
from .noise import TABLE, value_noise
from .skin import linear

SIZE = 256
CAMERA = np.array([0, -0.9, 78.0], np.float32)
FIELD_OF_VIEW = 22.5
PIVOT = np.array([0, -6, -2], np.float32)
SHADOW_SIZE = 192
FAR = 1e9


class Scene:
    """One person, ready to be rendered; not safe for several threads."""

    def __init__(self, mesh: HeadMesh, identity: Identity, size=SIZE, samples=2):
        self.mesh, self.identity, self.size, self.samples = mesh, identity, size, samples
        self.native = library()
        self.shut = shut_weights(mesh, identity.neutral)
        tile = identity.texture.shape[0]
        pieces = [(identity.neutral, mesh.triangles, mesh.part, mesh.base, np.zeros((len(mesh.base), 2)))]
        if identity.shells is not None:
            v, t, canonical, hair = identity.shells
            pieces.append((v, t, np.full(len(t), SHELL), canonical, hair))
        if identity.curtain is not None:
            v, t = identity.curtain
            pieces.append((v, t, np.full(len(t), CURTAIN), v, np.zeros((len(v), 2))))
        v, t = identity.torso
        pieces.append((v, t, np.full(len(t), TORSO), v, np.zeros((len(v), 2))))
        first = np.cumsum([0] + [len(p[0]) for p in pieces])
        self.index = np.ascontiguousarray(np.concatenate([p[1] + o for p, o in zip(pieces, first)]), np.int32)
        self.part = np.ascontiguousarray(np.concatenate([p[2] for p in pieces]), np.uint8)
        self.canonical = np.ascontiguousarray(np.concatenate([p[3] for p in pieces]), np.float32)
        self.still = np.ascontiguousarray(np.concatenate([p[0] for p in pieces]), np.float32)
        self.torso_start = first[len(pieces) - 1]
        uv = np.zeros((len(self.index), 3, 2), np.float32)
        uv[: len(mesh.triangles)] = np.stack([mesh.uv[..., 0] * tile, (1 - mesh.uv[..., 1]) * tile], -1)
        self.struct = fill(
            MeshStruct(),
            triangles=len(self.index),
            index=self.index,
            part=self.part,
            uv=uv,
            canonical=self.canonical,
            hair=np.ascontiguousarray(np.concatenate([p[4] for p in pieces]), np.float32),
            noise=TABLE,
            hair_seed=float(identity.traits.hair_seed % 29),
        )
        self.casts = (self.part == SKIN).astype(np.uint8)
        shell = np.flatnonzero(self.part == SHELL)
        if len(shell):
            self.casts[shell[len(shell) // 8 * 4 : len(shell) // 8 * 5]] = 1
        self.background = self._background()

    def _background(self):
        width = self.size * self.samples
        y, x = (np.mgrid[0:width, 0:width] + 0.5) / width - 0.5
        gx, gy, pattern, seed = self.identity.backdrop
        tone = 1 + gx * x * 1.2 - gy * y * 1.2 - (x**2 + y**2) * 0.7
        if pattern:
            tone = tone * (1 + pattern * (value_noise(np.stack([x, y, 0 * x], -1) * 5, 1.0, seed) - 0.5))
        return np.ascontiguousarray((self.identity.background * tone[..., None]).reshape(-1, 3), np.float32)

    def vertices(self, motion):
        """World positions [vertices, 3] of the posed person."""
        mesh, still = self.mesh, self.still.copy()
        head = np.ascontiguousarray(self.identity.neutral).reshape(-1).copy()
        weights = shape_weights(mesh, motion, self.shut)
        self.native.add_shapes(head.size, len(weights), pointer(weights), pointer(mesh.expressions), pointer(head))
        head = head.reshape(-1, 3)
        gaze = motion[GAZE]
        turn = rotation(-gaze[1], gaze[0], 0)
        for a, b in EYE_VERTICES:
            eye = self.identity.neutral[a:b]
            centre = (eye.max(0) + eye.min(0)) / 2
            head[a:b] = (head[a:b] - centre) @ turn.T + centre
        still[: len(head)] = head
        moved = still[: self.torso_start]
        t = np.clip((moved[:, 1:2] + 17) / 8.5, 0, 1)
        follow = t * t * (3 - 2 * t)
        turned = (moved - PIVOT) @ rotation(*motion[POSE]).T + PIVOT + np.r_[motion[SHIFT], 0].astype(np.float32)
        still[: self.torso_start] = moved * (1 - follow) + turned * follow
        return np.ascontiguousarray(still, np.float32)

    def project(self, world):
        """Screen x, y in pixels of the supersampled picture, and depth, [vertices, 3]."""
        width = self.size * self.samples
        relative = world - CAMERA
        focal = 0.5 * width / np.tan(np.radians(FIELD_OF_VIEW) / 2)
        depth = -relative[:, 2]
        return np.ascontiguousarray(np.stack([width / 2 + focal * relative[:, 0] / depth, width / 2 - focal * relative[:, 1] / depth, depth], 1), np.float32)

    def visible(self, screen):
        """Triangle (or -1) and barycentric weights of every supersampled pixel."""
        pixels = (self.size * self.samples) ** 2
        depth = np.full(pixels, FAR, np.float32)
        triangle = np.full(pixels, -1, np.int32)
        bary = np.zeros(pixels * 2, np.float32)
        width = self.size * self.samples
        self.native.rasterize(ctypes.byref(self.struct), pointer(screen), width, width, pointer(depth), pointer(triangle), pointer(bary))
        return triangle, bary

    def gather(self, triangle, bary, attribute):
        """Interpolates a per-vertex attribute [vertices, channels] at every supersampled pixel; 0 where nothing is."""
        attribute = np.ascontiguousarray(attribute, np.float32)
        out = np.zeros((len(triangle), attribute.shape[1]), np.float32)
        self.native.gather(ctypes.byref(self.struct), len(triangle), attribute.shape[1], pointer(triangle), pointer(bary), pointer(attribute), pointer(out))
        return out

    def picture(self, world, triangle, bary):
        """The developed picture, uint8 [size, size, 3]."""
        identity = self.identity
        normal = np.zeros_like(world)
        self.native.vertex_normals(len(world), len(self.index), pointer(self.index), pointer(world), pointer(normal))
        axes, scale, shadow = self._shadow(world)
        look = fill(
            LookStruct(),
            lights=len(identity.lights),
            light=identity.lights,
            ambient=identity.ambient,
            texture=identity.texture,
            texture_width=identity.texture.shape[1],
            texture_height=identity.texture.shape[0],
            background=self.background,
            shadow=shadow,
            shadow_size=SHADOW_SIZE,
            shadow_axes=axes,
            shadow_scale=scale,
            camera=CAMERA,
            eye_centre=EYE_CENTRES,
            iris=linear(identity.traits.iris).astype(np.float32),
            hair_colour=linear(identity.traits.hair).astype(np.float32),
            cloth_colour=identity.cloth,
            tooth_colour=identity.tooth,
            specular=identity.specular,
        )
        colour = np.zeros((len(triangle), 3), np.float32)
        view = np.ascontiguousarray(world - CAMERA)
        self.native.shade(
            ctypes.byref(self.struct), ctypes.byref(look), len(triangle), pointer(triangle), pointer(bary), pointer(view), pointer(normal), pointer(colour)
        )
        out = np.zeros((self.size, self.size, 3), np.uint8)
        self.native.develop(pointer(colour), self.size, self.samples, pointer(out))
        return out

    def _shadow(self, world):
        towards = self.identity.lights[0, :3] / np.linalg.norm(self.identity.lights[0, :3])
        across = np.cross([0, 1, 0], towards)
        across /= np.linalg.norm(across)
        axes = np.ascontiguousarray(np.stack([across, np.cross(towards, across), towards]), np.float32)
        scale = SHADOW_SIZE / 50.0
        q = world @ axes.T
        projected = np.ascontiguousarray(np.stack([SHADOW_SIZE / 2 + q[:, 0] * scale, SHADOW_SIZE / 2 - q[:, 1] * scale, 100 - q[:, 2]], 1), np.float32)
        depth = np.full(SHADOW_SIZE * SHADOW_SIZE, FAR, np.float32)
        self.native.depth_map(len(self.index), pointer(self.index), pointer(self.casts), pointer(projected), SHADOW_SIZE, pointer(depth))
        return axes, scale, depth

    def render(self, motion):
        """The picture for one motion vector."""
        world = self.vertices(np.asarray(motion, np.float32))
        return self.picture(world, *self.visible(self.project(world)))
