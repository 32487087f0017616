"""The core of Transfer Learning Lab.

Three layers: ``tl_core.ui`` draws (Streamlit), ``tl_core`` computes (NumPy, Pillow), ``tl_core.models``
holds everything that needs Keras and is imported only inside worker processes. Importing this package
imports nothing.
"""
