"""The exercises themselves, a module a topic; a large one has more modules, `<topic>_<what>`."""
