"""The networks themselves: backbones with their weights, heads, and the part that learns."""
