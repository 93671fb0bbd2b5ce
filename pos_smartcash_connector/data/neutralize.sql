-- Without its pairing key a copy of a database can neither start nor stop anything on a till.
UPDATE smartcash_device SET gateway_pairing_key = NULL, gateway_paired_at = NULL;
