"""From a recording to verdicts, and why."""
