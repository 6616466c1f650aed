-- An administrator knows of every engine that is lost now.
UPDATE engines SET loss_accepted = true WHERE lost_at IS NOT NULL
