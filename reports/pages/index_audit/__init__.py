"""The index put through a statistical audit."""
