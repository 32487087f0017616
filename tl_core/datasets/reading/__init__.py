"""From a list of files to a plan: what is a photo of what, what is left out, and why; opens nothing."""
