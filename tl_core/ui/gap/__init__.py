"""What the GAP page draws: its controls, the two columns, and one module a section."""
