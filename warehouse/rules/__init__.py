"""The rules of a home: its own beside the shipped ones, those that a load uses, those that a snapshot keeps."""
