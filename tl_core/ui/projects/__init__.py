"""Take datasets and trainings home, and open what another lab gave away."""
