"""The reports, a folder each: parameters, queries, figures, tables, charts, blocks."""
