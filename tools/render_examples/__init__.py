"""Render the example pieces of the dashboard's demo page from notes written here.

    python -m tools.render_examples                # every piece, and index.json
    python -m tools.render_examples swing-trio     # only the pieces named

Needs FluidSynth, the FluidR3 GM soundfont (both from the system) and the development requirements.
The notes are in `pieces`, written as `notation` explains; `performance` plays them as MIDI,
`synthesiser` makes them sound, `mastering` and `encoding` make the files.
"""
