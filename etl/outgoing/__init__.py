"""What goes back to a sender, how it is known again, and our own templates."""
