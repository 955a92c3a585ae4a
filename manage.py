#!/usr/bin/env python
"""The tracker's command line: `manage.py help` lists what it can do."""

import sys

from config import env


def main() -> None:
    env.choose_settings()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
