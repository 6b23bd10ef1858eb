"""`python -m komainu` is the same as `komainu`."""

from komainu.apps.cli import main

if __name__ == "__main__":
    main()
