"""Parts of the demo: where music comes from, and what is said of it."""
