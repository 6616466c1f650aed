# the files of cli/
