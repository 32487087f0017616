"""Everything that is drawn: the only layer that imports Streamlit and Plotly."""
