"""Bad input: seeds with edits against decoders, handlers, notices, files, answers, command lines and HTTP."""
