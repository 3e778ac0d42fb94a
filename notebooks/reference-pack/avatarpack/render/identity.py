"""One rendered person: traits drawn from a seed, the texture, hair, clothes and light that follow from them."""

from dataclasses import dataclass

import numpy as np

from . import hair, skin
from .atlas import Atlas
from .mesh import HeadMesh
from .native import library, pointer
from .skin import linear

SKIN_TONES = np.array(
    [[0.86, 0.64, 0.53], [0.80, 0.57, 0.45], [0.72, 0.49, 0.37], [0.60, 0.39, 0.28], [0.45, 0.28, 0.19], [0.34, 0.20, 0.14], [0.92, 0.72, 0.62], [0.78, 0.58, 0.42]]
)
HAIR_COLOURS = np.array(
    [[0.06, 0.045, 0.04], [0.12, 0.075, 0.05], [0.22, 0.13, 0.07], [0.38, 0.23, 0.11], [0.62, 0.45, 0.22], [0.42, 0.14, 0.06], [0.45, 0.44, 0.43], [0.75, 0.72, 0.68]]
)
IRIS_COLOURS = np.array([[0.22, 0.11, 0.05], [0.33, 0.19, 0.08], [0.20, 0.30, 0.16], [0.25, 0.40, 0.52], [0.35, 0.45, 0.50], [0.10, 0.06, 0.04]])
CLOTHES = np.array(
    [[0.10, 0.14, 0.30], [0.32, 0.06, 0.08], [0.08, 0.08, 0.09], [0.65, 0.65, 0.66], [0.09, 0.28, 0.22], [0.30, 0.24, 0.42], [0.55, 0.45, 0.20], [0.18, 0.35, 0.48]]
)
BACKGROUNDS = np.array(
    [[0.45, 0.52, 0.60], [0.55, 0.50, 0.45], [0.30, 0.34, 0.38], [0.62, 0.63, 0.60], [0.38, 0.46, 0.40], [0.50, 0.42, 0.46], [0.22, 0.26, 0.34]]
)
GREYS = (6, 7)


@dataclass
class Traits:
    """What is chosen about a person before anything is built."""

    seed: int
    shape: np.ndarray
    feminine: bool
    age: float
    skin: np.ndarray
    hair: np.ndarray
    brow: np.ndarray
    iris: np.ndarray
    style: str
    beard: float
    hairline: float
    recede: float
    fringe: float
    hair_seed: int
    volume: float
    parting: float
    swept: bool
    neckline: float


def draw_traits(seed, modes, **chosen) -> Traits:
    """Traits of person `seed`; `chosen` fixes some of them (tone and hair by index, style, age, feminine, beard)."""
    rng = np.random.RandomState(seed)
    shape = np.clip(rng.randn(modes) * 0.8 * np.linspace(1, 0.75, modes), -2, 2).astype(np.float32)
    feminine = chosen.get("feminine", bool(rng.rand() < 0.5))
    age = chosen.get("age", float(np.clip(rng.beta(1.2, 2.0) * 1.2 - 0.15, 0, 1)))
    tone = chosen.get("tone", rng.randint(len(SKIN_TONES)))
    colour = np.clip(SKIN_TONES[tone] * (1 + rng.randn() * 0.05) + rng.randn(3) * 0.012, 0.05, 0.97)
    fair = colour.mean() > 0.5
    weights = np.array([0.22, 0.22, 0.2, 0.15, 0.12, 0.09, 0, 0] if fair else [0.7, 0.2, 0.1, 0, 0, 0, 0, 0])
    grey = np.clip((age - 0.45) * 1.6, 0, 0.9)
    weights = weights * (1 - grey)
    weights[list(GREYS)] += grey / 2
    which = chosen.get("hair", rng.choice(8, p=weights / weights.sum()))
    shade = np.clip(HAIR_COLOURS[which] * (1 + rng.randn() * 0.12), 0.02, 0.9)
    iris = IRIS_COLOURS[rng.randint(6) if colour.mean() > 0.55 else rng.choice([0, 1, 5])] * (1 + rng.randn() * 0.1)
    if feminine:
        style = rng.choice(["short", "medium", "long", "bob", "bun"], p=[0.1, 0.15, 0.4, 0.2, 0.15])
    else:
        style = rng.choice(["short", "medium", "long", "buzz", "bald"], p=[0.48, 0.22, 0.06, 0.14, 0.10])
    beard = 0.0 if feminine or rng.rand() < 0.45 else float(rng.choice([0.25, 0.45, 0.9]))
    return Traits(
        seed=seed,
        shape=shape,
        feminine=feminine,
        age=age,
        skin=colour,
        hair=shade,
        brow=np.clip(shade * 0.75 + 0.01, 0, 0.45),
        iris=iris,
        style=str(chosen.get("style", style)),
        beard=chosen.get("beard", beard),
        hairline=rng.uniform(9.9, 10.9),
        recede=-(rng.uniform(0, 0.4) + (0 if feminine else 1.2 * age * rng.rand())),
        fringe=rng.uniform(0.8, 2.2) if rng.rand() < (0.3 if feminine else 0.12) else 0.0,
        hair_seed=rng.randint(1000),
        volume=rng.uniform(0.7, 1.25),
        parting=rng.uniform(-3, 3),
        swept=bool(rng.rand() < 0.65),
        neckline=rng.uniform(0, 2.5) + (1.0 if feminine else 0),
    )


@dataclass
class Identity:
    """Everything about a person that does not move."""

    traits: Traits
    neutral: np.ndarray
    texture: np.ndarray
    shells: tuple
    curtain: tuple
    torso: tuple
    lights: np.ndarray
    ambient: np.ndarray
    background: np.ndarray
    backdrop: np.ndarray
    cloth: np.ndarray
    tooth: np.ndarray
    specular: float


def _direction(azimuth, elevation):
    return np.array([np.sin(azimuth) * np.cos(elevation), np.sin(elevation), np.cos(azimuth) * np.cos(elevation)])


def create(mesh: HeadMesh, atlas: Atlas, seed, **chosen) -> Identity:
    """Builds person `seed`; the same seed is the same person."""
    traits = draw_traits(seed, len(mesh.identities), **chosen)
    rng = np.random.RandomState(seed + 500_009)
    neutral = mesh.base.reshape(-1).copy()
    library().add_shapes(neutral.size, len(traits.shape), pointer(traits.shape), pointer(mesh.identities), pointer(neutral))
    neutral = neutral.reshape(-1, 3)
    texture = skin.paint(atlas, traits, hair.density(atlas.position, traits), rng)
    azimuth, elevation, warm, key = rng.uniform(-0.8, 0.8), rng.uniform(0.25, 0.75), rng.uniform(-0.06, 0.08), rng.uniform(0.95, 1.25)
    away = np.sign(-azimuth)
    lights = [
        np.r_[_direction(azimuth, elevation), key * np.array([1 + warm, 1, 1 - warm]) * 0.95],
        np.r_[_direction(-azimuth * 1.2 + 0.5 * away, 0.1), np.array([1 - warm, 1, 1 + warm]) * rng.uniform(0.15, 0.35)],
        np.r_[_direction(2.6 * away, 0.5), np.ones(3) * rng.uniform(0.2, 0.5)],
    ]
    backdrop = np.r_[rng.uniform(-0.25, 0.25, 2), rng.uniform(0, 0.5) if rng.rand() < 0.4 else 0.0, rng.rand() * 30]
    return Identity(
        traits=traits,
        neutral=neutral,
        texture=texture,
        shells=hair.shells(mesh, neutral, traits),
        curtain=hair.curtain(traits),
        torso=hair.torso(traits),
        lights=np.ascontiguousarray(lights, np.float32),
        ambient=(np.array([0.40, 0.42, 0.45, 0.24, 0.21, 0.19]) * rng.uniform(0.75, 1.05)).astype(np.float32),
        background=linear(np.clip(BACKGROUNDS[rng.randint(len(BACKGROUNDS))] * (1 + rng.randn() * 0.08), 0, 1)),
        backdrop=backdrop,
        cloth=linear(np.clip(CLOTHES[rng.randint(len(CLOTHES))] * (1 + rng.randn() * 0.1), 0.02, 0.9)).astype(np.float32),
        tooth=linear(np.array([0.88, 0.85, 0.78]) * (1 - 0.08 * traits.age)).astype(np.float32),
        specular=float(rng.uniform(0.2, 0.42)),
    )
