"""Work of the desk as processes of the `iga` command, whose state is on disk.

`job_kinds` says which work there is and which command does it, `job_folder` what is on disk, `job_runner` runs one.
"""
