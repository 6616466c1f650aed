# the files of nginx/
EXTRA_DIST += nginx/berth.conf.in nginx/console nginx/pictures
