# SPDX-License-Identifier: Apache-2.0
"""Speech as mu-law samples (G.711): finding what was said in what was heard."""
import wave

import voice

RATE = voice.RATE
FRAME = 160
RUN = 12
# Silence is all alike and tells nothing.
DISTINCT = 6
QUIET = b"\xff"


def codes(path):
    """A recording as mu-law samples."""
    return voice.mulaw_encode(voice.wav_read(path))


def is_spoken(frame):
    return len(set(frame)) >= DISTINCT


class Speech:
    """What one end says over and over."""

    def __init__(self, said):
        # Twice, so that what wraps is found too.
        self.said = said + said
        self.places = {}
        for at in range(len(said)):
            self.places.setdefault(self.said[at:at + RUN], at)

    def frame_find(self, frame):
        """The frame as it was said, or None."""
        for offset in range(0, len(frame) - RUN + 1, RUN):
            run = frame[offset:offset + RUN]
            at = self.places.get(run, -1) - offset if is_spoken(run) else -1
            if at >= 0:
                said = self.said[at:at + len(frame)]
                if sum(a == b for a, b in zip(said, frame)) > len(frame) * 3 // 4:
                    return said
        return None

    def listen(self, heard):
        """(said, recognised, spoken): what was said beside what was heard, the number of
        frames in which it was found, and of all frames that are no silence."""
        said, recognised, spoken = b"", 0, 0
        for at in range(0, len(heard) - FRAME + 1, FRAME):
            frame = heard[at:at + FRAME]
            found = self.frame_find(frame)
            spoken += found is not None or is_spoken(frame)
            recognised += found is not None
            said += found or QUIET * FRAME
        return said, recognised, spoken


def wav_write(path, said):
    with wave.open(path, "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(voice.mulaw_decode(said).tobytes())


def envelope(said, bins):
    """Lowest and highest sample of each of so many parts, between -1 and 1."""
    linear = voice.mulaw_decode(said)
    edges = [len(linear) * number // bins for number in range(bins + 1)]
    parts = (linear[first:last] or [0] for first, last in zip(edges, edges[1:]))
    return [(min(part) / 32768, max(part) / 32768) for part in parts]
