"""What the hub starts as the desk: a program of its own, so that the server finds each class of the desk once."""

from __future__ import annotations

from workbench.office.desk_service import main

if __name__ == "__main__":
    main()
