"""Export layouts as data, and where in a file each field stands."""
