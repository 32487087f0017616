"""How photos become a dataset: folders, zips, downloads and uploads, staged, read, checked and published."""
