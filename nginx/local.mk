# the files of nginx/
