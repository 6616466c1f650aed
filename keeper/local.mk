# the files of keeper/
