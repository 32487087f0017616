"""Components that run in the browser: the convolution stage, the live camera and the grid to paint on.

Each is one Python function with a JavaScript and a CSS file of its own beside it. What is under the mouse is
computed and drawn in the browser; Python is told only what a person decides: a pinned position, a finished
stroke.
"""
