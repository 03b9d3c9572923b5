"""An office: a folder of reports for colleagues without accounts, and one desk for several people on one machine.

`published_folder` writes the folder, `folder_check` looks it through for names of persons, `people_columns.toml` says
where received files state them.
"""
