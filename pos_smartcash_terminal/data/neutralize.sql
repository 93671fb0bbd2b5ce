-- A copy of a database must never move real money.
UPDATE smartcash_device
   SET endpoint = 'https://neutralized.invalid', state = 'unknown', last_seen = NULL;
UPDATE smartcash_rule SET endpoint = NULL;
