"""What is typed into the national portal: one sheet per innovation, and what of it has arrived there."""
