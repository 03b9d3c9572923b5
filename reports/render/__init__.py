"""Blocks become files: HTML, PDF, Excel, the executed notebook."""
