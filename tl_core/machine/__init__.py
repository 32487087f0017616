"""What the machine gives and refuses: room on disk and in memory, open files, and its refusals in words."""
