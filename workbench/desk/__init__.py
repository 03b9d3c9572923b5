"""The desk: the planner's page on the Jupyter server, its jobs, tables and files.

`server_extension` adds it to a server under `/iga/`; `pages/` says what each page shows, `jobs/` runs commands as
processes whose state is on disk, `requests/` answers the browser, `people` says who may do what.
"""
