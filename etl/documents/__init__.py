"""Documents that units write, and films: their text by paragraph, read under limits in a process of its own."""
