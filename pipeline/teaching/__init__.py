"""A person's own music becomes a benchmark: what is in it, the head that learns it, its curve."""
