"""What the training page draws: sections, settings, plan and forecast."""
