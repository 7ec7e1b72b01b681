"""The hard days, by the thousand: broken media, crowds and damaged artifacts. ``make campaign``."""
