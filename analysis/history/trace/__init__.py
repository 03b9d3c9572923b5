"""From a figure to the cells that it was made of, and back."""
