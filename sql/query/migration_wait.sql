-- From now on statements of this session wait for locks as long as $1 says, and may take as long as they take.
SELECT set_config('lock_timeout', $1, false), set_config('statement_timeout', '0', false)
