"""One player for every sound: what is heard, drawn over time with what a model makes of it."""
