"""What the training page draws: settings, plan, progress, results, and the lessons around them."""
