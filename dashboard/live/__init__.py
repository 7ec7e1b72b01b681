"""Parts of the demo: sources of music, and what is found in a recording."""
