"""What a person starts: the `iga` command and its settings."""
