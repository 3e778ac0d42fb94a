"""What the parts of a voice agent take, from public figures. Milliseconds: (part, fewest, most)."""

from __future__ import annotations

# People answer one another after about 200 ms, in ten languages. T. Stivers et al., "Universals and cultural variation in
# turn-taking in conversation", PNAS 106(26), 2009.
HUMAN_GAP = 200

# What a cascaded agent was measured to take at the median, by callingscout.ai/research/below-400ms: end of turn (Smart Turn
# v3), final transcript (Deepgram Nova-3), first token (gpt-4o), first sound (ElevenLabs Flash v2.5), transport.
MEASURED = [
    ("end of turn", 40, 80),
    ("speech recognition", 80, 150),
    ("language model", 200, 350),
    ("speech synthesis", 150, 250),
    ("network", 30, 60),
]

# The budget that vapi.ai/playbook/building-integrating gives a whole agent: 1000 ms in four parts.
PLANNED = [
    ("speech recognition", 200, 200),
    ("language model", 400, 400),
    ("speech synthesis", 200, 200),
    ("network", 200, 200),
]


def with_avatar(agent: list[tuple[str, float, float]], low: float, high: float) -> list[tuple[str, float, float]]:
    """The agent with the avatar between speech synthesis and network."""
    return [*agent[:-1], ("avatar", low, high), agent[-1]]
