# SPDX-License-Identifier: Apache-2.0
"""What the demonstration shows: steps and verdicts, printed as they happen and kept."""
import json
import os


class Verdicts:
    """Verdicts of one run, kept one JSON object a line so that guest and host share them."""

    def __init__(self, path):
        self.path = path

    def step(self, text):
        print(f"\n== {text}", flush=True)

    def note(self, text):
        print(f"   {text}", flush=True)

    def shell(self, command, answer):
        """A command as it is typed, and what it prints."""
        print(f"   $ {command}", flush=True)
        for line in answer.splitlines():
            print(f"     {line}", flush=True)

    def add(self, name, good, figure):
        """Prints a verdict and keeps it; returns whether it is good."""
        print(f"   {'ok    ' if good else 'FAILED'}  {name}: {figure}", flush=True)
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps({"name": name, "ok": bool(good), "figure": figure}) + "\n")
        return good

    def all(self):
        if not os.path.exists(self.path):
            return []
        with open(self.path, encoding="utf-8") as file:
            return [json.loads(line) for line in file]
