-- A copy of a database must not reach a machine: an empty host would mean the address of whoever asks.
UPDATE smartcash_device
   SET cashdro_host = 'neutralized.invalid', cashdro_port = NULL, cashdro_fingerprint = NULL,
       cashdro_user = NULL, cashdro_password = NULL;
UPDATE smartcash_rule
   SET cashdro_host = NULL, cashdro_port = NULL, cashdro_user = NULL, cashdro_password = NULL;
UPDATE smartcash_operation SET cashdro_address = NULL WHERE cashdro_address IS NOT NULL;
