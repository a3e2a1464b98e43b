# SPDX-License-Identifier: Apache-2.0
"""Speech as mu-law samples (G.711): decoding, comparing, keeping as WAV."""
import math
import struct
import wave

RATE = 8000


def sample_of(code):
    """The linear sample that a mu-law code stands for (G.711 table 2)."""
    code = ~code & 0xff
    magnitude = ((code & 15) * 2 + 33 << (code >> 4 & 7)) - 33
    return -magnitude * 4 if code & 0x80 else magnitude * 4


SAMPLES = [sample_of(code) for code in range(256)]


def samples(codes):
    return [SAMPLES[code] for code in codes]


def said(speech, frames, frame=160):
    """What a microphone says that repeats a speech for so many frames."""
    speech += b"\xff" * (-len(speech) % frame)
    return (speech * (frames * frame // len(speech) + 1))[:frames * frame]


def correlation(one, other):
    """Pearson's coefficient of two recordings, over what both have."""
    pairs = list(zip(samples(one), samples(other)))
    if not pairs:
        return 0.0
    mean_one = sum(a for a, _ in pairs) / len(pairs)
    mean_other = sum(b for _, b in pairs) / len(pairs)
    both = sum((a - mean_one) * (b - mean_other) for a, b in pairs)
    alone = math.sqrt(sum((a - mean_one) ** 2 for a, _ in pairs)
                      * sum((b - mean_other) ** 2 for _, b in pairs))
    return both / alone if alone else 0.0


def different(one, other):
    """Samples that differ, those that only one has included."""
    return sum(a != b for a, b in zip(one, other)) + abs(len(one) - len(other))


def wav_write(path, codes):
    linear = samples(codes)
    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(struct.pack(f"<{len(linear)}h", *linear))


def envelope(codes, bins):
    """Lowest and highest sample of each of so many parts, between -1 and 1."""
    linear = samples(codes)
    edges = [len(linear) * number // bins for number in range(bins + 1)]
    parts = (linear[first:last] or [0] for first, last in zip(edges, edges[1:]))
    return [(min(part) / 32768, max(part) / 32768) for part in parts]
