"""`python -m workbench` is `iga`."""

from workbench.command import main

if __name__ == "__main__":
    main()
