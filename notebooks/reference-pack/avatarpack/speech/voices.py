"""The synthetic voices: 4 of flite and 64 of espeak-ng, ten of them kept out of all training."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Voice:
    """One speaker: engine, engine voice, mean pitch (Hz for flite, 0..99 for espeak-ng), tempo and formant factor.

    `formants` above 1 shifts formants and pitch up together, as a shorter vocal tract does.
    """

    name: str
    engine: str
    model: str
    pitch: int
    tempo: float
    formants: float = 1.0
    held_out: bool = False


_ACCENTS = ("en-us", "en", "en-gb-x-rp", "en-gb-scotland", "en-029", "en-us-nyc", "en-gb-x-gbclan", "en-gb-x-gbcwmd")
_VARIANTS = (
    "f1 f2 f3 f4 m1 m2 m3 m4 m5 m6 m8 Alex Alicia Andrea Andy Annie Denis Diogo Gene Henrique Hugo Jacky Lee Marco Mario "
    "Michael Mike Nguyen adam anika antonio aunty belinda benjamin boris david ed edward grandma grandpa iven john "
    "kaukovalta klatt klatt2 klatt3 klatt4 linda max michel miguel pablo paul pedro"
).split()
_HELD_OUT_VARIANTS = "f5 m7 Gene2 steph victor zac klatt6 norbert shelby".split()


def _espeak(index, variant, held_out):
    accent = _ACCENTS[index % len(_ACCENTS)]
    pitch = (30, 50, 70, 42, 60)[index % 5]
    tempo = (1.0, 0.88, 1.12, 0.95, 1.06, 0.82)[index % 6]
    formants = (1.0, 1.06, 0.94, 1.0, 0.97, 1.1, 1.03)[index % 7]
    return Voice(f"espeak-{variant}", "espeak-ng", f"{accent}+{variant}", pitch, tempo, formants, held_out)


VOICES = (
    Voice("flite-slt", "flite", "slt", 180, 1.0),
    Voice("flite-rms", "flite", "rms", 100, 1.0),
    Voice("flite-kal", "flite", "kal16", 110, 1.0),
    Voice("flite-slt-low", "flite", "slt", 150, 1.15, 0.92),
    Voice("flite-rms-high", "flite", "rms", 125, 0.9, 1.1),
    Voice("flite-slt-child", "flite", "slt", 210, 0.95, 1.15),
    Voice("flite-awb", "flite", "awb", 130, 1.0, held_out=True),
    *(_espeak(i, v, False) for i, v in enumerate(_VARIANTS)),
    *(_espeak(i + 3, v, True) for i, v in enumerate(_HELD_OUT_VARIANTS)),
)
