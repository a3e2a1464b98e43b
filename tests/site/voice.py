# SPDX-License-Identifier: Apache-2.0
"""What people say in tests: melodies that are told apart after they went through a call.

Each speaker has a melody of his own, NOTES tones of NOTE seconds each, over and over. A
recording is heard in frames; a frame has the one tone that carries most of its power, or
none. A speaker is recognised by his notes in their order: tones alone would not do,
because a distorted one may sound like another.
"""

import array
import itertools
import math
import random
import wave

RATE = 8000
NOTE = 0.16
NOTES = 8
FRAME = 320
# Apart by more than a frame can tell, and no one the double of another.
TONES = (420, 540, 660, 780, 1020, 1170, 1430, 1690, 1890, 2210, 2470, 2730)
QUIET = 200
SHARE = 0.5


def melody(speaker):
    """The speaker's notes, as indices of TONES; neighbours differ."""
    chance = random.Random(f"melody of {speaker}")
    notes = []
    while len(notes) < NOTES or notes[0] == notes[-1]:
        del notes[NOTES - 1:]
        notes.append(chance.choice([note for note in range(len(TONES))
                                    if not notes or note != notes[-1]]))
    return notes


def samples(speaker, seconds, rate=RATE):
    notes, phase = melody(speaker), 0.0
    spoken = array.array("h")
    for index in range(int(seconds * rate)):
        tone = TONES[notes[int(index / rate / NOTE) % NOTES]]
        phase += 2 * math.pi * tone / rate
        spoken.append(int(12000 * math.sin(phase)))
    return spoken


def wav_write(path, speaker, seconds=60, rate=RATE):
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(samples(speaker, seconds, rate).tobytes())


def wav_read(path):
    """The samples of a WAV file; one that is still written has no length in its header."""
    with open(path, "rb") as file:
        octets = file.read()
    at = octets.find(b"data")
    if at < 0:
        return array.array("h")
    octets = octets[at + 8:]
    return array.array("h", octets[:len(octets) & ~1])


def power(frame, tone):
    """Goertzel's algorithm: the power that a frame has at one frequency."""
    factor = 2 * math.cos(2 * math.pi * tone / RATE)
    last = before = 0.0
    for sample in frame:
        last, before = sample + factor * last - before, last
    return last * last + before * before - factor * last * before


def note_of(frame):
    """The index of the tone in a frame, or None for silence and noise."""
    energy = sum(sample * sample for sample in frame)
    if energy < QUIET * QUIET * len(frame):
        return None
    powers = [power(frame, tone) for tone in TONES]
    best = max(range(len(TONES)), key=powers.__getitem__)
    # A pure tone of so many samples has all of its energy there.
    return best if powers[best] > SHARE * energy * len(frame) / 2 else None


def notes_of(recording):
    return [note_of(recording[at:at + FRAME])
            for at in range(0, len(recording) - FRAME + 1, FRAME)]


def seconds_of(recording, speaker):
    """For how long a recording has a speaker's melody: notes that follow as they should."""
    notes, wanted = notes_of(recording), melody(speaker)
    after = {}
    for index, note in enumerate(wanted):
        after.setdefault(note, set()).add(wanted[(index + 1) % NOTES])
    # A frame of its own lies across two notes and is neither.
    runs = [run for run in runs_of(notes) if run[1] > 1]
    heard = sum(length for (note, length), (following, _) in zip(runs, runs[1:])
                if following in after.get(note, ()))
    return heard * FRAME / RATE


def runs_of(notes):
    """Pairs of a note and for how many frames it lasts."""
    return [(note, len(list(frames))) for note, frames in itertools.groupby(notes)]


def mulaw(sample):
    """The mu-law code of a linear sample (G.711)."""
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample) >> 2, 8158) + 33
    segment = max(magnitude.bit_length() - 6, 0)
    return ~(sign | segment << 4 | (magnitude >> (segment + 1)) & 15) & 0xFF


def linear(code):
    """The linear sample of a mu-law code."""
    code = ~code & 0xFF
    magnitude = (((code & 15) * 2 + 33) << (code >> 4 & 7)) - 33
    return -magnitude * 4 if code & 0x80 else magnitude * 4


LINEAR = [linear(code) for code in range(256)]


def mulaw_encode(spoken):
    return bytes(mulaw(sample) for sample in spoken)


def mulaw_decode(codes):
    return array.array("h", [LINEAR[code] for code in codes])


def check():
    """Each speaker is recognised at any offset, by nobody else's melody; noise is nobody."""
    spoken = mulaw_decode(mulaw_encode(samples("one", 4)))
    for offset in (0, 40, 160, 300):
        assert seconds_of(spoken[offset:], "one") > 2.5, seconds_of(spoken[offset:], "one")
        assert seconds_of(spoken[offset:], "two") < 1, seconds_of(spoken[offset:], "two")
    noise = random.Random(1)
    loud = array.array("h", [noise.randrange(-9000, 9000) for _ in range(4 * RATE)])
    assert seconds_of(loud, "one") < 0.2
    assert seconds_of(array.array("h", bytes(2 * 4 * RATE)), "one") == 0


if __name__ == "__main__":
    check()
