"""Compiles and binds rasterizer.c; the shared library is cached by the digest of its source."""

import ctypes
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from ..requirements import MissingRequirement

SOURCE = Path(__file__).with_name("rasterizer.c")


class MissingCompiler(MissingRequirement):
    """No C compiler is installed."""


def _library() -> Path:
    source = SOURCE.read_bytes()
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "avatarpack"
    cache.mkdir(parents=True, exist_ok=True)
    path = cache / f"rasterizer-{hashlib.sha256(source).hexdigest()[:16]}.so"
    if not path.exists():
        compiler = shutil.which("gcc") or shutil.which("cc")
        if compiler is None:
            raise MissingCompiler("the renderer needs a C compiler and found neither gcc nor cc; install one (Debian: apt-get install gcc libc6-dev)")
        with tempfile.NamedTemporaryFile(dir=cache, suffix=".so", delete=False) as scratch:
            built = Path(scratch.name)
        command = [compiler, "-O3", "-march=native", "-ffast-math", "-shared", "-fPIC", str(SOURCE), "-o", str(built), "-lm"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            built.unlink()
            raise MissingCompiler(f"{compiler} could not build {SOURCE.name}: {done.stderr.strip().splitlines()[-1]}")
        built.replace(path)
    return path


class MeshStruct(ctypes.Structure):
    """The `Mesh` of rasterizer.c; keep the order of the fields."""

    _fields_ = [("triangles", ctypes.c_int)] + [(n, ctypes.c_void_p) for n in ("index", "part", "uv", "canonical", "hair", "noise")] + [
        ("hair_seed", ctypes.c_float)
    ]


class LookStruct(ctypes.Structure):
    """The `Look` of rasterizer.c; keep the order of the fields."""

    _fields_ = [
        ("lights", ctypes.c_int),
        ("light", ctypes.c_void_p),
        ("ambient", ctypes.c_void_p),
        ("texture", ctypes.c_void_p),
        ("texture_width", ctypes.c_int),
        ("texture_height", ctypes.c_int),
        ("background", ctypes.c_void_p),
        ("shadow", ctypes.c_void_p),
        ("shadow_size", ctypes.c_int),
        ("shadow_axes", ctypes.c_void_p),
        ("shadow_scale", ctypes.c_float),
        ("camera", ctypes.c_void_p),
        ("eye_centre", ctypes.c_void_p),
        ("iris", ctypes.c_void_p),
        ("hair_colour", ctypes.c_void_p),
        ("cloth_colour", ctypes.c_void_p),
        ("tooth_colour", ctypes.c_void_p),
        ("specular", ctypes.c_float),
    ]


def fill(struct, **values):
    """Sets fields of a struct; arrays become pointers and are kept alive by the struct."""
    struct.kept = []
    for name, value in values.items():
        if isinstance(value, np.ndarray):
            struct.kept.append(value)
            value = value.ctypes.data
        setattr(struct, name, value)
    return struct


_bound = None


def library():
    """The compiled functions; loaded once a process."""
    global _bound
    if _bound is None:
        _bound = ctypes.CDLL(str(_library()))
    return _bound


def pointer(array):
    """Address of a C-contiguous array."""
    if not array.flags["C_CONTIGUOUS"]:
        raise ValueError("native code needs a C-contiguous array")
    return ctypes.c_void_p(array.ctypes.data)
