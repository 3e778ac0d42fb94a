"""Channels 0-15 of the motion vector, the mouth: the renderer moves the mesh by them, speech aims at them."""

MOUTH = (
    "jawOpen",
    "mouthClose",
    "mouthFunnel",
    "mouthPucker",
    "mouthStretch",
    "mouthSmile",
    "mouthFrown",
    "mouthLowerDown",
    "mouthUpperUp",
    "mouthRollLower",
    "mouthRollUpper",
    "mouthPress",
    "mouthShrugLower",
    "mouthShrugUpper",
    "jawForward",
    "cheekPuff",
)
