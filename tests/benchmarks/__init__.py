"""Timings and memory, as ratios against the plain way where there is one: ``make bench``."""
