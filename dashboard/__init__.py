"""The Streamlit dashboard: pages over the artifacts, and the live demo."""
