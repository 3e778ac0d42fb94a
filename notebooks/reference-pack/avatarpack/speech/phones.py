"""Phones of both speech programs as visemes, and the mouth shape that each viseme aims at."""

import numpy as np

from avatarpack.channels import MOUTH

INDEX = {name: i for i, name in enumerate(MOUTH)}
# Lips that meet take these away; of the others, which bring lips together, half stays.
OPENING = np.array([name not in ("mouthPucker", "mouthRollLower", "mouthRollUpper", "mouthPress") for name in MOUTH])


def _shape(**coefficients):
    shape = np.zeros(len(MOUTH), np.float32)
    for name, value in coefficients.items():
        shape[INDEX[name]] = value
    return shape


# viseme: (mouth shape, dominance over its neighbours). Shapes are blendshape weights in 0..1.
SHAPES = {
    "silence": (_shape(), 0.6),
    "bilabial": (_shape(mouthPress=0.35, mouthRollLower=0.30, mouthRollUpper=0.22), 3.0),
    "labiodental": (_shape(jawOpen=0.06, mouthRollLower=0.55, mouthUpperUp=0.25, mouthStretch=0.1), 2.6),
    "dental": (_shape(jawOpen=0.12, mouthLowerDown=0.25, mouthUpperUp=0.12), 1.2),
    "alveolar": (_shape(jawOpen=0.11, mouthLowerDown=0.22, mouthUpperUp=0.10, mouthStretch=0.12), 0.8),
    "sibilant": (_shape(jawOpen=0.04, mouthStretch=0.30, mouthLowerDown=0.32, mouthUpperUp=0.18, mouthSmile=0.10), 1.4),
    "postalveolar": (_shape(jawOpen=0.07, mouthFunnel=0.62, mouthPucker=0.15, mouthLowerDown=0.2, mouthUpperUp=0.15), 1.9),
    "velar": (_shape(jawOpen=0.16, mouthLowerDown=0.15, mouthUpperUp=0.05), 0.5),
    "rhotic": (_shape(jawOpen=0.12, mouthFunnel=0.35, mouthPucker=0.25), 1.2),
    "labial-glide": (_shape(jawOpen=0.05, mouthPucker=0.85, mouthFunnel=0.25), 2.2),
    "palatal-glide": (_shape(jawOpen=0.08, mouthSmile=0.30, mouthStretch=0.25, mouthLowerDown=0.15), 1.0),
    "open": (_shape(jawOpen=0.48, mouthLowerDown=0.22, mouthUpperUp=0.08), 1.2),
    "mid-open": (_shape(jawOpen=0.36, mouthLowerDown=0.20), 1.0),
    "schwa": (_shape(jawOpen=0.22, mouthLowerDown=0.15), 0.7),
    "near-open": (
        _shape(jawOpen=0.46, mouthStretch=0.22, mouthLowerDown=0.28, mouthUpperUp=0.15, mouthSmile=0.12),
        1.3,
    ),
    "mid-front": (
        _shape(jawOpen=0.28, mouthStretch=0.30, mouthSmile=0.18, mouthLowerDown=0.26, mouthUpperUp=0.10),
        1.2,
    ),
    "close-front": (
        _shape(jawOpen=0.14, mouthStretch=0.34, mouthSmile=0.28, mouthLowerDown=0.22, mouthUpperUp=0.10),
        1.2,
    ),
    "open-round": (_shape(jawOpen=0.34, mouthFunnel=0.50, mouthPucker=0.38), 1.6),
    "close-round": (_shape(jawOpen=0.12, mouthPucker=0.75, mouthFunnel=0.35), 1.7),
}
VISEMES = tuple(SHAPES)

_FLITE = {
    "silence": "pau h# sil ssil brth",
    "bilabial": "p b m",
    "labiodental": "f v",
    "dental": "th dh",
    "alveolar": "t d n l el en dx",
    "sibilant": "s z",
    "postalveolar": "sh zh ch jh",
    "velar": "k g ng hh hv",
    "rhotic": "r er axr",
    "labial-glide": "w",
    "palatal-glide": "y",
    "open": "aa",
    "mid-open": "ah",
    "schwa": "ax",
    "near-open": "ae ay aw",
    "mid-front": "eh ey",
    "close-front": "ih ix iy",
    "open-round": "ao ow oy",
    "close-round": "uh uw",
}
_ESPEAK = {
    "silence": "_ _: _! _| ?",
    "bilabial": "p b m m-",
    "labiodental": "f v",
    "dental": "T D",
    "alveolar": "t t# t2 d d# n n- l l- L *",
    "sibilant": "s z z# ts dz",
    "postalveolar": "S Z tS dZ S; Z;",
    "velar": "k g N h x ;",
    "rhotic": "r r- R 3 3: VR IR @R 3r",
    "labial-glide": "w w#",
    "palatal-glide": "j",
    "open": "A A: A# A@ aa 0 0#",
    "mid-open": "V V:",
    "schwa": "@ @2 @- @L a# a2 I# I2 i2 E# @3 e#",
    "near-open": "a aI aI2 aI@ aI3 aU a: aI0 aU@",
    "mid-front": "E e e: E2 eI e@ E@",
    "close-front": "I i i: i@ i@3 I:",
    "open-round": "O O: O2 O@ o@ o: oU OI OI@ o",
    "close-round": "U u u: U@ U:",
}
_GLIDES = {  # second half of a diphthong
    "aw": "close-round",
    "ow": "close-round",
    "oy": "close-front",
    "ay": "close-front",
    "ey": "close-front",
    "aU": "close-round",
    "aU@": "close-round",
    "oU": "close-round",
    "OI": "close-front",
    "OI@": "close-front",
    "aI": "close-front",
    "aI2": "close-front",
    "aI@": "close-front",
    "aI3": "close-front",
    "aI0": "close-front",
    "eI": "close-front",
    "e@": "schwa",
    "E@": "schwa",
    "i@": "schwa",
    "i@3": "rhotic",
    "U@": "schwa",
    "A@": "rhotic",
    "O@": "rhotic",
    "o@": "rhotic",
}
TABLES = {
    "flite": {phone: viseme for viseme, phones in _FLITE.items() for phone in phones.split()},
    "espeak-ng": {phone: viseme for viseme, phones in _ESPEAK.items() for phone in phones.split()},
}
_GLIDE_STARTS = 0.6
_SILENT_STOPS = {"p", "t", "t2", "k", "tS"}
_STOP_LEAD = 0.035  # espeak-ng reports a voiceless stop at its burst; its closure begins this long before


def visemes(phones, engine):
    """[(viseme, start s, end s)] of an utterance; an unknown phone counts as a schwa."""
    table, out = TABLES[engine], []
    for phone, start, end in phones:
        viseme = table.get(phone) or table.get(phone.rstrip("0123456789#-:;")) or "schwa"
        if engine == "espeak-ng" and phone in _SILENT_STOPS:
            earlier = max(start - _STOP_LEAD, out[-1][1] + 0.01 if out else 0.0)
            if out:
                out[-1] = (out[-1][0], out[-1][1], earlier)
            start = earlier
        if end <= start:
            continue
        if phone in _GLIDES:
            middle = start + _GLIDE_STARTS * (end - start)
            out += [(viseme, start, middle), (_GLIDES[phone], middle, end)]
        else:
            out.append((viseme, start, end))
    return out
