"""A separate program around libespeak-ng (GPL-3): speaks sentences and prints the phones with their times.

It is started as a process of its own by `avatarpack.speech.espeak` and imports nothing of this package; nothing of
this package imports it. Standard input: one JSON object a line, {"text", "wav"}. Standard output: one JSON object a
line, {"wav", "phones": [[name, start in ms], ...]}; the last phone of a clause is silence.

    python espeak_phones.py VOICE PITCH WORDS_PER_MINUTE < requests > phones
"""

import ctypes
import ctypes.util
import json
import sys
import wave

SYNCHRONOUS = 2
PHONE_EVENTS = 1
EVENT_END, EVENT_PHONE = 0, 7
RATE_PARAMETER, PITCH_PARAMETER = 1, 3


class _Id(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    ]


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


def main():
    voice, pitch, words = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    name = ctypes.util.find_library("espeak-ng")
    if name is None:
        sys.exit('error: libespeak-ng is missing; install it with "apt-get install libespeak-ng1"')
    library = ctypes.CDLL(name)
    pcm, phones = bytearray(), []

    def receive(samples, count, events):
        if count > 0:
            pcm.extend(ctypes.string_at(samples, 2 * count))
        index = 0
        while events[index].type != EVENT_END:
            if events[index].type == EVENT_PHONE:
                phones.append([events[index].id.string.decode("utf-8", "replace"), events[index].audio_position])
            index += 1
        return 0

    callback = _Callback(receive)
    rate = library.espeak_Initialize(SYNCHRONOUS, 0, None, PHONE_EVENTS)
    library.espeak_SetSynthCallback(callback)
    if library.espeak_SetVoiceByName(voice.encode()) != 0:
        sys.exit(f'error: espeak-ng has no voice "{voice}"; see espeak-ng --voices and --voices=variant')
    library.espeak_SetParameter(RATE_PARAMETER, words, 0)
    library.espeak_SetParameter(PITCH_PARAMETER, pitch, 0)
    for line in sys.stdin:
        request = json.loads(line)
        pcm.clear()
        phones.clear()
        text = request["text"].encode()
        library.espeak_Synth(text, len(text) + 1, 0, 1, 0, 1, None, None)
        library.espeak_Synchronize()
        with wave.open(request["wav"], "wb") as sink:
            sink.setnchannels(1)
            sink.setsampwidth(2)
            sink.setframerate(rate)
            sink.writeframes(bytes(pcm))
        print(json.dumps({"wav": request["wav"], "phones": phones}), flush=True)


if __name__ == "__main__":
    main()
