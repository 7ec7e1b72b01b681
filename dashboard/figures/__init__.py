"""Tables in, Plotly figures out: nothing is computed that is not drawing, nothing knows Streamlit.

Backgrounds and text take the page's light or dark theme from Streamlit's own Plotly template.
"""
