# the files of fcgi/
