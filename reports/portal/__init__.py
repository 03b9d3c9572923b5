"""The portal package: a page per innovation to tick off while typing in, its evidence files, and an index."""
