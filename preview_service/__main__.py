"""`python -m preview_service`: the same as the `preview-service` command."""

from preview_service.cli import main

main()
