#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a file of mu-law speech to standard output frame by frame, as a microphone would.

microphone.py FILE [--repeat] [--pace P]

Each frame of 160 bytes is 20 ms of speech; with --pace 4 it takes a quarter of that.
With --repeat the file is spoken again and again until SIGTERM comes. In the end the
number of frames is written to standard error.
"""
import argparse
import signal
import sys
import time

FRAME = 160
FRAME_SECONDS = 0.02


def frames(speech, repeat):
    """The frames to be spoken; the last one of the file is made whole with silence."""
    speech += b"\xff" * (-len(speech) % FRAME)
    while True:
        for at in range(0, len(speech), FRAME):
            yield speech[at:at + FRAME]
        if not repeat:
            return


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file")
    parser.add_argument("--repeat", action="store_true")
    parser.add_argument("--pace", type=float, default=1)
    arguments = parser.parse_args()
    told_to_stop = []
    signal.signal(signal.SIGTERM, lambda number, frame: told_to_stop.append(number))
    with open(arguments.file, "rb") as file:
        speech = file.read()
    due = time.monotonic()
    count = 0
    for frame in frames(speech, arguments.repeat):
        sys.stdout.buffer.write(frame)
        sys.stdout.buffer.flush()
        count += 1
        if told_to_stop:
            break
        due += FRAME_SECONDS / arguments.pace
        time.sleep(max(0, due - time.monotonic()))
    print(count, file=sys.stderr)


if __name__ == "__main__":
    main()
