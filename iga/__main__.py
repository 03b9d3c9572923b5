"""`python -m iga` is the command `iga`; the one module of the core that starts something."""

from workbench.command import main

if __name__ == "__main__":
    main()
